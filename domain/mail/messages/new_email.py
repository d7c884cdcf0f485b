"""The link that proves a new mailbox."""

from __future__ import annotations

from domain.accounts import links
from domain.mail import places
from domain.mail.letter import Button, Envelope, Letter
from kit.i18n import _
from models.customers import ChangeState, ContactChange, LinkPurpose


def build(envelope: Envelope) -> Letter | None:
    """Nothing when the change was taken back, the password was changed since, or a newer link is out."""
    change, house = ContactChange.get_by_id(envelope.uuid("change")), envelope.house
    account = change.account
    if change.state != ChangeState.PROOF or str(account.password_version) != envelope.facts["version"]:
        return None
    token = links.issue(envelope.uuid("link"), LinkPurpose.NEW_EMAIL, account=account, change=change.id)
    if token is None:
        return None
    words = {"merchant": house.name}
    return Letter(
        subject=_("Confirm your new e-mail address for %(merchant)s") % words,
        heading=_("Confirm your new e-mail address"),
        first=(
            _("You asked %(merchant)s to use this address from now on. Confirm that it is your mailbox.") % words,
            _("If you are asked to sign in first, do so as until now: the old address works until you confirm."),
        ),
        button=Button(_("Confirm this address"), places.new_email(house.slug, token)),
        after=(
            _("The link works once, for 24 hours."),
            _("If you did not ask for this, do nothing: nobody can use your address without you."),
        ),
        why=_("Somebody with an account at %(merchant)s entered this address.") % words,
        manage=False,
    )
