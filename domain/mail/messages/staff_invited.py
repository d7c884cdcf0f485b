"""Somebody was given a role at a merchant: an invitation in their colleague's name."""

from __future__ import annotations

from domain.accounts import links
from domain.accounts.roles import name_of
from domain.mail import places
from domain.mail.letter import Button, Envelope, Letter
from kit.i18n import _
from models.customers import LinkPurpose
from models.merchants import Membership, Staff


def build(envelope: Envelope) -> Letter | None:
    """With a link that sets a password, or to the sign-in for whoever has one. Nothing when the role is gone again."""
    staff, house = Staff.get_by_id(envelope.uuid("staff")), envelope.house
    row = Membership.get_or_none(Membership.staff == staff, Membership.merchant == house.id)
    if row is None or staff.disabled_at is not None or str(staff.password_version) != envelope.facts["version"]:
        return None
    token = None if staff.password_hash else links.issue(envelope.uuid("link"), LinkPurpose.STAFF_PASSWORD, staff=staff)
    if token is None and not staff.password_hash:
        return None
    said = {"name": Staff.get_by_id(envelope.uuid("by")).name, "merchant": house.name, "role": name_of(row.role)}
    return Letter(
        subject=_("%(name)s invites you to %(merchant)s") % said,
        heading=_("You are invited to %(merchant)s") % said,
        first=(
            _("%(name)s has added you to the team of %(merchant)s, as %(role)s.") % said,
            _("You sign in as %(address)s.") % {"address": staff.email},
        ),
        button=Button(_("Choose a password"), places.staff_password(token))
        if token
        else Button(_("Open %(merchant)s") % said, places.console(house.slug)),
        after=(_("The link works once, for 24 hours."), _("If it is too old, ask for a new one where you sign in."))
        if token
        else (_("Sign in with the password that you have."),),
        why=_("You get this because you were given a staff sign-in."),
        manage=False,
    )
