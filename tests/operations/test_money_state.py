"""Whether the money of a row of work may have moved, as the store's rows alone tell it."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

import pytest

from domain.operations.about import Standing, about
from domain.operations.money import MoneyState as M
from domain.operations.money import attempt_behind, money_states, of_attempt, of_refund
from domain.operations.money_rows import Asked
from domain.payments.collect import collect_due
from domain.payments.states import CLOSED, OPEN
from domain.refunds.ask import look
from domain.refunds.reserve import refund
from domain.work.wake import Work
from kit.clock import utc_now
from kit.ids import uuid7
from kit.money import Money
from models.payments import Attempt, AttemptState, PlannedTry, RefundState
from tests import factory
from tests.payments.conftest import Shop, attempt_of, fresh

_MORNING = datetime(2026, 11, 23, 14, 0, tzinfo=UTC)  # 9:00 in New York: the merchant's hour


def money_state(kind: Work, row: UUID) -> M:
    """Of one row."""
    return money_states(kind, [row])[row]


def _lose_answers(shop: Shop) -> None:
    shop.sandbox.control(fault={"mode": "timeout_after", "ends": "/confirm", "times": 1})
    shop.sandbox.control(fault={"mode": "down", "path": "/v1/payment_intents/pi_", "times": 9})


def test_every_state_of_an_attempt_has_one_answer() -> None:
    for state in AttemptState:
        asked = of_attempt(Asked(state, sent=True))
        if state is AttemptState.SUCCEEDED:
            assert asked is M.MOVED
            assert of_attempt(Asked(state, sent=True, reversed=True)) is M.RETURNED
        else:
            assert asked is (M.MAY_HAVE_MOVED if state in OPEN else M.NOT_MOVED), state
            assert asked.replayable == (state in CLOSED)
    assert of_attempt(Asked(AttemptState.RESERVED, sent=False)) is M.NOT_SENT
    assert of_attempt(Asked(AttemptState.CANCELLED, sent=True, booked_without_success=True)) is M.MOVED
    assert {of_refund(Asked(state, sent=True)) for state in RefundState} == {M.MAY_HAVE_MOVED, M.MOVED, M.NOT_MOVED}
    assert of_refund(Asked(RefundState.RESERVED, sent=False)) is M.NOT_SENT


def test_the_clocks_own_charge_from_before_it_is_sent_until_it_is_booked(shop: Shop) -> None:
    card = shop.method()
    consent = factory.consented(shop.customer, card)
    order, other = (factory.automatic(shop.customer, card, consent) for _n in range(2))
    account = factory.gateway_account(shop.customer.merchant)
    assert money_state(Work.COLLECT, order.id) is M.NOT_SENT
    shop.clock.set(_MORNING)
    _lose_answers(shop)
    collect_due(order.id)
    attempt = Attempt.get()
    assert (attempt.state, attempt_behind(Work.COLLECT, order.id)) == (AttemptState.UNKNOWN, attempt.id)
    assert money_states(Work.COLLECT, [order.id, other.id]) == {order.id: M.MAY_HAVE_MOVED, other.id: M.NOT_SENT}
    assert [money_state(kind, row) for kind, row in ((Work.ATTEMPT, attempt.id), (Work.WAVE, account.id))] == [
        M.MAY_HAVE_MOVED, M.MAY_HAVE_MOVED
    ]  # fmt: skip
    shop.sandbox.control(clear=True)
    shop.pass_time(seconds=4)
    shop.work()
    assert money_state(Work.COLLECT, order.id) is money_state(Work.ATTEMPT, attempt.id) is M.MOVED
    assert money_state(Work.WAVE, account.id) is M.NONE
    found = about(Work.ATTEMPT, attempt.id)
    assert found is not None and found.standing(utc_now()) is Standing.DONE
    assert (found.customer_name, found.order_number, found.amount) == (
        shop.customer.name, order.number, Money(8900, "USD")
    )  # fmt: skip


def test_a_planned_retry_is_what_holds_its_order(shop: Shop) -> None:
    card = shop.method("pm_card_visa_chargeDeclinedInsufficientFunds")
    order = factory.automatic(shop.customer, card, factory.consented(shop.customer, card))
    shop.clock.set(_MORNING)
    shop.sandbox.control(now=_MORNING.isoformat())
    shop.work()
    planned = PlannedTry.get()
    assert (money_state(Work.RETRY, planned.id), money_state(Work.COLLECT, order.id)) == (M.NOT_SENT, M.NOT_MOVED)
    method = shop.method()
    _lose_answers(shop)
    shop.press(method, fresh(order))
    assert money_state(Work.RETRY, planned.id) is M.MAY_HAVE_MOVED, "the customer pressed, and nobody knows the outcome"
    shop.sandbox.control(clear=True)


def test_a_refund_before_while_and_after(shop: Shop) -> None:
    payment = shop.press(shop.method(), shop.order())
    made = refund(merchant=shop.customer.merchant_id, payment=payment, amount=Money(8900, "USD"))
    assert money_state(Work.REFUND, made) is M.NOT_SENT
    shop.sandbox.control(fault={"mode": "timeout_after", "path": "/v1/refunds", "times": 1})
    look(made)
    assert money_state(Work.REFUND, made) is M.MAY_HAVE_MOVED
    shop.sandbox.control(clear=True)
    shop.pass_time(seconds=4)
    look(made)
    assert money_state(Work.REFUND, made) is M.MOVED


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
def test_the_books_go_before_what_an_attempt_says(shop: Shop) -> None:
    attempt = attempt_of(shop.press(shop.method(), shop.order()))
    Attempt.update(state=AttemptState.FAILED).where(Attempt.id == attempt.id).execute()
    assert money_state(Work.ATTEMPT, attempt.id) is M.MOVED, "our books hold this payment"
    Attempt.update(state=AttemptState.SUCCEEDED).where(Attempt.id == attempt.id).execute()


def test_what_is_not_there_and_what_has_no_money(sqlite_store: str) -> None:
    for kind in Work:
        nobody = uuid7()
        assert (about(kind, nobody), money_state(kind, nobody)) == (None, M.NONE)
