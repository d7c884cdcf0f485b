"""Pause, skip and change: from the next run on, said in words; what was made already keeps its terms."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest

from domain.mail.quiet import by_day
from domain.schedules.change import change_amount, change_date, change_hour, change_method
from domain.schedules.consents import take_over_all
from domain.schedules.make import Rhythm, make_schedule
from domain.schedules.pause import end, pause, resume
from domain.schedules.skip import skip, undo_skip
from domain.work.wake import Work
from integrations.gateways.registry import use_transport
from kit.errors import DomainError, NotFound
from kit.money import Money
from models.base import unit_of_work
from models.customers import Customer
from models.methods import BillingSchedule, Cadence, ConsentScope, ScheduleState
from models.orders import Collect
from models.work import Event
from sandbox.inprocess import InProcessHTTP
from tests import factory
from tests.schedules.conftest import Club, again, orders, post, runs


def _of(row: BillingSchedule) -> dict[str, Any]:
    return {"merchant": row.merchant_id, "schedule": row.id}


def test_periods_of_a_pause_are_not_billed_and_not_made_up(club: Club) -> None:
    schedule = club.schedule(date(2026, 12, 1))
    said = pause(**_of(schedule), note="On a journey")
    assert said.from_on is None and said.sentence == "Nothing is billed until you resume it."
    club.at("2027-02-10T16:00:00")
    club.work()
    assert orders() == [] and again(schedule).note == "On a journey"
    said = resume(**_of(schedule))
    assert (said.from_on, said.sentence) == (date(2027, 3, 1), "This holds from Monday 1 March on.")
    club.at("2027-03-01T16:00:00")
    club.work()
    assert runs(schedule) == [("2027-03-01", "made")] and again(schedule).note == ""


def test_a_pause_with_a_day_ends_by_itself_and_keeps_the_rhythm(club: Club) -> None:
    schedule = club.schedule(date(2026, 12, 1), Cadence.WEEK, every=2)
    said = pause(**_of(schedule), until=date(2027, 1, 5))
    assert (said.from_on, said.sentence) == (date(2027, 1, 12), "It is billed again from Tuesday 12 January on.")
    club.at("2027-01-09T13:59:00")
    club.work()
    assert orders() == [] and again(schedule).state == ScheduleState.PAUSED
    club.at("2027-01-09T14:00:00")
    club.work()
    row = again(schedule)
    assert (row.state, row.paused_until, row.next_on) == (ScheduleState.ACTIVE, None, date(2027, 1, 26))
    assert runs(schedule) == [("2027-01-12", "made")]


def test_a_change_of_a_paused_schedule_names_no_day_that_has_passed(club: Club) -> None:
    schedule = club.schedule(date(2027, 3, 3))
    pause(**_of(schedule))
    club.at("2027-06-10T16:00:00")
    said = change_amount(**_of(schedule), amount=Money(9900, "USD"))
    assert (said.from_on, said.sentence) == (None, "It bills $99.00 from when it is resumed.")
    (mail,) = club.mails("schedule_changed")
    assert json.loads(mail.facts)["from"] == "2027-07-03"
    said = change_hour(**_of(schedule), hour=10)
    assert (said.from_on, said.sentence) == (None, "This holds from when it is resumed.")
    said = change_amount(**_of(schedule), amount=Money(12000, "USD"), from_on=date(2027, 8, 1))
    assert said.sentence == "It bills $120.00 from when it is resumed, but not before Tuesday 3 August."
    assert again(schedule).run_at is None and resume(**_of(schedule)).from_on == date(2027, 7, 3)
    club.at("2027-08-03T16:00:00")
    club.work()
    assert [order.total for order in orders()] == [9900, 12000]


def test_a_paused_schedule_whose_last_day_has_passed_bills_nothing_more(club: Club) -> None:
    schedule = club.schedule(date(2026, 12, 1), ends_on=date(2027, 3, 1))
    pause(**_of(schedule))
    club.at("2027-06-10T16:00:00")
    assert change_hour(**_of(schedule), hour=10).sentence == "Nothing more is billed."
    with pytest.raises(DomainError, match="ends before"):
        change_amount(**_of(schedule), amount=Money(9900, "USD"))


def test_a_pause_beyond_the_end_ends_it(club: Club) -> None:
    schedule = club.schedule(date(2026, 12, 1), ends_on=date(2027, 3, 1))
    assert "nothing more is billed" in pause(**_of(schedule), until=date(2027, 6, 1)).sentence
    assert again(schedule).state == ScheduleState.ENDED
    with pytest.raises(DomainError, match="has ended"):
        resume(**_of(schedule))


def test_a_skipped_period_is_left_out_once_and_does_not_count(club: Club) -> None:
    schedule = club.schedule(date(2026, 12, 1), runs=2)
    said = skip(**_of(schedule), day=date(2027, 1, 1))
    skip(**_of(schedule), day=date(2027, 1, 1))
    assert said.sentence == "Nothing is billed on Friday 1 January."
    assert Event.select().where(Event.kind == "schedule.skipped").count() == 1
    club.at("2027-04-01T16:00:00")
    club.work()
    assert runs(schedule) == [("2026-12-01", "made"), ("2027-01-01", "skipped"), ("2027-02-01", "made")]
    assert len(orders()) == 2 and again(schedule).state == ScheduleState.ENDED


def test_a_skip_can_be_taken_back_until_its_order_would_have_been_made(club: Club) -> None:
    schedule = club.schedule(date(2026, 12, 1))
    skip(**_of(schedule), day=date(2026, 12, 1))
    undo_skip(**_of(schedule), day=date(2026, 12, 1))
    skip(**_of(schedule), day=date(2027, 1, 1))
    club.at("2026-12-30T16:00:00")
    club.work()
    assert [order.due_on for order in orders()] == [date(2026, 12, 1)]
    with pytest.raises(DomainError, match="cannot be billed any more"):
        undo_skip(**_of(schedule), day=date(2027, 1, 1))
    with pytest.raises(DomainError, match="No order is to be made"):
        skip(**_of(schedule), day=date(2026, 12, 1))
    with pytest.raises(DomainError, match="No order is to be made"):
        skip(**_of(schedule), day=date(2027, 2, 2))


def test_case_71_a_change_while_its_order_is_made_or_charged_holds_for_the_next_one_and_says_so(paid: Club) -> None:
    method, _consent = paid.card()
    schedule = paid.schedule(date(2026, 11, 24))
    paid.work(Work.SCHEDULE)
    (order,) = orders()
    said = change_amount(**_of(schedule), amount=Money(9900, "USD"))
    assert said.from_on == date(2026, 12, 24)
    assert said.sentence == (
        "From Thursday 24 December on it bills $99.00. "
        f"Order {order.number} of Tuesday 24 November has been made already and keeps its terms."
    )
    said_meanwhile: list[str] = []

    class Meanwhile(InProcessHTTP):
        """The charge is running, its order is held, and somebody changes the schedule."""

        def request(self, *args: Any, **kwargs: Any) -> Any:
            if not said_meanwhile:
                said_meanwhile.append(change_method(**_of(schedule), method=None).sentence)
            return super().request(*args, **kwargs)

    paid.at("2026-11-24T14:00:00")
    with use_transport(lambda: Meanwhile(paid.sandbox.world)):
        paid.work()
    assert said_meanwhile == [
        "This holds from Thursday 24 December on. "
        f"Order {order.number} of Tuesday 24 November is being paid now and keeps its terms."
    ]
    assert [charge["amount"] for charge in paid.sandbox.charges()] == [8900]
    paid.at("2026-12-24T15:00:00")
    paid.work()
    assert (orders()[-1].total, orders()[-1].collect) == (9900, Collect.MANUAL)
    assert method.id == orders()[0].method_id


def test_a_card_takes_a_new_amount_with_the_next_run_or_with_the_day_that_was_named(club: Club) -> None:
    schedule = club.schedule(date(2026, 12, 1))
    change_amount(**_of(schedule), amount=Money(9900, "USD"))
    said = change_amount(**_of(schedule), amount=Money(12000, "USD"), from_on=date(2027, 1, 15))
    assert said.from_on == date(2027, 2, 1)
    club.at("2027-03-01T16:00:00")
    club.work()
    assert [order.total for order in orders()] == [9900, 9900, 12000, 12000]
    assert again(schedule).next_amount is None
    assert len(club.mails("schedule_changed")) == 2


def test_lines_are_left_when_the_amount_is_another(club: Club) -> None:
    from domain.orders.make import NewLine

    schedule = club.schedule(date(2026, 12, 1), lines=[NewLine("Classes", Money(8000, "USD"))])
    change_amount(**_of(schedule), amount=Money(8500, "USD"))
    club.at("2026-12-01T16:00:00")
    club.work()
    (line,) = orders()[0].lines
    assert (line.title, line.total) == ("Membership, December 2026", 8500)


def test_case_70_a_debits_new_amount_waits_ten_days_after_its_notice(paid: Club) -> None:
    paid.card("pm_usBankAccount_success")
    schedule = paid.schedule(date(2026, 12, 2))
    said = change_amount(**_of(schedule), amount=Money(9900, "USD"))
    assert said.from_on == date(2027, 1, 2), "the run of 2 December is only nine days ahead"
    (mail,) = paid.mails("schedule_changed")
    post(mail)
    paid.at("2027-01-01T16:00:00")
    paid.work(Work.SCHEDULE)
    assert [order.total for order in orders()] == [8900, 9900]
    row = again(schedule)
    assert (row.amount, row.next_amount, row.next_amount_from) == (9900, None, None)


def test_case_70_at_night_the_ten_days_count_from_the_morning_when_the_mail_leaves(carded: Club) -> None:
    carded.card("pm_usBankAccount_success")
    schedule = carded.schedule(date(2026, 12, 3))
    carded.at("2026-11-24T03:00:00")  # 22:00 on the 23rd there
    assert by_day(carded.clock.at, "America/New_York").day == 24
    assert change_amount(**_of(schedule), amount=Money(9900, "USD")).from_on == date(2027, 1, 3)


def test_case_70_a_notice_that_never_left_holds_the_old_amount(paid: Club) -> None:
    paid.card("pm_usBankAccount_success")
    schedule = paid.schedule(date(2026, 12, 15))
    assert change_amount(**_of(schedule), amount=Money(9900, "USD")).from_on == date(2026, 12, 15)
    paid.at("2026-12-12T16:00:00")
    paid.work(Work.SCHEDULE)
    assert [order.total for order in orders()] == [8900]
    assert Event.select().where(Event.kind == "schedule.amount_held").count() == 1
    post(paid.mails("schedule_changed")[0])
    paid.at("2027-01-12T16:00:00")
    paid.work(Work.SCHEDULE)
    assert [order.total for order in orders()] == [8900, 9900], "told on 12 December: in time for 15 January"


def test_case_70_without_an_address_a_debits_amount_stays(carded: Club) -> None:
    carded.card("pm_usBankAccount_success")
    schedule = carded.schedule(date(2026, 12, 15))
    Customer.update(email="").execute()
    with pytest.raises(DomainError, match="ten days before"):
        change_amount(**_of(schedule), amount=Money(9900, "USD"))
    assert again(schedule).next_amount is None


def test_another_day_starts_with_the_next_run(club: Club) -> None:
    schedule = club.schedule(date(2026, 11, 24))
    club.work()
    with pytest.raises(DomainError, match="made already"):
        change_date(**_of(schedule), first_on=date(2026, 11, 24))
    said = change_date(**_of(schedule), first_on=date(2027, 2, 28), anchor_day=31)
    assert said.from_on == date(2027, 2, 28)
    skip(**_of(schedule), day=date(2027, 3, 31))
    with pytest.raises(DomainError, match="is skipped"):
        change_date(**_of(schedule), first_on=date(2027, 2, 1))
    club.at("2027-05-01T16:00:00")
    club.work()
    assert [day for day, _state in runs(schedule)] == ["2026-11-24", "2027-02-28", "2027-03-31", "2027-04-30"]


def test_another_hour_starts_with_the_next_run(carded: Club) -> None:
    carded.card()
    schedule = carded.schedule(date(2026, 11, 24))
    carded.work(Work.SCHEDULE)
    assert change_hour(**_of(schedule), hour=20).from_on == date(2026, 12, 24)
    carded.at("2026-12-23T16:00:00")
    carded.work(Work.SCHEDULE)
    assert [order.collect_at.hour for order in orders()] == [14, 1], "20:00 in New York is 1:00 of the next day in UTC"
    with pytest.raises(DomainError, match="0 to 23"):
        change_hour(**_of(schedule), hour=24)


def test_a_consent_takes_over_the_schedules_that_have_none(paid: Club) -> None:
    schedule = paid.schedule(date(2026, 11, 24))
    paid.work()
    method = factory.method(paid.customer)
    consent = factory.consented(paid.customer, method, ConsentScope.SCHEDULES)
    other = factory.consented(paid.customer, factory.method(paid.customer, "pm_card_mastercard"))
    with unit_of_work():
        assert take_over_all(other) == 0, "it stands already"
    paid.at("2026-12-24T15:00:00")
    paid.work()
    assert [order.collect for order in orders()] == [Collect.MANUAL, Collect.AUTOMATIC]
    assert len(paid.sandbox.charges()) == 1 and again(schedule).consent_id == consent.id


def test_only_its_merchant_changes_a_schedule(club: Club) -> None:
    schedule = club.schedule(date(2026, 12, 1))
    other = factory.merchant()
    for act in (pause, resume, end):
        with pytest.raises(NotFound):
            act(merchant=other.id, schedule=schedule.id)
    assert end(**_of(schedule)).sentence == "Nothing more is billed."
    with pytest.raises(DomainError, match="has ended"):
        change_hour(**_of(schedule), hour=3)


def _refused(club: Club, match: str, first: date = date(2026, 12, 1), **values: object) -> None:
    rhythm = {key: values.pop(key) for key in list(values) if key in Rhythm.__dataclass_fields__}
    given = {"title": "Membership", "amount": Money(8900, "USD"), **values}
    with pytest.raises(DomainError, match=match):
        make_schedule(
            merchant=club.customer.merchant_id,
            customer=club.customer.id,
            rhythm=Rhythm(Cadence.MONTH, first, **rhythm),
            **given,
        )


def test_what_cannot_be_billed_is_refused_with_a_sentence(carded: Club) -> None:
    _refused(carded, "is over", date(2026, 11, 22))
    _refused(carded, "would end before", ends_on=date(2026, 11, 30))
    _refused(carded, "would end before", runs=0)
    _refused(carded, "is not day 31", anchor_day=31)
    _refused(carded, "every 1 to", every=0)
    _refused(carded, "more than zero", amount=Money(0, "USD"))
    _refused(carded, "bills in USD", amount=Money(100, "EUR"))
    _refused(carded, "Say what is billed", amount=None)
    _refused(carded, "title", title="  ")
    _refused(carded, "0 to 23", hour=24)
    stranger = factory.method(factory.customer(carded.customer.merchant))
    _refused(carded, "not this customer's", method=stranger.id)
    method, consent = carded.card()
    other = factory.method(carded.customer, "pm_card_mastercard")
    _refused(carded, "does not cover", method=other.id, consent=consent.id)
    _refused(carded, "needs the payment method", consent=consent.id)
    type(consent).update(revoked_at=carded.clock.at).execute()
    _refused(carded, "taken that consent back", method=method.id, consent=consent.id)
    assert BillingSchedule.select().count() == 0


def test_a_bank_account_is_debited_in_dollars_only(carded: Club) -> None:
    method, _consent = carded.card("pm_usBankAccount_success")
    type(carded.customer.merchant).update(currency="EUR").execute()
    carded.customer = Customer.get_by_id(carded.customer.id)
    _refused(carded, "US dollars only", method=method.id, amount=Money(100, "EUR"))
