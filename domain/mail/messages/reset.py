"""The link that sets a new password."""

from __future__ import annotations

from domain.accounts import links
from domain.mail import places
from domain.mail.letter import Button, Envelope, Letter
from kit.i18n import _
from models.customers import Account, LinkPurpose


def build(envelope: Envelope) -> Letter | None:
    """Nothing when the password or the address was changed since, or a newer link is out."""
    account, house = Account.get_by_id(envelope.uuid("account")), envelope.house
    if str(account.password_version) != envelope.facts["version"] or account.email != envelope.to_address:
        return None
    token = links.issue(envelope.uuid("link"), LinkPurpose.RESET, account=account)
    if token is None:
        return None
    return Letter(
        subject=_("Reset your password for %(merchant)s") % {"merchant": house.name},
        heading=_("Reset your password"),
        first=(
            _("Choose a new password for your account at %(merchant)s. The old one works until then.")
            % {"merchant": house.name},
        ),
        button=Button(_("Choose a new password"), places.reset(house.slug, token)),
        after=(
            _("The link works once, for 30 minutes. Afterwards you are signed out everywhere."),
            _("If you did not ask for this, do nothing: your password stays as it is."),
        ),
        why=_("Somebody entered this address on a page of %(merchant)s.") % {"merchant": house.name},
    )
