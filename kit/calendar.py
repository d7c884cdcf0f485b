"""Days: whose day it is, and which days banks work (the Federal Reserve's calendar)."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import holidays


def day_of(text: str) -> date | None:
    """The day that an address or a form names as YYYY-MM-DD, from 1970 to 9000; None for anything else."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if 1970 <= day.year <= 9000 else None


def local_day(at: datetime, zone: str) -> date:
    """The calendar day of a moment in a zone."""
    return at.astimezone(ZoneInfo(zone)).date()


def at_local_hour(day: date, hour: int, zone: str) -> datetime:
    """That hour of that day in a zone, in UTC.

    In a daylight-saving gap the hour does not exist: then it is an hour later by the wall; in a fold, the first one.
    (That is what `datetime` does with fold=0; PEP 495.)
    """
    return datetime.combine(day, time(hour), tzinfo=ZoneInfo(zone)).astimezone(UTC)


@lru_cache
def _closed(year: int) -> frozenset[date]:
    return frozenset(holidays.financial_holidays("FED", years=year))


def is_banking_day(day: date) -> bool:
    """Whether the Federal Reserve settles on that day."""
    return day.weekday() < 5 and day not in _closed(day.year)


def banking_day_from(day: date) -> date:
    """`day` itself when banks work on it, else the next day on which they do."""
    while not is_banking_day(day):
        day += timedelta(days=1)
    return day


def add_banking_days(day: date, count: int) -> date:
    """The count-th banking day after `day`."""
    while count:
        day += timedelta(days=1)
        count -= is_banking_day(day)
    return day
