"""What people see of schedules: what comes for twelve months, what was billed, and the letters."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from importlib import import_module
from typing import Any

import pytest

from domain.customers.home import home
from domain.events.record import Actor
from domain.mail.dress import message
from domain.mail.letter import Envelope, Letter
from domain.merchants.facts import facts_of
from domain.merchants.policy import change_policy
from domain.orders.owed import Standing, outstanding
from domain.schedules.change import change_amount
from domain.schedules.history import history
from domain.schedules.pause import end, pause
from domain.schedules.queries import active_schedules, coming_runs, schedules_of
from domain.schedules.skip import skip
from domain.work.wake import Work
from kit.clock import Stopped
from kit.dates import humane_day
from kit.errors import NotFound
from kit.i18n import speaking
from kit.money import Money
from models.base import unit_of_work
from models.methods import BillingSchedule, Cadence, ScheduleState
from models.orders import Order
from models.schedules import RunState
from models.work import Mail
from tests import factory
from tests.pages.customer.test_home import counted
from tests.schedules.conftest import Club, orders


def _of(row: BillingSchedule) -> dict[str, Any]:
    return {"merchant": row.merchant_id, "schedule": row.id}


def test_what_comes_in_twelve_months_with_skips_and_the_new_amount(club: Club) -> None:
    schedule = club.schedule(date(2026, 12, 31), amount=5000)
    yearly = club.schedule(date(2027, 2, 1), Cadence.YEAR, title="Insurance", amount=12000)
    skip(**_of(schedule), day=date(2027, 1, 31))
    change_amount(**_of(schedule), amount=Money(6000, "USD"), from_on=date(2027, 3, 1))
    coming = coming_runs(club.customer.id)
    mine = [
        (c.period.day.isoformat()[2:], c.period.amount.minor, c.period.skipped)
        for c in coming
        if c.title != "Insurance"
    ]
    assert mine[:4] == [
        ("26-12-31", 5000, False),
        ("27-01-31", 5000, True),
        ("27-02-28", 5000, False),
        ("27-03-31", 6000, False),
    ]
    assert len(mine) == 11 and [c.period.changed for c in coming if c.title != "Insurance"].index(True) == 3
    assert [c.period.day for c in coming if c.schedule == yearly.id] == [date(2027, 2, 1)]


def test_what_comes_stops_with_the_end_and_the_number_of_runs_and_in_a_pause(club: Club) -> None:
    skip(**_of(club.schedule(date(2026, 12, 1), title="Two", runs=2)), day=date(2027, 1, 1))
    club.schedule(date(2026, 12, 1), title="Until March", ends_on=date(2027, 3, 1))
    pause(**_of(club.schedule(date(2026, 12, 1), title="Paused")))
    pause(**_of(club.schedule(date(2026, 12, 1), title="Back in August")), until=date(2027, 8, 2))
    end(**_of(club.schedule(date(2026, 12, 1), title="Ended")))
    counts: dict[str, int] = {}
    for coming in coming_runs(club.customer.id, until=date(2027, 11, 1)):
        counts[coming.title] = counts.get(coming.title, 0) + (not coming.period.skipped)
    assert counts == {"Two": 2, "Until March": 4, "Back in August": 3}


def test_each_state_is_shown_as_it_is_in_one_query(carded: Club) -> None:
    carded.card()
    by_hand = carded.schedule(date(2026, 12, 1), title="By hand", method=None, consent=None)
    skipped = carded.schedule(date(2026, 12, 1), title="Skipped")
    skip(**_of(skipped), day=date(2026, 12, 1))
    skip(**_of(skipped), day=date(2027, 1, 1))
    changed = carded.schedule(date(2026, 12, 1), title="Changed")
    change_amount(**_of(changed), amount=Money(100, "USD"), from_on=date(2027, 5, 1))
    paused = carded.schedule(date(2026, 12, 1), title="Paused")
    pause(**_of(paused), until=date(2027, 3, 15))
    end(**_of(carded.schedule(date(2026, 12, 1), title="Ended")))
    with counted() as asked:
        views = {view.title: view for view in schedules_of(carded.customer.id)}
    assert len(asked) == 1 and list(views)[-1] == "Ended"
    assert not views["By hand"].automatic and views["By hand"].next_on == date(2026, 12, 1)
    assert by_hand.id in {view.id for view in active_schedules(carded.customer.id)}
    assert views["Skipped"].automatic and views["Skipped"].next_on == date(2027, 2, 1)
    assert views["Skipped"].skipped == (date(2026, 12, 1), date(2027, 1, 1))
    assert views["Changed"].changes == (date(2027, 5, 1), Money(100, "USD"))
    assert (views["Paused"].state, views["Paused"].next_on) == (ScheduleState.PAUSED, date(2027, 4, 1))
    assert (views["Ended"].next_on, views["Ended"].ended_on) == (None, date(2026, 11, 23))


def test_the_home_shows_a_period_once_as_plan_or_as_order(carded: Club) -> None:
    carded.card()
    schedule = carded.schedule(date(2026, 11, 30))
    assert [thing.day for thing in home(carded.customer.id).next] == [date(2026, 11, 30)]
    carded.at("2026-11-28T16:00:00")
    carded.work(Work.SCHEDULE)
    shown = home(carded.customer.id).next
    assert [(thing.day, thing.what) for thing in shown] == [
        (date(2026, 11, 30), "Membership, November 2026"),
        (date(2026, 12, 30), "Membership"),
    ]
    skip(**_of(schedule), day=date(2026, 12, 30))
    assert [thing.day for thing in home(carded.customer.id).next] == [date(2026, 11, 30), date(2027, 1, 30)]


def test_case_66_a_due_day_is_a_day_at_the_merchants_wherever_it_is_looked_at(
    sqlite_store: str, clock: Stopped
) -> None:
    clock.set(datetime(2026, 11, 18, 12, tzinfo=UTC))
    club = Club(clock, factory.customer(factory.merchant(zone="America/Los_Angeles")))
    club.schedule(date(2026, 11, 20))
    club.work()
    for moment, overdue in (("2026-11-21T07:59:00", 0), ("2026-11-21T08:00:00", 1)):
        club.at(moment)
        with speaking(zone="Asia/Tokyo"):
            (view,) = outstanding(club.customer.id)
        assert (view.due_on, view.overdue_days, view.standing) == (date(2026, 11, 20), overdue, Standing.OWED)
        assert humane_day(view.due_on, view.today, "en_US") == "Friday 20 November"


def test_history_is_the_owners(club: Club) -> None:
    schedule = club.schedule(date(2026, 12, 1), amount=5000)
    skip(**_of(schedule), day=date(2027, 1, 1))
    club.at("2027-01-15T16:00:00")
    club.work()
    made = history(club.customer.id, schedule.id)
    assert [(run.due_on.month, run.state, run.total) for run in made] == [
        (1, RunState.SKIPPED, None),
        (12, RunState.MADE, Money(5000, "USD")),
    ]
    with pytest.raises(NotFound):
        history(factory.customer(club.customer.merchant).id, schedule.id)
    assert coming_runs(factory.customer(factory.merchant()).id) == []


def _read(mail: Mail) -> Letter | None:
    house = facts_of(mail.merchant)
    envelope = Envelope(json.loads(mail.facts), mail.to_address, mail.to_name, house)
    with speaking(zone=house.zone, locale=house.locale), unit_of_work():
        letter = import_module(f"domain.mail.messages.{mail.template}").build(envelope)
        if letter is not None:
            message(letter, envelope, mail_id=str(mail.id), made_at=mail.created_at)
    return letter


def test_an_order_to_pay_by_hand_is_told(club: Club) -> None:
    club.schedule(date(2026, 11, 25))
    club.work()
    letter = _read(club.mails("new_order")[0])
    assert letter and "$89.00 due on Wednesday 25 November" in letter.subject
    assert letter.button and "/fix/" in letter.button.url, "it pays this one order, without signing in"
    Order.update(paid=Order.total, open=0).execute()
    assert _read(club.mails("new_order")[0]) is None


def test_a_letter_that_was_queued_before_it_carried_a_link_still_leaves(club: Club) -> None:
    club.schedule(date(2026, 11, 25))
    club.work()
    (mail,) = club.mails("new_order")
    before = {key: value for key, value in json.loads(mail.facts).items() if key != "link"}
    Mail.update(facts=json.dumps(before), customer_id=None, order_id=None).execute()
    letter = _read(Mail.get_by_id(mail.id))
    assert letter and letter.button and letter.button.url.endswith(f"/p/{club.customer.merchant.slug}")
    assert not letter.after, "what the button does not do is not promised"
    Order.update(paid=Order.total, open=0).execute()
    assert _read(Mail.get_by_id(mail.id)) is None


def test_a_charge_is_told_ahead_when_people_may_not_expect_it(carded: Club) -> None:
    method, _consent = carded.card()
    carded.schedule(date(2026, 11, 25), title="Monthly")
    carded.schedule(date(2026, 11, 25), Cadence.YEAR, title="Yearly")
    carded.work(Work.SCHEDULE)
    (mail,) = carded.mails("before_charge")
    letter = _read(mail)
    assert letter and letter.first == (
        f"We will charge $89.00 to Visa ending {method.last4} on Wednesday 25 November.",
        "We tell you because these charges are far apart.",
    )
    monthly = BillingSchedule.get(BillingSchedule.title == "Monthly")
    change_amount(**_of(monthly), amount=Money(9900, "USD"))
    carded.at("2026-12-22T16:00:00")
    carded.work(Work.SCHEDULE)
    assert "not the same as last time" in _read(carded.mails("before_charge")[1]).first[1]
    carded.at("2027-01-22T16:00:00")
    carded.work(Work.SCHEDULE)
    assert len(carded.mails("before_charge")) == 2, "the same amount again, a month later: nothing to tell"
    change_policy(merchant=carded.customer.merchant_id, actor=Actor.STAFF, tell_before_charge=True)
    carded.at("2027-02-22T16:00:00")
    carded.work(Work.SCHEDULE)
    assert "before every charge" in _read(carded.mails("before_charge")[2]).first[1]
    Order.update(collect_at=None).execute()
    assert _read(carded.mails("before_charge")[2]) is None


def test_what_is_made_up_after_its_day_is_not_announced_any_more(carded: Club) -> None:
    carded.card()
    carded.schedule(date(2026, 12, 1), Cadence.YEAR)
    carded.at("2026-12-05T16:00:00")
    carded.work(Work.SCHEDULE)
    assert len(orders()) == 1 and carded.mails("before_charge") == []


def test_a_new_amount_is_told_with_its_day(club: Club) -> None:
    schedule = club.schedule(date(2026, 12, 1))
    change_amount(**_of(schedule), amount=Money(9900, "USD"))
    letter = _read(club.mails("schedule_changed")[0])
    assert letter and "Membership will be $99.00 from Tuesday 1 December" in letter.subject
    assert ("Until then", "$89.00") in letter.rows
    pause(merchant=schedule.merchant_id, schedule=schedule.id)
    letter = _read(club.mails("schedule_changed")[0])
    assert letter and letter.subject.endswith("Membership will be $99.00")
    assert letter.first[0].startswith("Billing is paused. When it goes on, $99.00 is billed each time")
    change_amount(**_of(schedule), amount=Money(9500, "USD"))
    assert _read(club.mails("schedule_changed")[0]) is None, "the later one tells"
