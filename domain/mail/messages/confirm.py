"""The link that confirms a mailbox."""

from __future__ import annotations

from domain.accounts import links
from domain.mail import places
from domain.mail.letter import Button, Envelope, Letter
from kit.i18n import _
from models.customers import Account, LinkPurpose


def build(envelope: Envelope) -> Letter | None:
    """Nothing when the account was confirmed since, is gone (another proved the mailbox), or a newer link is out."""
    account, house = Account.get_or_none(Account.id == envelope.uuid("account")), envelope.house
    if account is None or str(account.password_version) != envelope.facts["version"]:
        return None
    token = links.issue(envelope.uuid("link"), LinkPurpose.CONFIRM, account=account)
    if token is None:
        return None
    return Letter(
        subject=_("Confirm your e-mail address for %(merchant)s") % {"merchant": house.name},
        heading=_("Confirm your e-mail address"),
        first=(
            _("You asked for an account at %(merchant)s. Confirm that this is your mailbox and choose a password.")
            % {"merchant": house.name},
        ),
        button=Button(_("Confirm and set password"), places.confirm(house.slug, token)),
        after=(
            _("The link works once, for 24 hours."),
            _("If you did not ask for this, do nothing: without you no account is made."),
        ),
        why=_("Somebody entered this address on the account page of %(merchant)s.") % {"merchant": house.name},
        manage=False,
    )
