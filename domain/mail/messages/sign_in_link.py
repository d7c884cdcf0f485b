"""The link that signs in once."""

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
    token = links.issue(envelope.uuid("link"), LinkPurpose.SIGN_IN, account=account)
    if token is None:
        return None
    return Letter(
        subject=_("Sign in to %(merchant)s") % {"merchant": house.name},
        heading=_("Your link to sign in"),
        first=(_("Open it on the device that you want to sign in with, and press the button there."),),
        button=Button(_("Sign in"), places.sign_in_link(house.slug, token, envelope.facts.get("back", ""))),
        after=(
            _("The link works once, for 15 minutes. Your password stays as it is."),
            _("Do not pass it on: whoever opens it sees your bills and can pay them."),
            _("If you did not ask for this, do nothing. Nobody gets in without the link."),
        ),
        why=_("Somebody entered this address on a page of %(merchant)s.") % {"merchant": house.name},
    )
