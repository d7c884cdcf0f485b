"""Asking a merchant's person or an operator again who they are: password, and a code where they sign in with one.

Before roles are changed, a processor's account is connected or the second factor is touched (ASVS 5.0 7.5.1). How long
it is good for: domain/accounts/prove.py. A sign-in is proof too.
"""

from __future__ import annotations

from domain.accounts import passwords, staff_code, throttle
from domain.accounts.prove import WrongAgain
from domain.accounts.sign_in import count_try
from domain.accounts.viewer import Viewer
from domain.events.record import Actor, record
from kit.clock import utc_now
from models.base import unit_of_work
from models.customers import Session
from models.merchants import Staff

REALM = "staff"  # one identity per install, one counter of tries


def prove_staff(*, viewer: Viewer, password: str, code: str, address: str) -> None:
    """Checks the password of the signed-in person, and their code; the session then counts as proved.

    Braked like sign-in, by the same two counters: whoever has a session and the password does not guess the code by
    signing in between. Raises WrongAgain (field `password`), WrongCode (field `code`) or
    MustWait; the session stays open in all three cases.
    """
    tries = count_try(realm=REALM, email=viewer.email, address=address)
    staff = Staff.get_by_id(viewer.staff_id)
    if not passwords.verify(staff.password_hash, password):
        raise WrongAgain
    if staff_code.is_asked(staff):
        with unit_of_work():
            throttle.succeeded(tries)
        tries = count_try(realm=staff_code.REALM, email=viewer.email, address=address)
    now = utc_now()
    with unit_of_work():
        if staff_code.is_asked(staff):
            staff_code.take(staff, code, now)
        throttle.succeeded(tries)
        Session.update(proved_at=now).where(
            Session.id == viewer.session_id, Session.staff == staff, Session.revoked_at.is_null()
        ).execute()
        merchant = viewer.merchant.id if viewer.merchant else None
        actor = Actor.STAFF if viewer.merchant else Actor.OPERATOR
        record("staff.proved", merchant=merchant, actor=actor, actor_id=staff.id)
