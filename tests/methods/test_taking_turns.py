"""A removal meets a payment, the clock or another press at the same moment: each waits for its turn (PostgreSQL)."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from domain.methods.default import make_default
from domain.methods.remove import remove
from domain.payments.reserve import Ask, reserve
from domain.schedules.run import make_run
from kit.clock import utc_now
from kit.errors import NotFound
from kit.money import Money
from models import base
from models.base import locked, unit_of_work
from models.customers import Customer
from models.methods import BillingSchedule, CardUse, MethodState, PaymentMethod
from models.payments import Attempt, Origin
from tests import factory
from tests.methods.conftest import Wallet, fresh

pytestmark = pytest.mark.parametrize("store", ["postgres"], indirect=True)
_WAITING = "SELECT 1 FROM pg_locks WHERE NOT granted"


def at_once(holds: object, other: Callable[[], object], then: Callable[[], object]) -> list[Exception]:
    """`other` comes while we hold these rows, and waits; we do `then` and commit. Answers what `other` raised."""
    problems: list[Exception] = []

    def run() -> None:
        try:
            other()
        except Exception as problem:
            problems.append(problem)

    thread = threading.Thread(target=run)
    with unit_of_work():
        list(locked(holds))
        thread.start()
        while thread.is_alive() and not base.db.execute_sql(_WAITING).fetchall():
            pass
        then()
    thread.join(20)
    return problems


def _removed(card: PaymentMethod) -> None:
    PaymentMethod.update(state=MethodState.DETACHED, is_default=False).where(PaymentMethod.id == card.id).execute()


def test_a_press_that_waited_for_a_removal_takes_nothing(wallet: Wallet) -> None:
    card, order = wallet.card(), factory.order(wallet.customer, 8900)
    CardUse.create(gateway_account=card.gateway_account_id, fingerprint=card.fingerprint)
    ask = Ask(wallet.customer.id, card.id, [(order.id, Money(8900, "USD"))], Origin.PORTAL)
    problems = at_once(CardUse.select(), lambda: reserve(ask), lambda: _removed(card))
    assert [type(problem) for problem in problems] == [NotFound]
    assert Attempt.select().count() == 0


def test_what_was_removed_meanwhile_is_not_made_the_default(wallet: Wallet) -> None:
    wallet.card()
    card = wallet.card("pm_card_mastercard")
    problems = at_once(
        Customer.select(),
        lambda: make_default(customer=wallet.customer.id, method=card.id),
        lambda: _removed(card),
    )
    assert [type(problem) for problem in problems] == [NotFound]
    assert not fresh(card).is_default


def test_a_removal_and_a_run_of_the_schedule_do_not_block_one_another(wallet: Wallet) -> None:
    card, other = wallet.card("pm_card_mastercard"), wallet.card()
    gym = wallet.membership(card)

    def bill() -> None:
        row = BillingSchedule.get_by_id(gym.id)
        make_run(row, row.next_on, utc_now())

    problems = at_once(
        BillingSchedule.select(),
        lambda: remove(customer=wallet.customer.id, method=card.id, replacement=other.id, next_default=other.id),
        bill,
    )
    assert problems == []
    assert fresh(card).state == MethodState.DETACHED and fresh(gym).method_id == other.id
    assert [order.method_id for order in gym.orders] == [other.id]
