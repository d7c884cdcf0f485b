"""Each period makes one order, once: after downtime, twice, from two workers, killed between; and it ends."""

from __future__ import annotations

from datetime import date
from threading import Thread

import pytest

from domain.events.record import Actor
from domain.orders.make import NewLine
from domain.schedules import run
from domain.schedules.make import Rhythm, add_schedule
from domain.schedules.run import run_due
from domain.work.wake import Work
from kit.money import Money
from models import base
from models.methods import BillingSchedule, Cadence, ConsentScope, MethodState, PaymentMethod, ScheduleState
from models.orders import Collect, Order, OrderLine
from models.payments import Payment, PaymentState
from models.schedules import ScheduleRun
from tests import factory
from tests.schedules.conftest import Club, again, orders, runs


def test_a_run_makes_an_order_ahead_and_it_is_collected_at_its_hour(paid: Club) -> None:
    method, consent = paid.card()
    schedule = paid.schedule(date(2026, 12, 1), hour=14)
    assert schedule.run_at.isoformat() == "2026-11-28T14:00:00+00:00", "9:00 in New York, three days before"
    paid.at("2026-11-28T13:59:59")
    paid.work()
    assert orders() == []
    paid.at("2026-11-28T14:00:00")
    paid.work()
    (order,) = orders()
    assert (order.title, order.total, order.due_on) == ("Membership, December 2026", 8900, date(2026, 12, 1))
    assert (order.collect, order.method_id, order.consent_id) == (Collect.AUTOMATIC, method.id, consent.id)
    assert order.collect_at.isoformat() == "2026-12-01T19:00:00+00:00", "14:00 in New York"
    paid.at("2026-12-01T19:00:00")
    paid.work()
    assert Payment.get().state == PaymentState.SUCCEEDED and paid.sandbox.charges()[0]["amount"] == 8900
    assert (again(schedule).next_on, runs(schedule)) == (date(2027, 1, 1), [("2026-12-01", "made")])


def test_after_three_months_down_each_period_is_made_up_once_the_oldest_first(paid: Club) -> None:
    paid.card()
    schedule = paid.schedule(date(2026, 12, 31))
    paid.at("2027-04-01T16:00:00")
    paid.work()
    run_due(schedule.id)
    assert [order.due_on.isoformat() for order in orders()] == ["2026-12-31", "2027-01-31", "2027-02-28", "2027-03-31"]
    collected = [row.allocations.get().order.due_on for row in Payment.select().order_by(Payment.id)]
    assert collected == [order.due_on for order in orders()] and len(paid.sandbox.charges()) == 4
    assert again(schedule).next_on == date(2027, 4, 30)


def test_two_workers_at_once_make_one_order_a_period(paid: Club) -> None:
    schedule = paid.schedule(date(2026, 12, 1), Cadence.WEEK)
    paid.at("2026-12-20T16:00:00")
    broken: list[BaseException] = []

    def worker() -> None:
        try:
            with base.connected():
                run_due(schedule.id)
        except BaseException as problem:
            broken.append(problem)

    workers = [Thread(target=worker) for _n in range(3)]
    for each in workers:
        each.start()
    for each in workers:
        each.join()
    assert broken == []
    assert [order.due_on.day for order in orders()] == [1, 8, 15, 22]


def test_killed_between_nothing_is_left_and_the_next_one_does_it(paid: Club, monkeypatch: pytest.MonkeyPatch) -> None:
    schedule = paid.schedule(date(2026, 11, 24))

    class Killed(BaseException):
        """The power goes."""

    def die(*_args: object) -> None:
        raise Killed

    with monkeypatch.context() as patched, pytest.raises(Killed):
        patched.setattr(run, "follower", die)  # after the order, before the schedule has moved on
        paid.work()
    assert (orders(), runs(schedule), again(schedule).next_on) == ([], [], date(2026, 11, 24))
    paid.work()
    assert len(orders()) == 1 and again(schedule).next_on == date(2026, 12, 24)


def test_a_period_with_a_row_is_never_billed_again(paid: Club) -> None:
    schedule = paid.schedule(date(2026, 11, 24), runs=5)
    paid.work()
    BillingSchedule.update(next_on=date(2026, 11, 24), run_at=paid.clock.at).execute()  # a lost update, say
    paid.work()
    assert len(orders()) == 1 and again(schedule).next_on == date(2026, 12, 24)
    assert again(schedule).runs_left == 4


def test_it_ends_by_its_last_day_and_by_its_number_of_runs(club: Club) -> None:
    by_day = club.schedule(date(2026, 12, 1), ends_on=date(2027, 1, 31))
    by_count = club.schedule(date(2026, 12, 1), Cadence.YEAR, every=2, runs=2)
    club.at("2030-01-01T16:00:00")
    club.work()
    assert [day for day, _state in runs(by_day)] == ["2026-12-01", "2027-01-01"]
    assert [day for day, _state in runs(by_count)] == ["2026-12-01", "2028-12-01"]
    for ended in map(again, (by_day, by_count)):
        assert (ended.state, ended.next_on, ended.run_at) == (ScheduleState.ENDED, None, None)
        assert ended.ended_at == club.clock.at


def test_case_63_month_ends_are_billed_on_the_last_day_and_on_the_31st_again(club: Club) -> None:
    schedule = club.schedule(date(2027, 1, 31))
    club.at("2027-05-05T16:00:00")
    club.work()
    assert [day for day, _state in runs(schedule)] == ["2027-01-31", "2027-02-28", "2027-03-31", "2027-04-30"]


def test_case_64_a_leap_day_is_billed_every_year(club: Club) -> None:
    schedule = club.schedule(date(2028, 2, 29), Cadence.YEAR)
    club.at("2032-03-01T16:00:00")
    club.work()
    assert [day[5:] for day, _state in runs(schedule)] == ["02-29", "02-28", "02-28", "02-28", "02-29"]


def test_case_69_a_bank_debit_moves_to_the_next_banking_day_and_a_card_does_not(paid: Club) -> None:
    paid.card()
    on_card = paid.schedule(date(2026, 11, 26))  # Thanksgiving
    paid.card("pm_usBankAccount_success")
    on_bank = paid.schedule(date(2026, 11, 26))
    weekend = paid.schedule(date(2026, 11, 28))
    paid.at("2026-11-25T14:00:00")
    paid.work(Work.SCHEDULE)
    collected = {order.schedule_id: order.collect_at.date().isoformat() for order in orders()}
    assert collected == {on_card.id: "2026-11-26", on_bank.id: "2026-11-27", weekend.id: "2026-11-30"}
    assert {order.due_on.day for order in orders()} == {26, 28}, "what is due stays due on its own day"


def test_case_69_a_bank_debit_that_is_late_waits_for_a_banking_day(paid: Club) -> None:
    paid.card("pm_usBankAccount_success")
    paid.schedule(date(2026, 12, 1))
    paid.at("2026-12-05T15:00:00")  # a Saturday
    paid.work(Work.SCHEDULE)
    assert orders()[0].collect_at.isoformat() == "2026-12-07T14:00:00+00:00"


@pytest.mark.parametrize("why", ["declined", "detached", "blocked", "revoked", "nothing"])
def test_without_a_method_that_may_be_charged_the_order_is_paid_by_hand(paid: Club, why: str) -> None:
    if why != "nothing":
        method, consent = paid.card()
    schedule = paid.schedule(date(2026, 11, 24))
    if why == "revoked":
        type(consent).update(revoked_at=paid.clock.at).execute()
    elif why != "nothing":
        PaymentMethod.update(state=MethodState(why)).where(PaymentMethod.id == method.id).execute()
    paid.work()
    (order,) = orders()
    assert (order.collect, order.collect_at, order.method_id) == (Collect.MANUAL, None, None)
    assert [mail.facts.count(str(order.id)) for mail in paid.mails("new_order")] == [1]
    assert again(schedule).state == ScheduleState.ACTIVE and again(schedule).next_on == date(2026, 12, 24)


def test_a_consent_for_another_schedule_does_not_cover_this_one(paid: Club) -> None:
    method = factory.method(paid.customer)
    factory.consented(paid.customer, method, ConsentScope.SCHEDULES)
    paid.schedule(date(2026, 11, 24), method=method.id)
    paid.work()
    assert orders()[0].collect == Collect.MANUAL


def test_lines_are_billed_as_they_stand_in_the_template(club: Club) -> None:
    club.schedule(
        date(2026, 11, 24), lines=[NewLine("Classes", Money(8000, "USD")), NewLine("Locker", Money(900, "USD"))]
    )
    club.work()
    (order,) = orders()
    assert (order.title, order.total) == ("Membership, November 2026", 8900)
    assert [(line.title, line.total) for line in OrderLine.select().order_by(OrderLine.position)] == [
        ("Classes", 8000),
        ("Locker", 900),
    ]


def test_a_schedule_that_was_stopped_by_another_hand_does_nothing_and_is_not_due_any_more(club: Club) -> None:
    schedule = club.schedule(date(2026, 11, 24))
    BillingSchedule.update(state=ScheduleState.PAUSED).execute()
    club.work()
    assert orders() == [] and again(schedule).run_at is None


def test_an_order_of_today_is_made_at_once(club: Club) -> None:
    with base.unit_of_work():
        made = add_schedule(
            customer=club.customer,
            title="Rent",
            rhythm=Rhythm(Cadence.MONTH, date(2026, 11, 23)),
            amount=Money(100, "USD"),
            actor=Actor.STAFF,
        )
    club.work()
    assert [order.due_on for order in Order.select()] == [date(2026, 11, 23)]
    assert ScheduleRun.get().schedule_id == made.id
