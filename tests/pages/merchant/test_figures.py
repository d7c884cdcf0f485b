"""The figures add up, and say what happened: by hand from a story that our own code lived through."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from domain.merchants.facts import facts_of
from domain.payments import intention
from domain.payments.intention import Buyer
from domain.payments.press import Pressed, press
from domain.reports import queries
from domain.reports.failures import Failures, Helper
from kit.clock import utc_now
from kit.money import Money
from models.base import unit_of_work
from models.payments import Recovery, RecoveryState
from tests import factory
from tests.pages.merchant.conftest import FUNDS, Town, live


def usd(minor: int) -> Money:
    return Money(minor, "USD")


def seen(report: Failures) -> dict[str, tuple[int, int]]:
    parts = ("failed", "recovered", "still_open", "given_up", "unplanned")
    return {part: (getattr(report, part).count, getattr(report, part).amount.minor) for part in parts}


def test_the_story_in_figures(store: str, town: Town) -> None:
    live(town)
    report = queries.failures(town.facts, utc_now())
    assert seen(report) == {
        "failed": (6, 39900),
        "recovered": (3, 25900),
        "still_open": (2, 10000),
        "given_up": (1, 4000),
        "unplanned": (1, 7000),
    }
    assert {helper: share.amount.minor for helper, share in report.helpers} == {
        Helper.PORTAL: 12000,
        Helper.FIX_IT: 5000,
        Helper.AUTOMATIC: 8900,
        Helper.TEAM: 0,
    }
    assert [(cause.name, cause.failed.amount.minor, cause.recovered.amount.minor) for cause in report.causes] == [
        ("Not enough money", 15900, 8900),
        ("Bank said no", 12000, 12000),
        ("Card reported lost", 12000, 5000),
    ]
    assert [(other.count, other.amount) for other in report.elsewhere] == [(1, Money(2000, "EUR"))]


def test_every_breakdown_adds_up_to_its_head(store: str, town: Town) -> None:
    live(town)
    report = queries.failures(town.facts, utc_now())
    zero = usd(0)
    assert report.recovered.amount + report.still_open.amount + report.given_up.amount == report.failed.amount
    assert sum((share.amount for _helper, share in report.helpers), zero) == report.recovered.amount
    assert sum((cause.failed.amount for cause in report.causes), zero) == report.failed.amount
    for part in ("failed", "recovered", "still_open", "given_up"):
        assert sum((getattr(day, part).amount for day in report.days), zero) == getattr(report, part).amount


def test_days_are_the_merchants_and_the_young_ones_are_still_tried(sqlite_store: str, town: Town) -> None:
    live(town)
    report = queries.failures(town.facts, utc_now())
    assert (len(report.days), report.days[0].day, report.days[-1].day) == (30, date(2026, 10, 25), date(2026, 11, 23))
    assert [day.day.day for day in report.days if day.failed.count] == [3, 4, 5, 6, 21, 22]
    assert [day.day.day for day in report.days if day.still_tried] == [22, 23]
    with unit_of_work():  # late in New York, the next day in UTC
        Recovery.update(opened_at=datetime(2026, 11, 23, 4, 30, tzinfo=UTC)).where(Recovery.amount == 3000).execute()
    assert queries.failures(town.facts, utc_now()).days[-2].failed.amount == usd(3000)


def test_a_failure_leaves_the_window_at_the_merchants_midnight(sqlite_store: str, town: Town) -> None:
    town.fails("Ana", FUNDS, 8900, date(2026, 10, 25))
    assert queries.failures(town.facts, datetime(2026, 11, 24, 4, 59, tzinfo=UTC)).failed.count == 1
    assert queries.failures(town.facts, datetime(2026, 11, 24, 5, 0, tzinfo=UTC)).failed.count == 0


def test_a_case_that_was_closed_counts_as_given_up(sqlite_store: str, town: Town) -> None:
    town.fails("Ana", FUNDS, 8900, date(2026, 10, 25))
    with unit_of_work():
        Recovery.update(state=RecoveryState.CANCELLED).execute()
    report = queries.failures(town.facts, utc_now())
    assert (report.given_up.count, report.still_open.count) == (1, 0)


def test_the_list_says_why_and_what_comes_next(sqlite_store: str, town: Town) -> None:
    live(town)
    page = queries.failed_payments(town.facts, utc_now())
    rows = {row.customer: row for row in page.rows}
    assert [row.customer for row in page.rows] == [
        "Ed Next", "Flo Lost", "Eve Euro", "Di Link", "Cy Portal", "Bo Spent", "Ana Retry",
    ]  # fmt: skip
    assert rows["Ed Next"].next_try == datetime(2026, 11, 23, 14, 0, tzinfo=UTC)
    assert (rows["Flo Lost"].next_try, rows["Flo Lost"].note != "") == (None, True)
    assert (rows["Bo Spent"].state, rows["Bo Spent"].note) == (
        RecoveryState.EXHAUSTED,
        "All tries that your policy allows were made.",
    )
    assert (rows["Di Link"].helper, rows["Ana Retry"].helper) == (Helper.FIX_IT, Helper.AUTOMATIC)
    assert (rows["Flo Lost"].term.code, rows["Flo Lost"].term.short) == ("lost_card", "Card reported lost")
    assert (rows["Ed Next"].on, rows["Flo Lost"].on) == (date(2026, 11, 22), date(2026, 11, 21))
    assert rows["Eve Euro"].amount == Money(2000, "EUR")


def test_the_list_comes_in_pages(sqlite_store: str, town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    live(town)
    monkeypatch.setattr(queries, "PAGE", 3)
    pages = [queries.failed_payments(town.facts, utc_now(), page=number) for number in (1, 2, 3, 99, -4)]
    assert [len(page.rows) for page in pages] == [3, 3, 1, 1, 3]
    assert (pages[0].pages, pages[0].total, pages[3].number, pages[4].number) == (3, 7, 3, 1)


def test_a_declined_press_is_said_beside_the_figures(sqlite_store: str, town: Town) -> None:
    customer = factory.customer(town.merchant)
    account = factory.account(customer, password=factory.PASSWORD)
    buyer, order = Buyer(customer.id, account.id), factory.order(customer)
    card = factory.method(customer, FUNDS)
    press(Pressed(intention.begin(buyer=buyer, orders=[order.id]), card.id, 8900, 1), buyer=buyer)
    assert queries.declined_presses(town.facts, utc_now()) == 1
    assert queries.failures(town.facts, utc_now()).failed.count == 0


def test_another_merchant_sees_nothing_of_it(sqlite_store: str, town: Town) -> None:
    live(town)
    other = factory.merchant("elsewhere")
    facts = facts_of(other)
    assert queries.failures(facts, utc_now()).failed.count == 0
    assert queries.failed_payments(facts, utc_now()).rows == ()
