"""A merchant's people and operators: one identity per install, its sign-in and its password by mailed link."""

from __future__ import annotations

from dataclasses import dataclass

from domain.accounts import links, passwords, sessions, staff_code, throttle
from domain.accounts.addresses import is_address, normalise
from domain.accounts.own_words import words_of_staff
from domain.accounts.queries import Desk, desks_of
from domain.accounts.sign_in import WrongPassword, count_try
from domain.accounts.staff_code import is_asked, take
from domain.events.record import Actor, record
from domain.mail import letters, staff_letters
from kit.clock import utc_now
from kit.errors import DomainError
from kit.i18n import _
from models.base import unit_of_work
from models.customers import LinkPurpose
from models.merchants import Staff

_REALM = "staff"


@dataclass(frozen=True)
class StaffSignedIn:
    """A fresh session's token, the merchants to choose from, and whether the person is an operator.

    `pending`: the token opens nothing until the code of the second factor is given.
    """

    token: str
    desks: tuple[Desk, ...]
    operator: bool
    pending: bool = False


class TooShort(DomainError):
    """The password is right, but it was chosen beside a second factor that is gone: alone it is too short."""

    def __init__(self) -> None:
        sentence = _("Without a second factor your password is too short. We have mailed you a link to choose another.")
        super().__init__(sentence, field="password")


def sign_in_staff(*, email: str, password: str, address: str) -> StaffSignedIn:
    """Opens a staff session; with a second factor a pending one. Raises WrongPassword (also for a disabled person),
    MustWait as for customers, or TooShort.
    """
    claimed = email.strip(" \t").lower()
    tries = count_try(realm=_REALM, email=claimed, address=address)
    staff = _by_email(claimed if is_address(claimed) else "")
    stored = staff.password_hash if staff else None
    if not passwords.verify(stored, password) or staff is None or stored is None:
        raise WrongPassword
    if not is_asked(staff) and passwords.length(password) < passwords.STAFF_MINIMUM:
        _mail_link(staff)
        raise TooShort
    better = passwords.hash_of(password) if passwords.outdated(stored) else stored
    with unit_of_work():
        throttle.succeeded(tries)
        still = Staff.update(password_hash=better).where(
            Staff.id == staff.id, Staff.password_version == staff.password_version
        )
        if still.execute() != 1:
            raise WrongPassword
        return _opened(staff, pending=is_asked(staff))


def _mail_link(staff: Staff) -> None:
    with unit_of_work():
        if throttle.may_mail(_REALM, staff.email, utc_now()):
            staff_letters.staff_password(staff)


def _opened(staff: Staff, *, pending: bool) -> StaffSignedIn:
    token = sessions.open_session(staff=staff.id, pending=pending)
    if not pending:
        actor = Actor.OPERATOR if staff.operator else Actor.STAFF
        record("staff.signed_in", merchant=None, actor=actor, actor_id=staff.id)
    return StaffSignedIn(token, tuple(desks_of(staff.id)), staff.operator, pending)


def give_code(*, token: str, code: str, address: str) -> StaffSignedIn:
    """The second step: for the pending session's token and a code, a session that opens doors; the pending one ends.

    Braked by a counter of its own, as guesses at a password are. Raises WrongCode (field `code`), MustWait, or
    SignInAgain when the first step is too long ago.
    """
    now = utc_now()
    staff = sessions.pending_staff(token, now)
    if staff is None:
        raise SignInAgain
    tries = count_try(realm=staff_code.REALM, email=staff.email, address=address)
    with unit_of_work():
        recovery = take(staff, code, now)
        if sessions.pending_staff(token, now) is None:
            raise SignInAgain
        throttle.succeeded(tries)
        sessions.end(token)
        if recovery:
            staff_letters.staff_security_change(staff, staff_letters.RECOVERY_CODE)
            record("staff.recovery_code_used", merchant=None, actor=Actor.STAFF, actor_id=staff.id)
        return _opened(staff, pending=False)


def waits_for_code(token: str) -> bool:
    """Whether this token's password was right and its code is still owed."""
    return sessions.pending_staff(token, utc_now()) is not None


class SignInAgain(DomainError):
    """Nobody waits with a code here."""

    def __init__(self) -> None:
        super().__init__(_("Too much time has passed since the password. Sign in again."))


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
            staff_letters.staff_password(staff)


def _by_email(address: str) -> Staff | None:
    found: Staff | None = Staff.get_or_none(Staff.email == address, Staff.disabled_at.is_null())
    return found


def minimum_of(staff: Staff) -> int:
    """How many characters this person's password has at least (design.md 6)."""
    return passwords.CUSTOMER_MINIMUM if is_asked(staff) else passwords.STAFF_MINIMUM


def minimum_for(*, token: str) -> int:
    """The same for the person of a password link."""
    link = links.find(token, LinkPurpose.STAFF_PASSWORD, utc_now())
    return minimum_of(link.staff) if link and link.staff else passwords.STAFF_MINIMUM


def waiting(*, token: str) -> str | None:
    """The address that a staff link is for, or None when the link is dead. Reads only."""
    link = links.find(token, LinkPurpose.STAFF_PASSWORD, utc_now())
    return link.staff.email if link and link.staff and link.staff.disabled_at is None else None


def set_staff_password(*, token: str, password: str) -> None:
    """Sets a staff password (15 characters or more, 12 beside a second factor). A mail tells of it.

    Every session and older link of the person ends.
    It does not sign in. Raises LinkDead, or DomainError (field `password`); the link then stays good.
    """
    link = links.find(token, LinkPurpose.STAFF_PASSWORD, utc_now())
    if link is None or link.staff is None or link.staff.disabled_at is not None:
        raise links.LinkDead
    passwords.accept(password, minimum=minimum_of(link.staff), own_words=words_of_staff(link.staff))
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
            staff_letters.staff_security_change(staff, letters.PASSWORD)
        record("staff.password_changed", merchant=None, actor=Actor.STAFF, actor_id=staff.id)
