"""The second factor when it is asked: a code of the app, good once, or one of the recovery codes, good once."""

from __future__ import annotations

import re
from datetime import datetime

from domain.accounts import totp
from kit.crypto import decrypt, digest
from kit.errors import DomainError
from kit.i18n import _
from models.base import require_unit_of_work
from models.merchants import Staff, StaffCode

REALM = "staff code"  # guesses at a code are counted apart: a right password must not set them back


class WrongCode(DomainError):
    """The code is not right now, or it was used before."""

    def __init__(self) -> None:
        super().__init__(_("This code does not fit, or it was used already. Wait for the next one."), field="code")


def is_asked(staff: Staff) -> bool:
    """Whether this person signs in with a second factor."""
    return staff.totp_since is not None


def take(staff: Staff, code: str, now: datetime) -> bool:
    """Uses a code up, in a unit of work. Of two requests with the same code one wins.

    Returns whether it was a recovery code. Raises WrongCode.
    """
    require_unit_of_work()
    if take_step(staff, code, now):
        return False
    spent = StaffCode.update(used_at=now).where(
        StaffCode.staff == staff.id, StaffCode.code_hash == hash_of(staff, code), StaffCode.used_at.is_null()
    )
    if spent.execute() != 1:
        raise WrongCode
    return True


def take_step(staff: Staff, code: str, now: datetime) -> bool:
    """Uses a code of the app up, in a unit of work: neither it nor an older one is accepted again (ASVS 5.0 6.5.1)."""
    require_unit_of_work()
    step = totp.step_of(decrypt(staff.totp_secret), code, now) if staff.totp_secret else None
    if step is None:
        return False
    newer = Staff.totp_step.is_null() | (Staff.totp_step < step)
    same = Staff.totp_secret == staff.totp_secret
    return bool(Staff.update(totp_step=step).where(Staff.id == staff.id, same, newer).execute())


def hash_of(staff: Staff, code: str) -> str:
    """What is kept of a recovery code: 80 random bits need no slow hash."""
    return digest(f"recovery code {staff.id} {re.sub(r'[^A-Z0-9]', '', code.upper())}")
