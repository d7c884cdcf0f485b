"""The page *Recovery*: cases by the day of their first failure, and what has come back. Reads rollups only."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime
from functools import partial
from typing import Any, NamedTuple

from domain.accounts.viewer import MerchantFacts
from domain.recoveries.declines import group
from domain.reports import adding
from domain.reports.adding import CohortRow, DayRow, shares, total
from domain.reports.breaking_down import Part, breakdown
from domain.reports.case_list import every, listed
from domain.reports.filters import Dimension, Filters
from domain.reports.picked import both, counted, picked, summed, within
from domain.reports.shapes import (
    AGES,
    COLUMNS,
    Breakdown,
    Head,
    Helper,
    Ladder,
    RecoveryView,
    Share,
    TimeTo,
)
from kit.calendar import local_day
from kit.i18n import _, ngettext
from models.payments import RecoveryState
from models.reports import CaseRollup

__all__ = ["cases_by_day", "every", "listed", "overview"]
_OPEN = CaseRollup.state == RecoveryState.OPEN.value
_RECOVERED = CaseRollup.state == RecoveryState.RECOVERED.value
_GIVEN_UP = CaseRollup.state.in_([RecoveryState.EXHAUSTED.value, RecoveryState.CANCELLED.value])


class Fate(NamedTuple):
    """Cases of the stretch with the same number of retries and, when recovered, the same helper and age."""

    by: Helper | None
    age: int | None
    tries: int
    cases: Share
    seconds: int


class Cause(NamedTuple):
    """Cases of the stretch with the same decline and kind of method."""

    currency: str
    code: str
    network: str
    kind: str
    failed: Share
    recovered: Share


def overview(merchant: MerchantFacts, filters: Filters, now: datetime) -> RecoveryView:
    """All that the page shows. Six queries, one more when a family of declines is picked."""
    today, currency = local_day(now, merchant.zone), merchant.currency
    mine = picked(CaseRollup, merchant, filters)
    ours = mine & (CaseRollup.currency == currency)
    by_day = cases_by_day(ours, filters, currency)
    inside = [row for day, row in by_day.items() if filters.first <= day <= filters.last]
    fates = _fates(ours & within(CaseRollup, filters), currency)
    causes = _causes(mine & within(CaseRollup, filters))
    own = [cause for cause in causes if cause.currency == currency]
    compared = tuple(adding.compared(by_day, filters, n, today, currency) for n in range(len(AGES)))
    return RecoveryView(
        head=adding.head(inside, currency),
        helpers=tuple((helper, _brought(fates, helper, currency)) for helper in Helper),
        days=adding.case_days(by_day, filters, today, currency),
        ages=tuple(pair.now for pair in compared),
        compared=compared,
        cohorts=adding.cohorts(_cohort_rows(ours, today, currency), today, currency),
        ladder=_ladder(fates, currency),
        time_to=_time_to(fates),
        breakdowns=_breakdowns(ours & within(CaseRollup, filters), own, fates, filters, currency),
        elsewhere=_elsewhere(causes, currency),
        counted=counted(merchant),
        hours=tuple((helper, _mean(fates, helper)) for helper in Helper),
    )


def head_of(merchant: MerchantFacts, filters: Filters) -> Head:
    """The head figures alone. One query."""
    wanted = picked(CaseRollup, merchant, filters) & (CaseRollup.currency == merchant.currency)
    by_day = cases_by_day(wanted, filters, merchant.currency)
    return adding.head([row for day, row in by_day.items() if filters.first <= day <= filters.last], merchant.currency)


def cases_by_day(wanted: Any, filters: Filters, currency: str) -> dict[date, DayRow]:
    """The cases of the stretch and of the one before it, by day. `wanted`: rows of one currency. One query."""
    columns = [
        *both(CaseRollup),
        *both(CaseRollup, _RECOVERED),
        *both(CaseRollup, _OPEN),
        *both(CaseRollup, _GIVEN_UP),
        *both(CaseRollup, _OPEN & (CaseRollup.planned == 0)),
        *(column for days in AGES for column in both(CaseRollup, CaseRollup.age <= days)),
    ]
    days = CaseRollup.day.between(filters.previous().first, filters.last)
    query: Any = CaseRollup.select(CaseRollup.day, *columns).where(wanted & days).group_by(CaseRollup.day).tuples()
    return {row[0]: _day(row[0], shares(row[1:], currency)) for row in query}


def _day(day: date, parts: tuple[Share, ...]) -> DayRow:
    return DayRow(day, Head(*parts[:5]), parts[5:])


def _cohort_rows(ours: Any, today: date, currency: str) -> list[CohortRow]:
    columns = [*both(CaseRollup), *(column for days in COLUMNS for column in both(CaseRollup, CaseRollup.age <= days))]
    lately = ours & CaseRollup.day.between(adding.first_month(today), today)
    query: Any = CaseRollup.select(CaseRollup.day, *columns).where(lately).group_by(CaseRollup.day).tuples()
    rows = [(row[0], shares(row[1:], currency)) for row in query]
    return [CohortRow(day, parts[0], parts[1:]) for day, parts in rows]


def _fates(inside: Any, currency: str) -> list[Fate]:
    keys = (CaseRollup.by, CaseRollup.age, CaseRollup.tries)
    query: Any = CaseRollup.select(*keys, *both(CaseRollup), summed(CaseRollup.seconds)).where(inside).group_by(*keys)
    return [
        Fate(Helper(by) if by else None, age, tries, shares((count, minor), currency)[0], int(seconds))
        for by, age, tries, count, minor, seconds in query.tuples()
    ]


def _causes(inside: Any) -> list[Cause]:
    keys = (CaseRollup.currency, CaseRollup.code, CaseRollup.network, CaseRollup.kind)
    columns = [*both(CaseRollup), *both(CaseRollup, _RECOVERED)]
    query: Any = CaseRollup.select(*keys, *columns).where(inside).group_by(*keys).tuples()
    return [Cause(*row[:4], *shares(row[4:], row[0])) for row in query]


def _elsewhere(causes: Iterable[Cause], currency: str) -> tuple[Share, ...]:
    others = sorted({cause.currency for cause in causes} - {currency})
    return tuple(total((cause.failed for cause in causes if cause.currency == one), one) for one in others)


def _brought(fates: Iterable[Fate], helper: Helper, currency: str) -> Share:
    return total((fate.cases for fate in fates if fate.by == helper), currency)


def _mean(fates: Iterable[Fate], helper: Helper) -> Any:
    mine = [fate for fate in fates if fate.by == helper]
    return adding.hours(sum(fate.seconds for fate in mine), sum(fate.cases.count for fate in mine))


def _ladder(fates: list[Fate], currency: str) -> tuple[Ladder, ...]:
    highest = max((fate.tries for fate in fates), default=-1)
    return tuple(
        Ladder(
            n,
            reached=total((fate.cases for fate in fates if fate.tries >= n), currency),
            recovered=total((f.cases for f in fates if f.tries == n and f.by == Helper.AUTOMATIC), currency),
        )
        for n in range(highest + 1)
    )


def _time_to(fates: Iterable[Fate]) -> TimeTo:
    ages: Counter[int] = Counter()
    seconds = 0
    for fate in fates:
        if fate.age is not None:
            ages[fate.age] += fate.cases.count
            seconds += fate.seconds
    return adding.time_to(ages, seconds)


def _breakdowns(
    inside: Any, causes: list[Cause], fates: list[Fate], filters: Filters, currency: str
) -> dict[Dimension, Breakdown]:
    make = partial(breakdown, by=filters.by, currency=currency)
    nothing = total((), currency)
    tries = [Part(str(fate.tries), fate.cases, fate.cases if fate.by else nothing) for fate in fates]
    found = {
        Dimension.GROUP: [Part(group(cause.code), cause.failed, cause.recovered) for cause in causes],
        Dimension.CODE: [Part(cause.code, cause.failed, cause.recovered) for cause in causes],
        Dimension.NETWORK: [Part(cause.network, cause.failed, cause.recovered) for cause in causes],
        Dimension.KIND: [Part(cause.kind, cause.failed, cause.recovered) for cause in causes],
    }
    hours = _hours(inside, currency)
    return {
        **{dimension: make(dimension, parts) for dimension, parts in found.items()},
        Dimension.HOUR: make(Dimension.HOUR, [Part(str(hour), *both_) for hour, _weekday, *both_ in hours]),
        Dimension.WEEKDAY: make(Dimension.WEEKDAY, [Part(str(weekday), *both_) for _hour, weekday, *both_ in hours]),
        Dimension.N: make(Dimension.N, tries, name=_retries),
    }


def _hours(inside: Any, currency: str) -> list[tuple[Any, ...]]:
    keys = (CaseRollup.hour, CaseRollup.weekday)
    columns = [*both(CaseRollup), *both(CaseRollup, _RECOVERED)]
    query: Any = CaseRollup.select(*keys, *columns).where(inside).group_by(*keys).tuples()
    return [(row[0], row[1], *shares(row[2:], currency)) for row in query]


def _retries(key: str) -> str:
    made = int(key)
    return ngettext("%(n)d retry made", "%(n)d retries made", made) % {"n": made} if made else _("No retry yet")
