"""Stretches of days and weeks in a merchant's zone, and the buckets that the store counts them in. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from peewee import Case, Expression, Field

from kit.calendar import at_local_hour, local_day

DAYS = 30
WEEKS = 12


@dataclass(frozen=True)
class Window:
    """Buckets that follow one another: the first local day of each, and the moments between which they lie."""

    starts: tuple[date, ...]
    edges: tuple[datetime, ...]  # one more than buckets, aware, UTC
    last: date

    @property
    def first(self) -> date:
        """The first local day."""
        return self.starts[0]

    def holds(self, column: Field) -> Expression:
        """The condition that a moment lies in the window."""
        inside: Expression = (column >= self.edges[0]) & (column < self.edges[-1])
        return inside

    def bucket(self, column: Field) -> Any:
        """The number of the bucket, counted by the store; for rows of the window only."""
        upper = enumerate(self.edges[1:-1])
        return Case(None, [(column < edge, number) for number, edge in upper], len(self.starts) - 1)


def days(now: datetime, zone: str, count: int = DAYS) -> Window:
    """The last `count` local days, today included."""
    today = local_day(now, zone)
    return _window([today - timedelta(days=back) for back in range(count - 1, -1, -1)], today, zone)


def weeks(now: datetime, zone: str, count: int = WEEKS) -> Window:
    """The last `count` weeks, Monday to Sunday, the running one included."""
    today = local_day(now, zone)
    monday = today - timedelta(days=today.weekday())
    return _window([monday - timedelta(weeks=back) for back in range(count - 1, -1, -1)], today, zone)


def between(first: date, last: date, zone: str) -> Window:
    """The local days from `first` to `last`."""
    return _window([first + timedelta(days=n) for n in range((last - first).days + 1)], last, zone)


def _window(starts: Sequence[date], today: date, zone: str) -> Window:
    midnight: Callable[[date], datetime] = lambda day: at_local_hour(day, 0, zone)  # noqa: E731 - read twice below
    return Window(tuple(starts), (*map(midnight, starts), midnight(today + timedelta(days=1))), today)
