"""A merchant's people and operators: one identity per install, its sign-in and its password by mailed link."""

from __future__ import annotations

from dataclasses import dataclass

from domain.accounts import links, passwords, sessions, throttle
from domain.accounts.addresses import is_address, normalise
from domain.accounts.own_words import words_of_staff
from domain.accounts.queries import Desk, desks_of
from domain.accounts.sign_in import WrongPassword, count_try
from domain.events.record import Actor, record
from domain.mail import letters
from kit.clock import utc_now
from models.base import unit_of_work
from models.customers import LinkPurpose
from models.merchants import Staff

_REALM = "staff"


@dataclass(frozen=True)
class StaffSignedIn:
    """A fresh session's token, the merchants to choose from, and whether the person is an operator."""

    token: str
    desks: tuple[Desk, ...]
    operator: bool


def sign_in_staff(*, email: str, password: str, address: str) -> StaffSignedIn:
    """Opens a staff session. Raises WrongPassword (also for a disabled person) or MustWait, as for customers."""
    claimed = email.strip(" \t").lower()
    tries = count_try(realm=_REALM, email=claimed, address=address)
    staff = _by_email(claimed if is_address(claimed) else "")
    stored = staff.password_hash if staff else None
    if not passwords.verify(stored, password) or staff is None or stored is None:
        raise WrongPassword
    better = passwords.hash_of(password) if passwords.outdated(stored) else stored
    with unit_of_work():
        throttle.succeeded(tries)
        still = Staff.update(password_hash=better).where(
            Staff.id == staff.id, Staff.password_version == staff.password_version
        )
        if still.execute() != 1:
            raise WrongPassword
        actor = Actor.OPERATOR if staff.operator else Actor.STAFF
        record("staff.signed_in", merchant=None, actor=actor, actor_id=staff.id)
        return StaffSignedIn(sessions.open_session(staff=staff.id), tuple(desks_of(staff.id)), staff.operator)


def ask_staff_password(*, email: str) -> None:
    """Mails a link to set a password, or word that nobody works here by this address; the caller cannot tell which.

    Raises DomainError (field `email`) for what cannot be an address.
    """
    address = normalise(email)
    with unit_of_work():
        if not throttle.may_mail(_REALM, address, utc_now()):
            return
        staff = _by_email(address)
        if staff is None:
            letters.no_account(None, address)
        else:
            letters.staff_password(staff)


def _by_email(address: str) -> Staff | None:
    found: Staff | None = Staff.get_or_none(Staff.email == address, Staff.disabled_at.is_null())
    return found


def waiting(*, token: str) -> str | None:
    """The address that a staff link is for, or None when the link is dead. Reads only."""
    link = links.find(token, LinkPurpose.STAFF_PASSWORD, utc_now())
    return link.staff.email if link and link.staff and link.staff.disabled_at is None else None


def set_staff_password(*, token: str, password: str) -> None:
    """Sets a staff password (15 characters or more); every session and older link of the person ends, and a mail tells.

    It does not sign in. Raises LinkDead, or DomainError (field `password`); the link then stays good.
    """
    link = links.find(token, LinkPurpose.STAFF_PASSWORD, utc_now())
    if link is None or link.staff is None or link.staff.disabled_at is not None:
        raise links.LinkDead
    passwords.accept(password, minimum=passwords.STAFF_MINIMUM, own_words=words_of_staff(link.staff))
    hashed, first = passwords.hash_of(password), link.staff.password_hash is None
    with unit_of_work():
        links.consume(token, LinkPurpose.STAFF_PASSWORD, utc_now())
        Staff.update(password_hash=hashed, password_version=Staff.password_version + 1).where(
            Staff.id == link.staff_id
        ).execute()
        staff = Staff.get_by_id(link.staff_id)
        links.kill(staff=staff)
        sessions.revoke_all(staff=staff.id)
        if not first:
            letters.staff_security_change(staff)
        record("staff.password_changed", merchant=None, actor=Actor.STAFF, actor_id=staff.id)
