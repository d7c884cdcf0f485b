"""The link with which a merchant's person or an operator sets a password."""

from __future__ import annotations

from domain.accounts import links
from domain.mail import places
from domain.mail.letter import Button, Envelope, Letter
from kit.i18n import _
from models.customers import LinkPurpose
from models.merchants import Staff


def build(envelope: Envelope) -> Letter | None:
    """An invitation first, a reset later. Nothing when the password changed since or the person is disabled."""
    staff = Staff.get_by_id(envelope.uuid("staff"))
    if str(staff.password_version) != envelope.facts["version"] or staff.disabled_at is not None:
        return None
    token = links.issue(envelope.uuid("link"), LinkPurpose.STAFF_PASSWORD, staff=staff)
    if token is None:
        return None
    first = staff.password_hash is None
    heading = _("Choose your password") if first else _("Reset your password")
    lifetime = (
        _("The link works once, for 24 hours.")
        if first
        else _("The link works once, for 30 minutes. It signs you out.")
    )
    return Letter(
        subject=_("Your staff sign-in: choose a password") if first else _("Reset your staff password"),
        heading=heading,
        first=(
            _("Choose a password of 15 characters or more for your staff sign-in, %(address)s.")
            % {"address": staff.email},
        ),
        button=Button(_("Choose a password"), places.staff_password(token)),
        after=(lifetime, _("If you did not expect this, do nothing: nobody gets in without the link.")),
        why=_("You get this because you were given a staff sign-in."),
        manage=False,
    )
