"""Another date for the next run: its period keeps its own day, days are bounded, a run made meanwhile wins."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from importlib import import_module
from itertools import pairwise
from threading import Thread
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.customers.home import home
from domain.events.record import Actor
from domain.mail.letter import Envelope, Letter
from domain.merchants.facts import facts_of
from domain.merchants.policy import change_policy
from domain.schedules.change import change_date
from domain.schedules.move import move
from domain.schedules.pause import pause, resume
from domain.schedules.queries import schedules_of
from domain.schedules.run import run_due
from domain.schedules.skip import skip
from domain.schedules.terms import days_offered, follower, upcoming
from domain.work.wake import Work
from kit.calendar import banking_day_from
from kit.errors import DomainError, NotFound
from kit.i18n import speaking
from models import base
from models.methods import BillingSchedule, Cadence, ScheduleState
from models.work import Event
from tests import factory
from tests.schedules.conftest import Club, again, orders, runs

_FIRST = date(2026, 12, 1)


def _row(cadence: Cadence, every: int, own: date) -> BillingSchedule:
    return BillingSchedule(
        cadence=cadence, every=every, anchor_day=own.day, next_on=own, amount=100, currency="USD", state="active"
    )


@settings(deadline=None)  # the first look at a year of banking days takes long on a busy machine
@given(
    st.sampled_from(list(Cadence)),
    st.integers(1, 6),
    st.dates(date(2025, 1, 1), date(2030, 12, 31)),
    st.integers(0, 60),
    st.booleans(),
    st.integers(-20, 90),
)
def test_a_moved_run_stays_within_its_period_and_no_other_run_moves(
    cadence: Cadence, every: int, own: date, move_days: int, bank: bool, ahead: int
) -> None:
    row, today = _row(cadence, every, own), own + timedelta(days=ahead)
    offered = days_offered(row, move_days=move_days, bank=bank, today=today)
    until = follower(row, follower(row, own))
    before = upcoming(row, until)
    if offered is None:
        return
    first, last = offered
    assert max(own, today) == first <= last <= own + timedelta(days=move_days)
    assert (banking_day_from(last) if bank else last) < follower(row, own)
    for day in (first, last):
        row.moved_to = day
        after = upcoming(row, until)
        assert [run.day for run in after] == [run.day for run in before], "the periods keep their days"
        assert after[0].on == day and [run.on for run in after[1:]] == [run.day for run in before[1:]]
        assert all(one.on < other.on for one, other in pairwise(after))
    assert days_offered(row, move_days=move_days, bank=bank, today=today, skipped={own}) is None
    row.state = ScheduleState.PAUSED
    assert days_offered(row, move_days=move_days, bank=bank, today=today) is None


def test_a_debit_is_asked_for_before_the_next_period_even_over_a_weekend() -> None:
    row = _row(Cadence.WEEK, 1, date(2026, 12, 7))
    assert days_offered(row, move_days=7, bank=False, today=_FIRST) == (date(2026, 12, 7), date(2026, 12, 13))
    assert days_offered(row, move_days=7, bank=True, today=_FIRST) == (date(2026, 12, 7), date(2026, 12, 11))
    assert days_offered(_row(Cadence.DAY, 1, _FIRST), move_days=7, bank=False, today=_FIRST) is None


def _ask(schedule: BillingSchedule, to: date, period: date = _FIRST) -> Any:
    return move(customer=schedule.customer_id, schedule=schedule.id, period=period, to=to)


def _house(schedule: BillingSchedule) -> dict[str, UUID]:
    return {"merchant": schedule.merchant_id, "schedule": schedule.id}


def test_case_63_a_run_that_was_put_off_is_billed_then_and_the_anchor_is_kept(carded: Club) -> None:
    carded.card()
    schedule = carded.schedule(date(2026, 12, 31), anchor_day=31)
    said = _ask(schedule, date(2027, 1, 5), date(2026, 12, 31))
    assert said.sentence == "It is due on Tuesday 5 January. The dates after it stay as they are."
    (view,) = schedules_of(carded.customer.id)
    assert (view.next_on, view.period, view.movable_until) == (
        date(2027, 1, 5),
        date(2026, 12, 31),
        date(2027, 1, 7),
    )
    assert [thing.day for thing in home(carded.customer.id).next] == [date(2027, 1, 5)]
    assert again(schedule).run_at == datetime(2027, 1, 2, 14, tzinfo=UTC), "three days before, by day"
    carded.at("2027-01-01T16:00:00")
    carded.work()
    assert orders() == []
    carded.at("2027-01-05T16:00:00")
    carded.work()
    (order,) = orders()
    assert (order.due_on, order.title, order.open) == (date(2027, 1, 5), "Membership, December 2026", 0)
    assert runs(schedule) == [("2026-12-31", "made")]
    row = again(schedule)
    assert (row.next_on, row.moved_to) == (date(2027, 1, 31), None)
    carded.at("2027-02-28T16:00:00")
    carded.work()
    assert [order.due_on for order in orders()][1:] == [date(2027, 1, 31), date(2027, 2, 28)]


def test_case_69_a_debit_that_was_put_off_goes_out_on_a_banking_day(carded: Club) -> None:
    carded.card("pm_usBankAccount_success")
    weekly = carded.schedule(date(2026, 12, 7), Cadence.WEEK, title="Weekly")
    with pytest.raises(DomainError, match="to Friday 11 December"):
        _ask(weekly, date(2026, 12, 12), date(2026, 12, 7))
    schedule = carded.schedule(_FIRST)
    _ask(schedule, date(2026, 12, 5))
    carded.at("2026-12-02T16:00:00")
    carded.work(Work.SCHEDULE)
    (order,) = orders()
    assert order.due_on == date(2026, 12, 5)
    assert order.collect_at is not None and order.collect_at.date() == date(2026, 12, 7)


def test_twice_is_once_and_its_own_day_takes_it_back(club: Club) -> None:
    schedule = club.schedule(_FIRST)
    _ask(schedule, date(2026, 12, 4))
    _ask(schedule, date(2026, 12, 4))
    assert [event.kind for event in _events()] == ["schedule.moved"]
    (first,) = club.mails("run_changed")
    letter = _read(first)
    assert letter is not None and letter.subject.endswith("Membership is due on Friday 4 December")
    _ask(schedule, _FIRST)
    assert again(schedule).moved_to is None and again(schedule).run_at == schedule.run_at
    assert _read(first) is None, "the later one tells"
    assert [event.actor for event in _events()] == [Actor.CUSTOMER] * 2
    club.at("2026-12-02T16:00:00")
    club.work()
    assert [order.due_on for order in orders()] == [_FIRST]


def _events() -> list[Event]:
    return list(Event.select().where(Event.kind == "schedule.moved").order_by(Event.id))


def _read(mail: Any) -> Letter | None:
    house = facts_of(mail.merchant)
    envelope = Envelope(json.loads(mail.facts), mail.to_address, mail.to_name, house)
    with speaking(zone=house.zone, locale=house.locale):
        return import_module(f"domain.mail.messages.{mail.template}").build(envelope)


def test_what_ends_the_coming_period_ends_its_other_date(club: Club) -> None:
    made = [club.schedule(_FIRST, title=name) for name in ("skip", "date", "pause")]
    for schedule in made:
        _ask(schedule, date(2026, 12, 6))
    skip(**_house(made[0]), day=_FIRST)
    assert again(made[0]).moved_to is None, "taking the skip back bills its own day"
    change_date(**_house(made[1]), first_on=date(2026, 12, 3))
    pause(**_house(made[2]))
    club.at("2026-12-08T16:00:00")
    resume(**_house(made[2]))
    club.work()
    assert [again(row).moved_to for row in made] == [None] * 3
    assert [order.due_on for order in orders()] == [date(2026, 12, 3)]
    assert [again(row).next_on for row in made] == [date(2027, 1, 1), date(2027, 1, 3), date(2027, 1, 1)]


def test_what_is_out_of_bounds_or_not_offered_is_refused_in_words(club: Club) -> None:
    schedule = club.schedule(_FIRST)
    for day in (date(2026, 11, 30), date(2026, 12, 9)):
        with pytest.raises(DomainError, match="Choose a day from Tuesday 1 December to Tuesday 8 December"):
            _ask(schedule, day)
    with pytest.raises(NotFound):
        move(
            customer=factory.customer(club.customer.merchant, name="Jordan").id,
            schedule=schedule.id,
            period=_FIRST,
            to=date(2026, 12, 4),
        )
    skip(**_house(schedule), day=_FIRST)
    with pytest.raises(DomainError, match="cannot be changed here"):
        _ask(schedule, date(2026, 12, 4))
    other = club.schedule(_FIRST, title="Other")
    change_policy(merchant=other.merchant_id, actor=Actor.STAFF, move_days=0)
    with pytest.raises(DomainError, match="cannot be changed here"):
        _ask(other, date(2026, 12, 4))
    assert again(schedule).moved_to is None and again(other).moved_to is None


def test_case_71_a_run_that_is_made_meanwhile_keeps_its_day_and_the_sentence_names_the_next(paid: Club) -> None:
    paid.card()
    schedule = paid.schedule(_FIRST)
    paid.at("2026-11-28T16:00:00")
    told: list[str] = []
    broken: list[BaseException] = []

    def clock() -> None:
        with base.connected():
            run_due(schedule.id)

    def person() -> None:
        try:
            with base.connected():
                _ask(schedule, date(2026, 12, 4))
            told.append("moved")
        except DomainError as problem:
            told.append(problem.sentence)
        except BaseException as problem:
            broken.append(problem)

    both = [Thread(target=clock), Thread(target=person)]
    for each in both:
        each.start()
    for each in both:
        each.join()
    paid.at("2026-12-04T16:00:00")
    paid.work()
    (order,) = orders()
    moved = order.due_on == date(2026, 12, 4)
    assert broken == [] and (told == ["moved"]) == moved and runs(schedule) == [("2026-12-01", "made")]
    with pytest.raises(DomainError) as late:
        _ask(schedule, date(2026, 12, 5))
    assert late.value.sentence.startswith("That date cannot be changed any more. The next one that can is ")
    assert paid.sandbox is not None and len(paid.sandbox.charges()) == 1


def test_case_71_the_order_that_was_made_is_named(club: Club) -> None:
    schedule = club.schedule(date(2026, 11, 25))
    club.work()
    (order,) = orders()
    with pytest.raises(DomainError) as late:
        _ask(schedule, date(2026, 11, 28), date(2026, 11, 25))
    assert late.value.sentence == (
        "That date cannot be changed any more. The next one that can is Friday 25 December. "
        f"Order {order.number} of Wednesday 25 November has been made already and keeps its terms."
    )


@pytest.mark.parametrize("until", [None, date(2026, 12, 5)])
def test_a_run_that_was_put_off_beyond_a_pause_is_billed_after_it(club: Club, until: date | None) -> None:
    schedule = club.schedule(_FIRST)
    move(customer=club.customer.id, schedule=schedule.id, period=_FIRST, to=date(2026, 12, 8))
    club.at("2026-12-03T15:00:00")
    pause(merchant=club.customer.merchant_id, schedule=schedule.id, until=until)
    club.at("2026-12-05T15:00:00")
    if until is None:
        resume(merchant=club.customer.merchant_id, schedule=schedule.id)
    club.at("2026-12-09T15:00:00")
    club.work()
    assert [order.due_on for order in orders()] == [date(2026, 12, 8)]
    assert again(schedule).next_on == date(2027, 1, 1) and again(schedule).moved_to is None
