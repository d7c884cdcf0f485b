"""Who works for a merchant, and as what: owners decide. The doors have asked for role and proof.

Whoever is removed has no role from the next request on: domain/accounts/sessions.py asks for it each time.
"""

from __future__ import annotations

from uuid import UUID

from domain.accounts import sessions
from domain.accounts.addresses import normalise
from domain.accounts.second_factor import forget
from domain.accounts.viewer import Role, Viewer
from domain.events.record import Actor, record
from domain.mail import staff_letters
from kit.clock import utc_now
from kit.errors import Conflict, DomainError, NotAllowed, NotFound
from kit.i18n import _
from models.base import locked, require_unit_of_work, unit_of_work
from models.merchants import Membership, Merchant, Staff

_LONGEST_NAME = 120


def invite(*, viewer: Viewer, email: str, name: str, role: Role) -> UUID:
    """Gives somebody a role, and mails them how to come in; a person we do not know is made. Returns the membership.

    Raises DomainError (fields `email`, `name`), also when the person works here already.
    """
    address, called = normalise(email), name_for(name)
    with unit_of_work():
        merchant = _deciding(viewer)
        staff = Staff.get_or_none(Staff.email == address)
        if staff is None:
            staff = Staff.create(email=address, name=called, created_at=utc_now())
        if Membership.select().where(Membership.staff == staff, Membership.merchant == merchant).exists():
            raise DomainError(_("This person works here already. Change the role in the list."), field="email")
        row = Membership.create(staff=staff, merchant=merchant, role=role, created_at=utc_now())
        staff_letters.staff_invited(staff, merchant.id, Staff.get_by_id(viewer.staff_id))
        _record("staff.joined", viewer, staff, role=role)
        return UUID(str(row.id))


def name_for(text: str) -> str:
    """A person's name, or DomainError (field `name`)."""
    name = " ".join(text.split())
    if not name or len(name) > _LONGEST_NAME:
        raise DomainError(_("Write the name of the person, in 120 characters or fewer."), field="name")
    return name


def invite_again(*, viewer: Viewer, member: UUID) -> None:
    """Sends the invitation once more, to whoever has not come in yet. Raises NotFound, or Conflict."""
    with unit_of_work():
        merchant = _deciding(viewer)
        row = _member(merchant, member)
        if row.staff.password_hash is not None:
            raise Conflict(_("This person has come in already. A forgotten password is reset on the sign-in page."))
        staff_letters.staff_invited(row.staff, merchant.id, Staff.get_by_id(viewer.staff_id))
        _record("staff.invited_again", viewer, row.staff)


def change_role(*, viewer: Viewer, member: UUID, role: Role) -> None:
    """Gives a colleague another role. Raises NotFound; Conflict for oneself."""
    with unit_of_work():
        row = _colleague(viewer, member)
        if row.role == role:
            return
        Membership.update(role=role).where(Membership.id == row.id).execute()
        _record("staff.role_changed", viewer, row.staff, before=row.role, role=role)


def remove(*, viewer: Viewer, member: UUID) -> None:
    """Takes a colleague off the team. Raises NotFound; Conflict for oneself."""
    with unit_of_work():
        row = _colleague(viewer, member)
        Membership.delete().where(Membership.id == row.id).execute()
        _record("staff.left", viewer, row.staff, role=row.role)


def reset_factor(*, viewer: Viewer, member: UUID) -> None:
    """Takes away the second factor of a colleague who has lost it; their sessions end, and they are told.

    Raises Conflict for oneself, without a factor, and for whoever works elsewhere too: an owner decides for one
    business, and must not weaken the way into another.
    """
    with unit_of_work():
        row = _colleague(viewer, member)
        staff = row.staff
        if staff.totp_since is None:
            raise Conflict(_("This person signs in without a second factor."))
        if staff.operator or Membership.select().where(Membership.staff == staff).count() > 1:
            raise Conflict(
                _("This person works elsewhere too. They sign in with a recovery code, or ask the operator.")
            )
        forget(staff)
        sessions.revoke_all(staff=staff.id)
        staff_letters.staff_security_change(staff, staff_letters.FACTOR_RESET)
        _record("staff.factor_reset", viewer, staff)


def _deciding(viewer: Viewer) -> Merchant:
    """The merchant, held until the commit, so that two owners do not decide about each other at once."""
    require_unit_of_work()
    assert viewer.merchant is not None
    row: Merchant = locked(Merchant.select().where(Merchant.id == viewer.merchant.id)).get()
    owner = Membership.select().where(
        Membership.merchant == row, Membership.staff == viewer.staff_id, Membership.role == Role.OWNER
    )
    if not owner.exists():
        raise NotAllowed(_("You are no owner here any more."))
    return row


def _member(merchant: Merchant, member: UUID) -> Membership:
    row: Membership | None = Membership.get_or_none(Membership.id == member, Membership.merchant == merchant)
    if row is None:
        raise NotFound(_("This person does not work here any more."))
    return row


def _colleague(viewer: Viewer, member: UUID) -> Membership:
    """Somebody else than the owner who decides: so at least that owner stays."""
    row = _member(_deciding(viewer), member)
    if row.staff_id == viewer.staff_id:
        raise Conflict(_("This is you. Ask another owner to do this, so that nobody is locked out by accident."))
    return row


def _record(kind: str, viewer: Viewer, staff: Staff, **facts: str) -> None:
    assert viewer.merchant is not None
    record(
        kind,
        merchant=viewer.merchant.id,
        actor=Actor.STAFF,
        actor_id=viewer.staff_id,
        subject=staff.id,
        facts={key: str(value) for key, value in facts.items()},
    )
