"""Lists add up to their head, a number that is clicked is the sum of its list, and equal ages are compared."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest

from domain.accounts.viewer import MerchantFacts
from domain.merchants.facts import facts_of
from domain.reports import defined, failed, recovery
from domain.reports.breaking_down import LONGEST, Part, breakdown
from domain.reports.filters import MOST_DAYS, By, Dimension, Filters, What, filters_of
from domain.reports.shapes import Breakdown, Helper, Share
from kit.clock import Stopped, utc_now
from kit.money import Money
from models.base import unit_of_work
from models.merchants import Merchant
from models.reports import CaseRollup
from tests import factory
from tests.pages.merchant.conftest import Town, live
from tests.reports.conftest import count_marked

TODAY = date(2026, 11, 23)


def stretch(**query: str) -> Filters:
    return filters_of({"first": "2026-10-01", **query}, TODAY)[0]


def shares(parts: list[Share]) -> Share:
    return Share(sum(part.count for part in parts), sum((part.amount for part in parts), Money(0, "USD")))


def adds_up(broken: Breakdown, head: Share) -> bool:
    return shares([row.failed for row in broken.rows]) == head == broken.failed


def test_everything_adds_up_and_every_number_is_the_sum_of_its_list(store: str, town: Town) -> None:
    live(town)
    count_marked(town.clock)
    for facts in (town.facts, facts_of(Merchant.get(Merchant.slug == "summit"))):
        _cases(facts, town)
        _declines(facts, town)


def _cases(facts: MerchantFacts, town: Town) -> None:
    now = utc_now()
    view = recovery.overview(facts, stretch(), now)
    head = view.head
    assert head.failed.count > 0
    assert shares([head.recovered, head.still_open, head.given_up]) == head.failed
    assert shares([part for _who, part in view.helpers]) == head.recovered
    for part in ("failed", "recovered", "still_open", "given_up"):
        assert shares([getattr(day, part) for day in view.days]) == getattr(head, part)
    assert shares([cohort.failed for cohort in view.cohorts]) == head.failed
    for dimension, broken in view.breakdowns.items():
        assert adds_up(broken, head.failed), dimension
        assert shares([row.recovered for row in broken.rows if row.recovered]) == head.recovered
        for row in broken.rows:
            picked = stretch().only(dimension, row.keys)
            assert recovery.listed(facts, picked, now).total == row.failed, (dimension, row.keys)
            assert recovery.overview(facts, picked, now).head.failed == row.failed, (dimension, row.keys)
            assert recovery.listed(facts, picked.listing(What.RECOVERED), now).total == row.recovered
    for helper, share in view.helpers:
        assert recovery.listed(facts, stretch(channel=helper.value), now).total == share, helper
    for what, share in ((What.FAILED, head.failed), (What.RECOVERED, head.recovered), (What.OPEN, head.still_open),
                        (What.GIVEN_UP, head.given_up), (What.UNPLANNED, head.unplanned)):  # fmt: skip
        listed = list(recovery.every(facts, stretch().listing(what), now))
        assert Share(len(listed), sum((row.amount for row in listed), Money(0, "USD"))) == share, what


def _declines(facts: MerchantFacts, town: Town) -> None:
    now = utc_now()
    view = failed.overview(facts, stretch(), now)
    assert view.cases == recovery.overview(facts, stretch(), now).head
    assert view.declines.count > 0
    assert shares([day.declines for day in view.days]) == view.declines
    assert shares([cell for row in view.grid.cells for cell in row]) == view.declines
    assert set(view.breakdowns) == set(Dimension)
    for dimension, broken in view.breakdowns.items():
        assert adds_up(broken, view.declines), dimension
        for row in broken.rows:
            picked = stretch().only(dimension, row.keys)
            assert failed.listed(facts, picked, now).total == row.failed, (dimension, row.keys)
            assert failed.overview(facts, picked, now).declines == row.failed, (dimension, row.keys)
    for weekday, cells in enumerate(view.grid.cells):
        for hour, cell in enumerate(cells):
            if cell.count:
                picked = stretch(weekday=str(weekday), hour=str(hour))
                assert failed.listed(facts, picked, now).total == cell
    assert len(list(failed.every(facts, stretch(), now))) == view.declines.count


@pytest.fixture
def facts(sqlite_store: str, clock: Stopped) -> MerchantFacts:
    return facts_of(factory.merchant())


def _day(facts: MerchantFacts, day: date, *, paid_at: tuple[int, ...], failures: int) -> None:
    """So many failures of 10.00 a day; of these, one each was paid at these ages, if that day has come."""
    came = [age for age in paid_at if day + timedelta(days=age) <= TODAY]
    rows = [("recovered", age, 1) for age in came] + [("open", None, failures - len(came))]
    for state, age, count in rows:
        CaseRollup.create(
            **{"merchant": facts.id, "day": day, "hour": 9, "weekday": day.weekday(), "currency": "USD"},
            **{"code": "insufficient_funds", "network": "visa", "kind": "card", "state": state, "age": age},
            **{"by": "automatic" if age is not None else "", "count": count, "minor": count * 1000},
            seconds=(age or 0) * 86400,
        )


def test_equal_ages_show_no_decline_when_nothing_has_changed(facts: MerchantFacts) -> None:
    """Every day ten fail, and of these one each is paid after 1, 5, 10 and 20 days."""
    with unit_of_work():
        for back in range(120):
            _day(facts, TODAY - timedelta(days=back), paid_at=(1, 5, 10, 20), failures=10)
    view = recovery.overview(facts, filters_of({}, TODAY)[0], utc_now())
    for pair, rate in zip(view.compared, ("20.0", "30.0", "40.0"), strict=True):
        expected = None if pair.days == 30 else Decimal(rate)  # of the last 30 days none has had 30 yet
        assert pair.now.rate() == expected, pair.days
        assert pair.before.rate() == Decimal(rate)
        assert pair.change() == (None if expected is None else Decimal("0.0"))
    plain = view.compared[0].plain_change()
    assert plain is not None and plain < Decimal("-8")  # what a plain comparison would have said
    week = view.ages[0]
    assert [day.day for day in week.series if day.young] == [TODAY - timedelta(days=n) for n in range(7, -1, -1)]
    assert (week.failed.count, week.young.count) == (22 * 10, 8 * 10)
    october = view.cohorts[1]
    assert (october.month, [cell.whole for cell in october.cells]) == (
        date(2026, 10, 1), [True, True, False, False, False],
    )  # fmt: skip
    assert [cell.rate() for cell in october.cells] == [Decimal(20), Decimal(30), Decimal(40), None, None]
    assert (october.cells[2].of.count, october.failed.count) == (23 * 10, 31 * 10)


def test_time_to_recover_and_the_retries(facts: MerchantFacts) -> None:
    with unit_of_work():
        _day(facts, date(2026, 11, 3), paid_at=(0, 1, 1, 4, 10), failures=8)
    view = recovery.overview(facts, filters_of({}, TODAY)[0], utc_now())
    assert (view.time_to.count, view.time_to.median_days, view.time_to.mean_hours) == (5, 1, Decimal("76.8"))
    assert view.time_to.by_age == ((0, 1), (1, 2), (4, 1), (10, 1))
    assert [(rung.n, rung.reached.count, rung.recovered.count) for rung in view.ladder] == [(0, 8, 5)]
    assert dict(view.hours)[Helper.AUTOMATIC] == Decimal("76.8")
    said = defined.of_recovery(view, filters_of({"by": "count"}, TODAY)[0])
    assert said["recovered"].formula == "5 ÷ 8 = 62.5 %"
    assert said["failed"].formula == "Recovered 5 + still open 3 + given up 0 = 8"
    assert said["within_7"].formula == "4 ÷ 8 = 50.0 %"


def test_nothing_at_all_is_drawn_too(facts: MerchantFacts) -> None:
    filters = filters_of({}, TODAY)[0]
    view, declines = recovery.overview(facts, filters, utc_now()), failed.overview(facts, filters, utc_now())
    assert (view.head.failed.count, view.cohorts, view.ladder, view.time_to.median_days) == (0, (), (), None)
    assert (len(view.days), len(declines.days), declines.declines.count, declines.counted.since) == (30, 30, 0, None)
    assert defined.of_recovery(view, filters) and defined.of_failed(declines, filters)


def test_a_long_tail_is_one_row_that_leads_to_all_of_it(facts: MerchantFacts) -> None:
    parts = [Part(f"code_{n}", Share(n, Money(n * 100, "USD"))) for n in range(1, LONGEST + 6)]
    broken = breakdown(Dimension.CODE, parts, By.COUNT, "USD")
    assert [row.other for row in broken.rows] == [False] * LONGEST + [True]
    assert broken.rows[-1].failed == Share(15, Money(1500, "USD"))
    assert broken.rows[-1].keys == ("code_5", "code_4", "code_3", "code_2", "code_1")
    assert adds_up(broken, shares([part.failed for part in parts]))


def test_an_address_that_nobody_wrote_is_read_as_far_as_it_goes() -> None:
    found, said = filters_of(
        {"first": "2024-01-01", "last": "2027-01-01", "hour": "9,24,x", "code": "<script>", "what": "all", "by": "x"},
        TODAY,
    )
    assert (found.last, found.days, found.hour, found.code, found.what, found.by) == (
        TODAY, MOST_DAYS, (9,), (), None, By.AMOUNT,
    )  # fmt: skip
    assert len(said) == 4
    turned, _said = filters_of({"first": "2026-11-20", "last": "2026-11-01"}, TODAY)
    assert (turned.first, turned.last) == (date(2026, 11, 1), date(2026, 11, 20))
    assert (turned.previous().first, turned.previous().last) == (date(2026, 10, 12), date(2026, 10, 31))
    rich = stretch(group="funds", network="visa,bank", n="0,2", what="open", by="count")
    assert filters_of(rich.to_query(), TODAY) == (rich, [])
