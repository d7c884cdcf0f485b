"""Adds counted rows up to the figures of the dashboards. Pure: rows in, values of shapes.py out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from domain.reports.filters import By, Filters
from domain.reports.shapes import (
    AGES,
    COLUMNS,
    AgeDay,
    CaseDay,
    Cohort,
    CohortCell,
    Compared,
    EqualAge,
    Grid,
    Head,
    Share,
    TimeTo,
)
from kit.money import Money

_MONTHS = 12


@dataclass(frozen=True)
class DayRow:
    """What was counted of one day: the parts of a head, and what was recovered within each of AGES."""

    day: date
    head: Head
    within: tuple[Share, ...]


@dataclass(frozen=True)
class CohortRow:
    """The same for the cohorts: recovered within each of COLUMNS."""

    day: date
    failed: Share
    within: tuple[Share, ...]


def shares(values: Sequence[Any], currency: str) -> tuple[Share, ...]:
    """Counts and amounts in turn, as a query returns them."""
    numbers = [int(value) for value in values]
    return tuple(Share(numbers[n], Money(numbers[n + 1], currency)) for n in range(0, len(numbers), 2))


def total(parts: Iterable[Share], currency: str) -> Share:
    """Shares added up."""
    count = minor = 0
    for part in parts:
        count += part.count
        minor += part.amount.minor
    return Share(count, Money(minor, currency))


def head(rows: Iterable[DayRow], currency: str) -> Head:
    """The heads of days added up."""
    heads = [row.head for row in rows]
    names = ("failed", "recovered", "still_open", "given_up", "unplanned")
    return Head(*(total((getattr(one, name) for one in heads), currency) for name in names))


def is_over(day: date, days: int, today: date) -> bool:
    """Whether a failure of that day has had its `days` days: the last of them has ended."""
    return (today - day).days > days


def case_days(rows: Mapping[date, DayRow], filters: Filters, today: date, currency: str) -> tuple[CaseDay, ...]:
    """One for each day of the stretch, whether something failed or not."""
    nothing = head((), currency)
    found = ((day, rows[day].head if day in rows else nothing) for day in filters.every_day)
    return tuple(
        CaseDay(day, one.failed, one.recovered, one.still_open, one.given_up, not is_over(day, AGES[0], today))
        for day, one in found
    )


def equal_age(rows: Mapping[date, DayRow], filters: Filters, number: int, today: date, currency: str) -> EqualAge:
    """The stretch at the age AGES[number]."""
    days, nothing = AGES[number], total((), currency)
    series = tuple(
        AgeDay(
            day,
            rows[day].head.failed if day in rows else nothing,
            rows[day].within[number] if day in rows else nothing,
            young=not is_over(day, days, today),
        )
        for day in filters.every_day
    )
    old = [day for day in series if not day.young]
    return EqualAge(
        days,
        failed=total((day.failed for day in old), currency),
        within=total((day.within for day in old), currency),
        young=total((day.failed for day in series if day.young), currency),
        series=series,
    )


def compared(
    rows: Mapping[date, DayRow], filters: Filters, number: int, today: date, currency: str
) -> Compared:  # rows of both stretches
    """This stretch beside the one before it, at the age AGES[number]."""
    before = filters.previous()
    return Compared(
        AGES[number],
        now=equal_age(rows, filters, number, today, currency),
        before=equal_age(rows, before, number, today, currency),
        plain_now=head(_of(rows, filters), currency),
        plain_before=head(_of(rows, before), currency),
    )


def _of(rows: Mapping[date, DayRow], filters: Filters) -> list[DayRow]:
    return [row for day, row in rows.items() if filters.first <= day <= filters.last]


def first_month(today: date) -> date:
    """The first day of the oldest month that is shown."""
    month = today.replace(day=1)
    for _n in range(_MONTHS - 1):
        month = (month - timedelta(days=1)).replace(day=1)
    return month


def cohorts(rows: Iterable[CohortRow], today: date, currency: str) -> tuple[Cohort, ...]:
    """Months with failures, the latest first."""
    months: dict[date, list[CohortRow]] = {}
    for row in rows:
        months.setdefault(row.day.replace(day=1), []).append(row)
    return tuple(_cohort(month, months[month], today, currency) for month in sorted(months, reverse=True))


def _cohort(month: date, rows: list[CohortRow], today: date, currency: str) -> Cohort:
    cells = []
    for number, days in enumerate(COLUMNS):
        old = [row for row in rows if is_over(row.day, days, today)]
        cells.append(
            CohortCell(
                days,
                recovered=total((row.within[number] for row in old), currency),
                of=total((row.failed for row in old), currency),
                whole=is_over(_last_of(month), days, today),
            )
        )
    return Cohort(month, total((row.failed for row in rows), currency), tuple(cells))


def _last_of(month: date) -> date:
    return (month + timedelta(days=31)).replace(day=1) - timedelta(days=1)


def grid(found: Mapping[tuple[int, int], Share], by: By, currency: str) -> Grid:
    """Weekday by hour, from counted (weekday, hour)."""
    nothing = total((), currency)
    cells = tuple(tuple(found.get((weekday, hour), nothing) for hour in range(24)) for weekday in range(7))
    most = max((cell for row in cells for cell in row), key=lambda cell: cell.measured(by))
    return Grid(cells, most)


def time_to(ages: Mapping[int, int], seconds: int) -> TimeTo:
    """From how many recovered cases took how many days, and the seconds of all of them together."""
    count = sum(ages.values())
    by_age = tuple(sorted(ages.items()))
    return TimeTo(count, _median(by_age, count), hours(seconds, count), by_age)


def _median(by_age: Sequence[tuple[int, int]], count: int) -> int | None:
    """The age of the middle one, the earlier of two."""
    before = 0
    for age, cases in by_age:
        before += cases
        if before * 2 >= count:
            return age
    return None


def hours(seconds: int, count: int) -> Decimal | None:
    """The mean in hours with one decimal; None of nothing."""
    if not count:
        return None
    return (Decimal(seconds) / Decimal(3600 * count)).quantize(Decimal("0.1"), ROUND_HALF_UP)
