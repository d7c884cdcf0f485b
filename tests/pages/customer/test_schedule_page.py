"""The page of one schedule and its forms: what may be done is offered, what may not is refused in words."""

from __future__ import annotations

from datetime import date
from uuid import UUID

import pytest

from domain.events.record import Actor
from domain.merchants.policy import change_policy
from domain.schedules.make import Rhythm, make_schedule
from domain.schedules.pause import end
from domain.schedules.run import run_due
from kit.clock import Stopped
from kit.ids import uuid7
from kit.money import Money
from models.methods import BillingSchedule, Cadence
from models.orders import Order
from models.schedules import ScheduleRun
from tests import factory
from tests.pages.customer.conftest import Person

_FIRST = "2026-12-01"


@pytest.fixture
def plan(owner: Person) -> str:
    """The path of a membership that is charged to a card."""
    method = factory.method(owner.customer)
    consent = factory.consented(owner.customer, method)
    made = make_schedule(
        merchant=owner.customer.merchant_id,
        customer=owner.customer.id,
        title="Membership",
        rhythm=Rhythm(Cadence.MONTH, date(2026, 12, 1)),
        amount=Money(8900, "USD"),
        method=method.id,
        consent=consent.id,
    )
    return f"/schedules/{made}"


def _row(path: str) -> BillingSchedule:
    return BillingSchedule.get_by_id(UUID(path.rpartition("/")[2]))


def _allow(person: Person, **policy: object) -> None:
    change_policy(merchant=person.customer.merchant_id, actor=Actor.STAFF, **policy)


def test_the_list_names_the_year_by_month(owner: Person, colleague: Person, plan: str) -> None:
    html = owner.page("/schedules")
    for said in (f'href="{owner.base}{plan}"', "The next twelve months", "December 2026", "November 2027", "$89.00"):
        assert said in html, said
    assert "twelve months" not in colleague.page("/schedules")


def test_the_page_is_the_owners(owner: Person, colleague: Person, stranger: Person, plan: str) -> None:
    html = owner.page(plan)
    for said in (
        "$89.00 will be charged to Visa ending 4242 on Tuesday 1 December.",
        "Pay $89.00 now",
        "Pick another date",
        'max="2026-12-08"',
        "You allowed Harbor Yoga on ",
        "to charge Visa ending 4242 for it.",
        "Each bill of this schedule will be listed here",
        "To skip, change or stop it, please ask Harbor Yoga.",
    ):
        assert said in html, said
    assert "/skip" not in html, "the merchant does not let customers skip"
    assert owner.get(plan).status_code == 200
    assert owner.get(f"/schedules/{uuid7()}").status_code == 404
    assert colleague.get(plan).status_code == 404
    assert stranger.get(f"/p/summit{plan}").status_code == 404


@pytest.mark.parametrize("form", ["move", "skip", "pay"])
def test_nobody_elses_form_does_anything(owner: Person, colleague: Person, stranger: Person, plan: str, form: str):
    _allow(owner, customers_skip=True)
    fields = {"period": _FIRST, "to": "2026-12-04"}
    for person in (colleague, stranger):
        assert person.post(f"{plan}/{form}", **fields).status_code == 404
    assert owner.client.post(f"{owner.base}{plan}/{form}", data=fields).status_code == 400, "no token"
    assert _row(plan).moved_to is None
    assert ScheduleRun.select().count() == Order.select().count() == 0


def test_another_date_is_said_and_taken_back(owner: Person, plan: str) -> None:
    answer = owner.post(f"{plan}/move", period=_FIRST, to="2026-12-04")
    assert (answer.status_code, answer.headers["Location"]) == (303, owner.base + plan)
    html = owner.page(plan)
    assert "It is due on Friday 4 December. The dates after it stay as they are." in html
    assert "Put off from Tuesday 1 December" in html and "Next: Friday 4 December" in html
    owner.post(f"{plan}/move", period=_FIRST, to="2027-12-04")
    html = owner.page(plan)
    assert "Choose a day from Tuesday 1 December to Tuesday 8 December." in html
    assert 'value="2027-12-04"' in html, "what was typed is still there"
    owner.post(f"{plan}/move", period=_FIRST, to="never")
    assert "Choose a day." in owner.page(plan)
    owner.post(f"{plan}/move", period=_FIRST, to=_FIRST)
    assert _row(plan).moved_to is None


def test_a_forged_skip_is_refused_in_words_and_an_allowed_one_is_undone(owner: Person, plan: str) -> None:
    owner.post(f"{plan}/skip", period=_FIRST)
    assert "A date cannot be skipped here. Please ask Harbor Yoga." in owner.page(plan)
    assert ScheduleRun.select().count() == 0
    _allow(owner, customers_skip=True, move_days=0)
    html = owner.page(plan)
    assert f"{plan}/skip" in html and "/move" not in html
    assert "To have it on another date, please ask Harbor Yoga." in html
    owner.post(f"{plan}/skip", period=_FIRST)
    html = owner.page(plan)
    assert "Nothing is billed on Tuesday 1 December." in html and "Do not skip" in html
    owner.post(f"{plan}/skip", period=_FIRST, undo="1")
    assert "It is billed on Tuesday 1 December." in owner.page(plan)
    assert ScheduleRun.select().count() == 0
    owner.post(f"{plan}/move", period=_FIRST, to="2026-12-04")
    assert "This date cannot be changed here. Please ask Harbor Yoga." in owner.page(plan)


def test_pay_now_leads_to_the_pay_page_with_that_bill(owner: Person, plan: str) -> None:
    answer = owner.post(f"{plan}/pay", period=_FIRST)
    where = answer.headers["Location"]
    assert answer.status_code == 303 and where.startswith(f"{owner.base}/pay/")
    assert "Membership, December 2026" in owner.page(where)
    assert owner.post(f"{plan}/pay", period=_FIRST).headers["Location"].startswith(f"{owner.base}/pay/")
    assert Order.select().count() == 1
    html = owner.page(plan)
    assert "Not paid yet" in html and "now</button>" not in html, "one at a time"
    owner.post(f"{plan}/pay", period="2027-01-01")
    assert "is still open. Pay that one first." in owner.page(plan)


def test_what_is_over_offers_nothing(owner: Person, plan: str, clock: Stopped) -> None:
    row = _row(plan)
    end(merchant=row.merchant_id, schedule=row.id, note="Moved away")
    html = owner.page(plan)
    assert "Ended on Monday 23 November" in html and "Moved away" in html
    assert "<form" not in html and "please ask" not in html
    owner.post(f"{plan}/move", period=_FIRST, to="2026-12-04")
    assert "This schedule has ended: nothing more is billed." in owner.page(plan)
    run_due(row.id)
    assert Order.select().count() == 0
