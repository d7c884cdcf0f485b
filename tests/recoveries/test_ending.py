"""Cases 58 and 59: a try that is not needed any more; the end action, once; paying revives."""

from __future__ import annotations

from datetime import date

import pytest

from domain.orders.adjust import void_order
from domain.payments.collect import make_try
from domain.recoveries import ending
from kit.clock import utc_now
from models.base import unit_of_work
from models.ledger import Journal
from models.merchants import EndAction
from models.methods import BillingSchedule, ScheduleState
from models.orders import Adjustment, AdjustmentKind, Order
from models.payments import Attempt, Recovery, RecoveryState, TryState
from models.work import Event
from tests.payments.conftest import Shop, fresh
from tests.recoveries.test_recoveries import LOST, fails, live_on, planned, policy


def test_case_58_a_cancelled_order_needs_no_try(shop: Shop) -> None:
    order, _card = fails(shop)
    waiting = planned()
    assert waiting is not None
    Order.update(adjusted=Order.total, open=0).where(Order.id == order.id).execute()
    factory_adjustment(order)
    shop.pass_time(days=1)
    make_try(waiting.id)
    ended = Recovery.get()
    assert (ended.state, ended.why, fresh(waiting).state, Attempt.select().count()) == (
        RecoveryState.CANCELLED, "settled", TryState.DROPPED, 1,
    )  # fmt: skip
    other, _card = fails(shop)
    void_order(merchant=other.merchant_id, order=other.id)
    assert planned() is None


def factory_adjustment(order: Order) -> None:
    Adjustment.create(order=order, kind=AdjustmentKind.VOID, amount=order.total, created_at=utc_now())


def scheduled(shop: Shop) -> BillingSchedule:
    with unit_of_work():
        return BillingSchedule.create(
            merchant=shop.customer.merchant, customer=shop.customer, title="Membership", amount=8900, currency="USD",
            anchor_day=23, starts_on=date(2026, 1, 23), next_on=date(2027, 1, 23), created_at=shop.clock.at,
        )  # fmt: skip


@pytest.mark.parametrize(
    ("action", "left"),
    [
        (EndAction.LEAVE, ScheduleState.ACTIVE),
        (EndAction.PAUSE, ScheduleState.PAUSED),
        (EndAction.END, ScheduleState.ENDED),
        (EndAction.WRITE_OFF, ScheduleState.PAUSED),
    ],
)
def test_case_59_the_end_action_runs_once_and_paying_revives(
    shop: Shop, action: EndAction, left: ScheduleState
) -> None:
    policy(shop, tries=1, spacing=(1,), end_action=action)
    schedule = scheduled(shop)
    order, _card = fails(shop, schedule=schedule.id)
    live_on(shop, 2)
    ended = Recovery.get()
    assert (ended.state, fresh(schedule).state) == (RecoveryState.EXHAUSTED, left)
    with unit_of_work():
        assert ending.exhaust(ended, fresh(order), shop.clock.at) is False, "once"
    assert Event.select().where(Event.kind == "recovery.exhausted").count() == 1
    if action is EndAction.WRITE_OFF:
        assert (fresh(order).open, Journal.select().where(Journal.kind == "write_off").count()) == (0, 1)
        return
    shop.press(shop.method(), order)
    revived = {EndAction.LEAVE: ScheduleState.ACTIVE, EndAction.PAUSE: ScheduleState.ACTIVE}
    assert (Recovery.get().state, fresh(order).open) == (RecoveryState.RECOVERED, 0)
    assert fresh(schedule).state == revived.get(action, ScheduleState.ENDED)


def test_case_59_a_case_that_waits_for_a_method_ends_with_the_window(shop: Shop) -> None:
    policy(shop, window_days=5, end_action=EndAction.PAUSE)
    schedule = scheduled(shop)
    fails(shop, LOST, schedule=schedule.id)
    shop.pass_time(days=5)
    assert (ending.end_overdue(), Recovery.get().state) == ("0 recoveries ended", RecoveryState.OPEN)
    shop.pass_time(days=2)
    assert (ending.end_overdue(), ending.end_overdue()) == ("1 recoveries ended", "0 recoveries ended")
    assert (Recovery.get().state, fresh(schedule).state) == (RecoveryState.EXHAUSTED, ScheduleState.PAUSED)
