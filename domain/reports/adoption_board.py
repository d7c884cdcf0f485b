"""Portal adoption as the page shows it: added up from the rollups. A step counts those who stand at it or further."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from peewee import fn

from domain.accounts.viewer import MerchantFacts
from domain.merchants.policy import policy_of
from domain.reports.adoption_steps import STEPS, Source, Step
from domain.reports.shapes import percent
from domain.reports.window import weeks
from kit.calendar import local_day
from models.payments import Origin
from models.reports import PaidRollup, ReportState, StepRollup, WeekRollup

PERIODS = (3, 6, 12)  # months that one may choose
SHOWN_WEEKS = 12
DAYS = 30
_OWN = (Origin.PORTAL.value, Origin.FIX_IT.value)


class _Counted(NamedTuple):
    month: date | None
    campaign: str
    source: str
    step: str
    customers: int


@dataclass(frozen=True)
class Funnel:
    """Customers who have reached each step: never more than reached the one before."""

    reached: tuple[int, ...]  # in the order of STEPS

    @property
    def told(self) -> int:
        """Those with whom it begins."""
        return self.reached[0]

    def at(self, step: Step) -> int:
        """How many have come to this step, or further."""
        return self.reached[STEPS.index(step)]

    def of_told(self, step: Step) -> Decimal | None:
        """The step as a percentage of the first one."""
        return percent(self.at(step), self.told)

    def of_before(self, step: Step) -> Decimal | None:
        """The step as a percentage of the one before it; None for the first."""
        place = STEPS.index(step)
        return percent(self.reached[place], self.reached[place - 1]) if place else None


@dataclass(frozen=True)
class Week:
    """Different customers who were active in a week, and who of them paid without help."""

    monday: date
    active: int
    paid: int


@dataclass(frozen=True)
class Own:
    """Payments of 30 days that customers made by themselves, of all that succeeded."""

    own: int
    all: int

    @property
    def share(self) -> Decimal | None:
        """In percent."""
        return percent(self.own, self.all)


@dataclass(frozen=True)
class Board:
    """Everything that the page shows. `since`, `until`: the first and the last month of the period."""

    counted_at: datetime | None
    customers: int
    untold: int
    months: int
    since: date
    until: date
    now: Funnel
    before: Funnel
    by_month: tuple[tuple[date, Funnel], ...]  # every month there is, the latest first
    themselves: Funnel
    campaigns: tuple[tuple[str, Funnel], ...]
    sources: tuple[tuple[str, Funnel], ...]
    weeks: tuple[Week, ...]
    own: Own
    own_before: Own
    minutes: int

    @property
    def saved(self) -> int:
        """Minutes: each payment that a customer made alone, times what a call is assumed to take."""
        return self.own.own * self.minutes


def board(merchant: MerchantFacts, now: datetime, *, months: int) -> Board:
    """The page's figures for the cohorts of the last `months` months, this one included. Five queries."""
    rows = [_Counted(*row) for row in _rows(merchant.id)]
    today = local_day(now, merchant.zone)
    until = today.replace(day=1)
    since = _back(until, months - 1)
    earlier = _back(since, months)
    told = [row for row in rows if row.month is not None]
    mine = [row for row in told if row.month is not None and since <= row.month <= until]
    themselves = [row for row in rows if row.month is None and row.step]
    state = ReportState.get_or_none(ReportState.merchant == merchant.id)
    return Board(
        counted_at=state.counted_at if state is not None else None,
        customers=sum(row.customers for row in rows),
        untold=sum(row.customers for row in rows if not row.step),
        months=months,
        since=since,
        until=until,
        now=funnel(mine),
        before=funnel(row for row in told if row.month is not None and earlier <= row.month < since),
        by_month=tuple((month, funnel(its)) for month, its in _grouped(told, lambda row: row.month, reverse=True)),
        themselves=funnel(themselves),
        campaigns=_by_size((name, funnel(its)) for name, its in _grouped(mine, lambda row: row.campaign)),
        sources=_sources([row for row in (*mine, *themselves) if row.source]),
        weeks=_weeks(merchant, now),
        own=_own(merchant.id, today - timedelta(days=DAYS - 1), today),
        own_before=_own(merchant.id, today - timedelta(days=2 * DAYS - 1), today - timedelta(days=DAYS)),
        minutes=policy_of(merchant.id).minutes_a_call,
    )


def funnel(rows: Iterable[_Counted]) -> Funnel:
    """Furthest steps as a funnel. Pure."""
    furthest = dict.fromkeys(STEPS, 0)
    for row in rows:
        furthest[Step(row.step)] += row.customers
    counts = [furthest[step] for step in STEPS]
    return Funnel(tuple(sum(counts[place:]) for place in range(len(STEPS))))


def _rows(merchant: UUID) -> Any:
    columns = (StepRollup.month, StepRollup.campaign, StepRollup.source, StepRollup.step, StepRollup.count)
    return StepRollup.select(*columns).where(StepRollup.merchant == merchant).tuples()


def _grouped(
    rows: list[_Counted], key: Callable[[_Counted], Any], *, reverse: bool = False
) -> list[tuple[Any, list[_Counted]]]:
    groups: dict[Any, list[_Counted]] = {}
    for row in rows:
        groups.setdefault(key(row), []).append(row)
    return sorted(groups.items(), key=lambda group: group[0], reverse=reverse)


def _by_size(funnels: Iterable[tuple[str, Funnel]]) -> tuple[tuple[str, Funnel], ...]:
    return tuple(sorted(funnels, key=lambda one: (-one[1].told, one[0])))


def _sources(rows: list[_Counted]) -> tuple[tuple[str, Funnel], ...]:
    """All of them, those that nobody came by as well: a missing line is no answer."""
    return tuple((source.value, funnel(row for row in rows if row.source == source)) for source in Source)


def _weeks(merchant: MerchantFacts, now: datetime) -> tuple[Week, ...]:
    window = weeks(now, merchant.zone, SHOWN_WEEKS)
    query: Any = (
        WeekRollup.select(WeekRollup.monday, fn.SUM(WeekRollup.count), fn.SUM(WeekRollup.paid))
        .where((WeekRollup.merchant == merchant.id) & (WeekRollup.monday >= window.first))
        .group_by(WeekRollup.monday)
        .tuples()
    )
    found = {monday: (int(active), int(paid)) for monday, active, paid in query}
    return tuple(Week(monday, *found.get(monday, (0, 0))) for monday in window.starts)


def _own(merchant: UUID, first: date, last: date) -> Own:
    query: Any = (
        PaidRollup.select(PaidRollup.channel, fn.SUM(PaidRollup.count))
        .where(
            (PaidRollup.merchant == merchant)
            & PaidRollup.day.between(first, last)
            & (PaidRollup.channel != Origin.IMPORT.value)
        )
        .group_by(PaidRollup.channel)
        .tuples()
    )
    counts = {channel: int(count) for channel, count in query}
    return Own(sum(counts.get(channel, 0) for channel in _OWN), sum(counts.values()))


def _back(month: date, months: int) -> date:
    """The first day of so many months before. Pure."""
    number = month.year * 12 + month.month - 1 - months
    return date(number // 12, number % 12 + 1, 1)
