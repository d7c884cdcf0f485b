"""What comes, by month: every plan's bills and what they add up to in each currency. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from uuid import UUID

from domain.schedules.queries import Coming
from kit.money import Money

FEW = 5  # so many bills of a plan in a month are listed one by one; more are one line


@dataclass(frozen=True)
class Line:
    """A bill, or all of one plan's in a month: `times` of them from `first` to `last`, together `amount`."""

    schedule: UUID
    title: str
    first: date
    last: date
    times: int
    amount: Money


@dataclass(frozen=True)
class Month:
    """A month in which something is billed. `day` is its first; one total a currency."""

    day: date
    lines: tuple[Line, ...]
    totals: tuple[Money, ...]


def by_month(coming: Iterable[Coming]) -> tuple[Month, ...]:
    """The months in order, each with its lines by day. Skipped runs are left out: nothing is billed for them."""
    billed = sorted((each for each in coming if not each.period.skipped), key=lambda each: each.period.on)
    return tuple(_month(day, list(group)) for day, group in groupby(billed, lambda each: each.period.on.replace(day=1)))


def _month(day: date, coming: list[Coming]) -> Month:
    lines = sorted(_lines(coming), key=lambda line: (line.first, line.title))
    return Month(day, tuple(lines), _totals(line.amount for line in lines))


def _lines(coming: list[Coming]) -> Iterator[Line]:
    plans: dict[UUID, list[Coming]] = {}
    for each in coming:
        plans.setdefault(each.schedule, []).append(each)
    for runs in plans.values():
        for group in [[run] for run in runs] if len(runs) <= FEW else [runs]:
            (amount,) = _totals(run.period.amount for run in group)
            days = group[0].period.on, group[-1].period.on
            yield Line(group[0].schedule, group[0].title, *days, times=len(group), amount=amount)


def _totals(amounts: Iterable[Money]) -> tuple[Money, ...]:
    sums: dict[str, int] = {}
    for amount in amounts:
        sums[amount.currency] = sums.get(amount.currency, 0) + amount.minor
    return tuple(Money(minor, currency) for currency, minor in sorted(sums.items()))
