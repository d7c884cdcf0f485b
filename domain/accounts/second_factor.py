"""The second factor of a merchant's person or an operator: switched on, off, and lost.

The door has asked for proof before all of it. The person is told by mail of every change.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from domain.accounts import passwords, sessions, staff_code, throttle, totp
from domain.accounts.prove import WrongAgain
from domain.accounts.sign_in import count_try
from domain.accounts.staff_code import WrongCode
from domain.accounts.staff_prove import REALM
from domain.accounts.viewer import Viewer
from domain.events.record import Actor, record
from domain.mail import staff_letters
from kit.clock import utc_now
from kit.crypto import encrypt, seal, unseal
from kit.errors import Conflict, DomainError
from kit.i18n import _
from models.base import locked, require_unit_of_work, unit_of_work
from models.merchants import Staff, StaffCode

CODES = 10
_LETTERS = "ABCDEFGHJKMNPQRSTVWXYZ23456789"  # none that are taken for another


_PURPOSE = "second factor"
_TO_SCAN = timedelta(minutes=20)


@dataclass(frozen=True)
class Enrolment:
    """What the app needs: the secret in groups, and the address that the QR code draws. `sealed` goes with the form."""

    secret: str
    address: str
    sealed: str


def begin(*, viewer: Viewer) -> Enrolment:
    """A fresh secret, kept nowhere until it is confirmed: the form carries it, encrypted. Writes nothing."""
    facts = {"staff": str(viewer.staff_id), "secret": totp.new_secret(), "at": utc_now().isoformat()}
    return _enrolment(viewer, facts)


def again(*, viewer: Viewer, sealed: str) -> Enrolment | None:
    """The enrolment that a form carries; None when it is not this person's, or older than 20 minutes."""
    facts = unseal(_PURPOSE, sealed)
    if facts is None or facts["staff"] != str(viewer.staff_id):
        return None
    if utc_now() - datetime.fromisoformat(facts["at"]) > _TO_SCAN:
        return None
    return _enrolment(viewer, facts)


def _enrolment(viewer: Viewer, facts: dict[str, str]) -> Enrolment:
    secret = facts["secret"]
    return Enrolment(totp.in_groups(secret), totp.address_of(secret, viewer.email), seal(_PURPOSE, facts))


def confirm(*, viewer: Viewer, sealed: str, code: str) -> list[str]:
    """Switches the second factor on, once the app shows the right code. Returns the recovery codes: shown once.

    Every other session of the person ends. Raises WrongCode (field `code`) also for an enrolment that is too old;
    Conflict when a second factor is on already.
    """
    found, now = again(viewer=viewer, sealed=sealed), utc_now()
    secret = found.secret.replace(" ", "") if found else ""
    step = totp.step_of(secret, code, now) if found else None
    if step is None:
        raise WrongCode
    with unit_of_work():
        staff = _hold(viewer.staff_id)
        if staff_code.is_asked(staff):
            raise Conflict(_("You sign in with a second factor already."))
        Staff.update(totp_secret=encrypt(secret), totp_since=now, totp_step=step).where(Staff.id == staff.id).execute()
        sessions.revoke_all(staff=staff.id, keep=viewer.session_id)
        codes = _new_codes(staff)
        _tell(viewer, staff, "staff.factor_on", staff_letters.FACTOR_ON)
        return codes


def renew_codes(*, viewer: Viewer) -> list[str]:
    """Ten fresh recovery codes; the older ones are good for nothing. Raises Conflict without a second factor."""
    with unit_of_work():
        staff = _hold(viewer.staff_id)
        if not staff_code.is_asked(staff):
            raise Conflict(_("You sign in without a second factor."))
        codes = _new_codes(staff)
        _tell(viewer, staff, "staff.codes_renewed", staff_letters.CODES_NEW)
        return codes


def codes_left(staff_id: UUID) -> int:
    """How many recovery codes are unused."""
    return int(StaffCode.select().where(StaffCode.staff == staff_id, StaffCode.used_at.is_null()).count())


def switch_off(*, viewer: Viewer, password: str, address: str) -> None:
    """Signs in by password alone from now on. The password is typed once more: alone it must be long enough.

    Raises WrongAgain or DomainError (field `password`), or MustWait as at sign-in.
    """
    tries = count_try(realm=REALM, email=viewer.email, address=address)
    staff = Staff.get_by_id(viewer.staff_id)
    if not passwords.verify(staff.password_hash, password):
        raise WrongAgain
    if passwords.length(password) < passwords.STAFF_MINIMUM:
        sentence = _("Without a second factor a password needs %(n)d characters. Change your password first.")
        raise DomainError(sentence % {"n": passwords.STAFF_MINIMUM}, field="password")
    with unit_of_work():
        throttle.succeeded(tries)
        staff = _hold(viewer.staff_id)
        if not staff_code.is_asked(staff):
            return
        forget(staff)
        sessions.revoke_all(staff=staff.id, keep=viewer.session_id)
        _tell(viewer, staff, "staff.factor_off", staff_letters.FACTOR_OFF)


def forget(staff: Staff) -> None:
    """Takes secret and codes away, in a unit of work."""
    require_unit_of_work()
    Staff.update(totp_secret=None, totp_since=None, totp_step=None).where(Staff.id == staff.id).execute()
    StaffCode.delete().where(StaffCode.staff == staff.id).execute()


def _hold(staff_id: UUID | None) -> Staff:
    row: Staff = locked(Staff.select().where(Staff.id == staff_id)).get()
    return row


def _new_codes(staff: Staff) -> list[str]:
    StaffCode.delete().where(StaffCode.staff == staff.id).execute()
    codes = [
        "-".join("".join(secrets.choice(_LETTERS) for _n in range(4)) for _part in range(4)) for _c in range(CODES)
    ]
    for code in codes:
        StaffCode.create(staff=staff, code_hash=staff_code.hash_of(staff, code), made_at=utc_now())
    return codes


def _tell(viewer: Viewer, staff: Staff, kind: str, what: str) -> None:
    staff_letters.staff_security_change(staff, what)
    merchant = viewer.merchant.id if viewer.merchant else None
    actor = Actor.STAFF if viewer.merchant else Actor.OPERATOR
    record(kind, merchant=merchant, actor=actor, actor_id=staff.id, subject=staff.id)
