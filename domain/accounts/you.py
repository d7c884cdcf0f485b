"""What a merchant's person or an operator changes about themselves: name and password."""

from __future__ import annotations

from domain.accounts import links, passwords, sessions
from domain.accounts.own_words import words_of_staff
from domain.accounts.staff import minimum_of
from domain.accounts.team import name_for
from domain.accounts.viewer import Viewer
from domain.events.record import Actor, record
from domain.mail import letters, staff_letters
from kit.errors import NotAllowed
from kit.i18n import _
from models.base import locked, unit_of_work
from models.merchants import Staff


def rename(*, viewer: Viewer, name: str) -> None:
    """The name that colleagues read. Raises DomainError (field `name`)."""
    called = name_for(name)
    with unit_of_work():
        Staff.update(name=called).where(Staff.id == viewer.staff_id).execute()
        _record("staff.renamed", viewer)


def least_characters(viewer: Viewer) -> int:
    """How long this person's password is at least."""
    return minimum_of(Staff.get_by_id(viewer.staff_id))


def change_staff_password(*, viewer: Viewer, password: str) -> None:
    """Sets a new password, whose door has asked for proof; every other session and mailed link of the person ends.

    Raises DomainError (field `password`), NotAllowed when the session was ended meanwhile.
    """
    staff = Staff.get_by_id(viewer.staff_id)
    passwords.accept(password, minimum=minimum_of(staff), own_words=words_of_staff(staff))
    hashed = passwords.hash_of(password)
    with unit_of_work():
        staff = locked(Staff.select().where(Staff.id == staff.id)).get()
        if not sessions.is_open(viewer.session_id):
            raise NotAllowed(_("You are signed out"))
        if passwords.length(password) < minimum_of(staff):
            raise NotAllowed(_("Your second factor was switched off meanwhile. Choose a longer password."))
        Staff.update(password_hash=hashed, password_version=Staff.password_version + 1).where(
            Staff.id == staff.id
        ).execute()
        links.kill(staff=staff)
        sessions.revoke_all(staff=staff.id, keep=viewer.session_id)
        staff_letters.staff_security_change(staff, letters.PASSWORD_HERE)
        _record("staff.password_changed", viewer)


def _record(kind: str, viewer: Viewer) -> None:
    merchant = viewer.merchant.id if viewer.merchant else None
    actor = Actor.STAFF if viewer.merchant else Actor.OPERATOR
    record(kind, merchant=merchant, actor=actor, actor_id=viewer.staff_id, subject=viewer.staff_id)
