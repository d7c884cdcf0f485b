"""Asking again who somebody is, before the way in or the contact details are changed (ASVS 5.0 7.5.1).

An open session is not enough for that: a phone may lie on a table. A sign-in is proof, by password or by mailed link.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from domain.accounts import passwords, throttle
from domain.accounts.sign_in import count_try
from domain.accounts.viewer import Viewer
from domain.events.record import Actor, record
from kit.clock import utc_now
from kit.errors import DomainError
from kit.i18n import _
from models.base import unit_of_work
from models.customers import Account, Session

GOOD_FOR = timedelta(minutes=10)
_TO_FINISH = timedelta(minutes=10)  # a form that was opened in time may be filled in without haste


class WrongAgain(DomainError):
    """The password is not this person's. The address is known here, so it is not blamed."""

    def __init__(self) -> None:
        super().__init__(_("This is not the password of your account. Try again."), field="password")


def is_proved(viewer: Viewer, now: datetime, *, opened: bool = True) -> bool:
    """Whether this session was proved within 10 minutes; for a form that is sent (`opened=False`), within 20."""
    if viewer.proved_at is None:
        return False
    return now - viewer.proved_at < (GOOD_FOR if opened else GOOD_FOR + _TO_FINISH)


def prove(*, viewer: Viewer, password: str, address: str) -> None:
    """Checks the password of the signed-in customer; their session then counts as proved. Nothing else changes.

    Braked like sign-in, by the same counters. Raises WrongAgain, or MustWait; the session stays open in both cases.
    """
    assert viewer.merchant is not None
    tries = count_try(realm=str(viewer.merchant.id), email=viewer.email, address=address)
    account = Account.get_by_id(viewer.account_id)
    if not passwords.verify(account.password_hash, password):
        raise WrongAgain
    with unit_of_work():
        throttle.succeeded(tries)
        Session.update(proved_at=utc_now()).where(
            Session.id == viewer.session_id, Session.account == account, Session.revoked_at.is_null()
        ).execute()
        record("account.proved", merchant=account.merchant_id, actor=Actor.CUSTOMER, actor_id=account.id)
