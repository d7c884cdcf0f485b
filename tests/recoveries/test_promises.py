"""Case 60: a promise to pay, kept, broken, withdrawn, charged on its day."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from domain.events.record import Actor
from domain.merchants.policy import change_policy
from domain.orders.adjust import void_order
from domain.recoveries import ending, promises
from domain.work.due import due
from domain.work.perform import perform
from domain.work.wake import Work
from kit.clock import utc_now
from kit.errors import Conflict, DomainError, NotFound
from models.orders import Order
from models.payments import Attempt, PlannedTry, Promise, PromiseState, Recovery, RecoveryState, TryState
from tests import factory
from tests.payments.conftest import Shop, fresh
from tests.recoveries.test_recoveries import approves, fails, live_on, planned

FRIDAY = date(2026, 11, 27)


def judge_due(shop: Shop) -> None:
    for row in due(utc_now()):
        if row.kind == Work.PROMISE:
            perform(row.kind, row.id)


def says(shop: Shop, order: Order, day: date = FRIDAY, **more: object) -> datetime | None:
    return promises.promise(customer=shop.customer.id, order=order.id, day=day, account=shop.buyer.account, **more)


def test_case_60_tries_wait_until_the_morning_after_and_then_resume(shop: Shop) -> None:
    order, _card = fails(shop)
    says(shop, order)
    assert (planned(), Recovery.get().why) == (None, "promise")
    live_on(shop, 4)  # Friday
    judge_due(shop)
    assert (Attempt.select().count(), Promise.get().state) == (1, PromiseState.OPEN)
    live_on(shop, 1)
    judge_due(shop)
    judge_due(shop)
    assert Promise.get().state == PromiseState.BROKEN
    again = planned()
    assert again is not None and again.due_at == datetime(2026, 11, 30, 14, tzinfo=UTC), "the policy's seventh day"
    shop.pass_time(days=2)
    shop.work()
    assert Attempt.select().count() == 2


def test_case_60_three_broken_promises_end_the_offer(shop: Shop) -> None:
    order, _card = fails(shop)
    for day in (24, 26, 28):
        says(shop, order, date(2026, 11, day))
        shop.clock.set(Promise.get(Promise.state == PromiseState.OPEN).due_at)
        judge_due(shop)
    with pytest.raises(DomainError, match="set several times"):
        says(shop, order, date(2026, 11, 30))


def test_a_promise_is_kept_by_paying(shop: Shop) -> None:
    order, _card = fails(shop)
    says(shop, order)
    shop.press(shop.method(), order)
    kept = Promise.get()
    assert (kept.state, kept.due_at, Recovery.get().state) == (PromiseState.KEPT, None, RecoveryState.RECOVERED)


def test_we_charge_on_the_day_if_we_were_asked_to(shop: Shop) -> None:
    order, card = fails(shop)
    at = says(shop, order, date(2026, 11, 26), method=card.id)
    assert at == datetime(2026, 11, 26, 14, tzinfo=UTC)
    approves(shop, card)
    live_on(shop, 2)
    assert Attempt.select().count() == 1
    live_on(shop, 1)
    assert (fresh(order).open, Promise.get().state, shop.charged()) == (0, PromiseState.KEPT, 8900)


def test_a_promised_charge_that_fails_is_not_repeated_before_the_judging(shop: Shop) -> None:
    order, card = fails(shop)
    says(shop, order, date(2026, 11, 26), method=card.id)
    live_on(shop, 3)
    assert (Attempt.select().count(), planned(), Promise.get().state) == (2, None, PromiseState.OPEN)
    shop.pass_time(days=1)
    judge_due(shop)
    assert Promise.get().state == PromiseState.BROKEN and planned() is not None


def test_another_day_takes_the_place_of_the_one_before_but_does_not_move_the_end(shop: Shop) -> None:
    order, _card = fails(shop)
    says(shop, order)
    says(shop, order, date(2026, 11, 25))
    states = [row.state for row in Promise.select().order_by(Promise.made_at, Promise.id)]
    assert states == [PromiseState.WITHDRAWN, PromiseState.OPEN]
    for day in (date(2026, 11, 23), date(2026, 12, 8)):
        with pytest.raises(DomainError, match="Choose a day from Tuesday 24 November to Monday 7 December"):
            says(shop, order, day)
    shop.clock.advance(timedelta(days=20))
    says(shop, order, date(2026, 12, 20))
    with pytest.raises(DomainError, match="to Sunday 20 December"):
        says(shop, order, date(2026, 12, 21))


def test_withdrawn_the_plan_resumes(shop: Shop) -> None:
    order, _card = fails(shop)
    before = planned()
    assert before is not None
    says(shop, order)
    assert promises.withdraw(customer=shop.customer.id, order=order.id) is True
    again = planned()
    assert again is not None and (again.due_at, again.method_id) == (before.due_at, before.method_id)
    assert promises.withdraw(customer=shop.customer.id, order=order.id) is False


def test_nobody_promises_for_another_nor_what_cannot_be(shop: Shop) -> None:
    order, card = fails(shop)
    stranger = factory.customer(factory.merchant())
    with pytest.raises(NotFound):
        promises.promise(customer=stranger.id, order=order.id, day=FRIDAY)
    with pytest.raises(DomainError, match="cannot be charged by itself"):
        says(shop, order, method=shop.method("pm_card_mastercard").id)
    with pytest.raises(DomainError, match="no failed payment"):
        says(shop, shop.order())
    change_policy(merchant=shop.customer.merchant_id, actor=Actor.STAFF, promise_days=0)
    with pytest.raises(DomainError, match="does not offer"):
        says(shop, order)
    assert Promise.select().count() == 0 and planned() is not None and planned().method_id == card.id


def test_not_while_a_payment_is_under_way(shop: Shop) -> None:
    order, _card = fails(shop)
    shop.press(shop.method("pm_card_authenticationRequired"), order)
    with pytest.raises(Conflict, match="under way"):
        says(shop, order)


def test_a_promise_waits_for_a_debit_that_is_on_its_way(shop: Shop) -> None:
    order, _card = fails(shop)
    says(shop, order, date(2026, 11, 24))
    shop.press(shop.method("pm_usBankAccount_success"), order)
    shop.pass_time(days=2)
    judge_due(shop)
    assert Promise.get().state == PromiseState.OPEN
    live_on(shop, 7)
    assert (Promise.get().state, fresh(order).open) == (PromiseState.KEPT, 0)


def test_a_promise_for_an_order_that_is_cancelled_is_not_broken(shop: Shop) -> None:
    order, _card = fails(shop)
    says(shop, order)
    void_order(merchant=order.merchant_id, order=order.id)
    shop.pass_time(days=6)
    judge_due(shop)
    assert Promise.get().state == PromiseState.WITHDRAWN


def test_a_promise_keeps_its_case_open_past_the_window(shop: Shop) -> None:
    change_policy(merchant=shop.customer.merchant_id, actor=Actor.STAFF, window_days=3)
    order, _card = fails(shop)
    says(shop, order, date(2026, 12, 5))
    shop.clock.set(datetime(2026, 12, 4, 14, tzinfo=UTC))
    assert ending.end_overdue() == "0 recoveries ended"
    shop.clock.set(Promise.get().due_at)
    judge_due(shop)
    assert (Promise.get().state, Recovery.get().state) == (PromiseState.BROKEN, RecoveryState.EXHAUSTED)
    assert PlannedTry.select().where(PlannedTry.state == TryState.PLANNED).count() == 0
