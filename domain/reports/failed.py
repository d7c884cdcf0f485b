"""The page *Failed payments*: every decline by the day on which it came. Reads rollups only."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from functools import partial
from typing import Any, NamedTuple

from domain.accounts.viewer import MerchantFacts
from domain.recoveries.declines import group
from domain.reports import adding
from domain.reports.adding import shares, total
from domain.reports.breaking_down import Part, breakdown
from domain.reports.decline_list import every, listed
from domain.reports.filters import Dimension, Filters
from domain.reports.picked import both, counted, picked, within
from domain.reports.recovery import cases_by_day
from domain.reports.shapes import Breakdown, DeclineDay, FailedView, Head, Helper, Share
from models.reports import CaseRollup, TryRollup

__all__ = ["every", "listed", "overview"]
_NOT_OF_CASES = frozenset({Dimension.N, Dimension.CHANNEL})  # they mean something else there


class Cause(NamedTuple):
    """Declines of the stretch with the same code and kind of method, on the same retry."""

    currency: str
    code: str
    network: str
    kind: str
    n: int
    declines: Share


_Days = dict[tuple[date, Helper], Share]
_Hours = dict[tuple[int, int], Share]


def overview(merchant: MerchantFacts, filters: Filters, now: datetime) -> FailedView:  # noqa: ARG001 - as its sister's
    """All that the page shows. Five queries, two more when a family of declines is picked."""
    currency = merchant.currency
    mine = picked(TryRollup, merchant, filters)
    ours = mine & (TryRollup.currency == currency)
    by_day = _by_day(ours, filters, currency)
    causes = _causes(mine & within(TryRollup, filters))
    hours = _hours(ours & within(TryRollup, filters), currency)
    inside = {key: share for key, share in by_day.items() if key[0] >= filters.first}
    own = [cause for cause in causes if cause.currency == currency]
    return FailedView(
        declines=total(inside.values(), currency),
        before=total((share for key, share in by_day.items() if key not in inside), currency),
        cases=_cases(merchant, filters),
        days=tuple(_day(day, inside, currency) for day in filters.every_day),
        breakdowns=_breakdowns(own, inside, hours, filters, currency),
        grid=adding.grid(hours, filters.by, currency),
        elsewhere=_elsewhere(causes, currency),
        counted=counted(merchant),
    )


def _by_day(ours: Any, filters: Filters, currency: str) -> _Days:
    """The declines of the stretch and of the one before it, by day and who tried."""
    keys = (TryRollup.day, TryRollup.channel)
    days = TryRollup.day.between(filters.previous().first, filters.last)
    query: Any = TryRollup.select(*keys, *both(TryRollup)).where(ours & days).group_by(*keys).tuples()
    return {(row[0], Helper(row[1])): shares(row[2:], currency)[0] for row in query}


def _causes(inside: Any) -> list[Cause]:
    keys = (TryRollup.currency, TryRollup.code, TryRollup.network, TryRollup.kind, TryRollup.n)
    query: Any = TryRollup.select(*keys, *both(TryRollup)).where(inside).group_by(*keys).tuples()
    return [Cause(*row[:5], *shares(row[5:], row[0])) for row in query]


def _hours(inside: Any, currency: str) -> _Hours:
    keys = (TryRollup.weekday, TryRollup.hour)
    query: Any = TryRollup.select(*keys, *both(TryRollup)).where(inside).group_by(*keys).tuples()
    return {(row[0], row[1]): shares(row[2:], currency)[0] for row in query}


def _cases(merchant: MerchantFacts, filters: Filters) -> Head:
    wanted = picked(CaseRollup, merchant, filters, leave_out=_NOT_OF_CASES)
    ours = wanted & (CaseRollup.currency == merchant.currency) & within(CaseRollup, filters)
    return adding.head(cases_by_day(ours, filters, merchant.currency).values(), merchant.currency)


def _elsewhere(causes: Iterable[Cause], currency: str) -> tuple[Share, ...]:
    others = sorted({cause.currency for cause in causes} - {currency})
    return tuple(total((cause.declines for cause in causes if cause.currency == one), one) for one in others)


def _day(day: date, inside: _Days, currency: str) -> DeclineDay:
    nothing = total((), currency)
    parts = tuple((helper, inside.get((day, helper), nothing)) for helper in Helper)
    return DeclineDay(day, total((share for _helper, share in parts), currency), parts)


def _breakdowns(
    causes: list[Cause], by_day: _Days, hours: _Hours, filters: Filters, currency: str
) -> dict[Dimension, Breakdown]:
    make = partial(breakdown, by=filters.by, currency=currency)
    found = {
        Dimension.GROUP: [Part(group(cause.code), cause.declines) for cause in causes],
        Dimension.CODE: [Part(cause.code, cause.declines) for cause in causes],
        Dimension.NETWORK: [Part(cause.network, cause.declines) for cause in causes],
        Dimension.KIND: [Part(cause.kind, cause.declines) for cause in causes],
        Dimension.HOUR: [Part(str(hour), share) for (_weekday, hour), share in hours.items()],
        Dimension.WEEKDAY: [Part(str(weekday), share) for (weekday, _hour), share in hours.items()],
        Dimension.N: [Part(str(cause.n), cause.declines) for cause in causes],
        Dimension.CHANNEL: [Part(helper.value, share) for (_day, helper), share in by_day.items()],
    }
    return {dimension: make(dimension, parts) for dimension, parts in found.items()}
