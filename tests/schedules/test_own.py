"""What the customer does with coming runs: skips where the merchant lets them, pays the next one early, once."""

from __future__ import annotations

from datetime import date
from threading import Thread

import pytest

from domain.events.record import Actor
from domain.merchants.policy import change_policy
from domain.payments.intention import Buyer, begin
from domain.payments.pay_form import Sent, pay
from domain.schedules.early import bill_now
from domain.schedules.history import Outcome, history
from domain.schedules.months import by_month
from domain.schedules.pause import pause
from domain.schedules.queries import coming_runs, schedules_of
from domain.schedules.run import run_due
from domain.schedules.skip import skip, skip_own, undo_own_skip, undo_skip
from domain.schedules.whole import whole
from kit.errors import Conflict, DomainError, NotFound
from kit.money import Money
from models import base
from models.methods import BillingSchedule, Cadence
from tests import factory
from tests.schedules.conftest import Club, again, orders, runs

_FIRST = date(2026, 12, 1)


def _mine(schedule: BillingSchedule) -> dict[str, object]:
    return {"customer": schedule.customer_id, "schedule": schedule.id}


def test_a_customer_does_not_take_back_what_the_merchant_has_left_out(club: Club) -> None:
    schedule = club.schedule(_FIRST)
    change_policy(merchant=schedule.merchant_id, actor=Actor.STAFF, customers_skip=True)
    skip_own(**_mine(schedule), day=_FIRST)
    skip(merchant=schedule.merchant_id, schedule=schedule.id, day=_FIRST)  # the studio is closed that day, too
    with pytest.raises(DomainError, match="has left this date out"):
        undo_own_skip(**_mine(schedule), day=_FIRST)
    assert schedules_of(club.customer.id)[0].left_out == {_FIRST}
    undo_skip(merchant=schedule.merchant_id, schedule=schedule.id, day=_FIRST)
    skip_own(**_mine(schedule), day=_FIRST)
    assert not schedules_of(club.customer.id)[0].left_out
    assert undo_own_skip(**_mine(schedule), day=_FIRST).from_on == _FIRST


def test_a_customer_skips_only_where_the_merchant_lets_them(club: Club) -> None:
    schedule = club.schedule(_FIRST)
    with pytest.raises(DomainError, match="cannot be skipped here"):
        skip_own(**_mine(schedule), day=_FIRST)
    change_policy(merchant=schedule.merchant_id, actor=Actor.STAFF, customers_skip=True)
    assert schedules_of(club.customer.id)[0].skippable
    for _twice in range(2):
        assert skip_own(**_mine(schedule), day=_FIRST).sentence == "Nothing is billed on Tuesday 1 December."
    assert len(club.mails("run_changed")) == 1
    assert undo_own_skip(**_mine(schedule), day=_FIRST).sentence == "It is billed on Tuesday 1 December."
    assert len(club.mails("run_changed")) == 2 and runs(schedule) == []
    skip_own(**_mine(schedule), day=date(2027, 1, 1))
    for day in (_FIRST.replace(year=2030), date(2027, 1, 2)):
        with pytest.raises(DomainError):
            skip_own(**_mine(schedule), day=day)
    stranger = factory.customer(club.customer.merchant, name="Jordan").id
    for use in (skip_own, undo_own_skip):
        with pytest.raises(NotFound):
            use(customer=stranger, schedule=schedule.id, day=date(2027, 1, 1))
    club.at("2027-01-29T16:00:00")
    club.work()
    with pytest.raises(DomainError, match="cannot be billed any more"):
        undo_own_skip(**_mine(schedule), day=date(2027, 1, 1))
    with pytest.raises(DomainError, match=r"No order is to be made .* has been made already and keeps its terms"):
        skip_own(**_mine(schedule), day=_FIRST)
    assert [order.due_on for order in orders()] == [_FIRST, date(2027, 2, 1)]


def test_pay_now_makes_the_next_bill_early_and_never_twice(paid: Club) -> None:
    method, _consent = paid.card()
    schedule = paid.schedule(_FIRST, amount=5000)
    made: list[object] = []

    def press() -> None:
        with base.connected():
            made.append(bill_now(**_mine(schedule), period=_FIRST))

    def clock() -> None:
        with base.connected():
            run_due(schedule.id)

    paid.at("2026-11-28T16:00:00")  # its time has come: two presses, and the clock's run between
    for each in (threads := [Thread(target=press), Thread(target=clock), Thread(target=press)]):
        each.start()
    for each in threads:
        each.join()
    (order,) = orders()
    assert made == [order.id] * 2 and runs(schedule) == [("2026-12-01", "made")]
    buyer = Buyer(paid.customer.id, factory.account(paid.customer).id)
    handle = begin(buyer=buyer, orders=[order.id])
    pay(Sent(handle=handle, orders=[order.id], method=method.id, seen=5000, press=0, ip="", agent=""), buyer=buyer)
    paid.at("2026-12-02T16:00:00")
    paid.work()
    assert paid.sandbox is not None
    assert [charge["amount"] for charge in paid.sandbox.charges()] == [5000], "it is not collected again on its day"
    assert bill_now(**_mine(schedule), period=_FIRST) == order.id
    assert [run.outcome for run in history(paid.customer.id, schedule.id)] == [Outcome.PAID]
    with pytest.raises(NotFound):
        bill_now(customer=factory.customer(paid.customer.merchant).id, schedule=schedule.id, period=_FIRST)


def test_a_bill_made_early_keeps_its_day_and_is_collected_then(carded: Club) -> None:
    carded.card()
    schedule = carded.schedule(_FIRST, runs=2)
    bill_now(**_mine(schedule), period=_FIRST)
    (order,) = orders()
    assert (order.due_on, again(schedule).next_on, again(schedule).runs_left) == (_FIRST, date(2027, 1, 1), 1)
    assert not schedules_of(carded.customer.id)[0].payable
    with pytest.raises(Conflict, match=f"Order {order.number} is still open"):
        bill_now(**_mine(schedule), period=date(2027, 1, 1))
    carded.at("2026-11-30T16:00:00")
    carded.work()
    assert orders()[0].open > 0
    carded.at("2026-12-01T16:00:00")
    carded.work()
    assert orders()[0].open == 0
    bill_now(**_mine(schedule), period=date(2027, 1, 1))
    carded.at("2027-02-02T16:00:00")
    carded.work()
    assert [order.due_on for order in orders()] == [_FIRST, date(2027, 1, 1)]
    assert bill_now(**_mine(schedule), period=_FIRST) == order.id, "after its end as well"


def test_only_the_next_run_of_ones_own_schedule_is_billed_early(club: Club) -> None:
    schedule = club.schedule(_FIRST)
    with pytest.raises(DomainError, match="cannot be paid now"):
        bill_now(**_mine(schedule), period=date(2027, 1, 1))
    with pytest.raises(NotFound):
        bill_now(customer=factory.customer(club.customer.merchant).id, schedule=schedule.id, period=_FIRST)
    skip(merchant=schedule.merchant_id, schedule=schedule.id, day=_FIRST)
    with pytest.raises(DomainError, match="cannot be paid now"):
        bill_now(**_mine(schedule), period=_FIRST)
    resting = club.schedule(_FIRST, title="Resting")
    pause(merchant=resting.merchant_id, schedule=resting.id)
    with pytest.raises(DomainError, match="cannot be paid now"):
        bill_now(**_mine(resting), period=_FIRST)
    assert orders() == [] and [view.payable for view in schedules_of(club.customer.id)] == [False, False]


def test_the_year_adds_up_by_month_and_a_daily_plan_is_one_line(club: Club) -> None:
    monthly = club.schedule(date(2026, 12, 31), amount=5000, anchor_day=31)
    club.schedule(date(2026, 12, 30), Cadence.DAY, amount=100, title="Daily", ends_on=date(2027, 1, 31))
    skip(merchant=monthly.merchant_id, schedule=monthly.id, day=date(2027, 2, 28))
    months = by_month(coming_runs(club.customer.id))
    said = [(month.day, [(line.title, line.times, line.amount.minor) for line in month.lines]) for month in months]
    assert said[:3] == [
        (date(2026, 12, 1), [("Daily", 1, 100), ("Daily", 1, 100), ("Membership", 1, 5000)]),
        (date(2027, 1, 1), [("Daily", 31, 3100), ("Membership", 1, 5000)]),
        (date(2027, 3, 1), [("Membership", 1, 5000)]),
    ]
    assert [month.totals for month in months[:2]] == [(Money(5200, "USD"),), (Money(8100, "USD"),)]


def test_each_bill_says_what_became_of_it(carded: Club) -> None:
    carded.card("pm_card_chargeCustomerFail")
    schedule = carded.schedule(_FIRST)
    skip(merchant=schedule.merchant_id, schedule=schedule.id, day=date(2027, 2, 1))
    carded.at("2026-12-01T16:00:00")
    carded.work()
    by_hand = carded.schedule(date(2026, 12, 2), title="By hand", method=None, consent=None)
    carded.work()
    shown = whole(carded.customer.id, schedule.id)
    assert [run.outcome for run in shown.billed] == [Outcome.FAILED], "a skip that is still to come is not history"
    assert shown.allowed is not None and shown.allowed.called == "Visa ending 0341"
    assert whole(carded.customer.id, by_hand.id).allowed is None
    assert [run.outcome for run in history(carded.customer.id, by_hand.id)] == [Outcome.DUE]
    carded.at("2026-12-04T16:00:00")
    assert [run.outcome for run in history(carded.customer.id, by_hand.id)] == [Outcome.LATE]
