"""Marks the merchant's days whose figures have to be counted anew, in the unit of work that changes the rows.

Marks are gathered and written right before the commit, each day once: a unit of work pays one statement, however much
it changes, and holds nothing that another one waits for. domain/reports/recompute.py counts.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from kit.calendar import local_day
from kit.clock import utc_now
from kit.ids import uuid7
from models.base import gather
from models.merchants import Merchant
from models.payments import PlannedTry, Recovery
from models.reports import DirtyDay

MONEY, ADOPTION = "money", "adoption"
SETTLES = timedelta(seconds=10)  # one count serves all the marks of so long; figures are at most a minute old


class _Moment(NamedTuple):
    merchant: UUID
    what: str
    at: datetime


class _Day(NamedTuple):
    merchant: UUID
    what: str
    day: date


class _Case(NamedTuple):
    recovery: UUID


class _Try(NamedTuple):
    planned: UUID


def mark(merchant: UUID, *moments: datetime | None, what: str = MONEY) -> None:
    """The merchant's local days of these moments are to be counted anew. In the caller's unit of work."""
    for at in moments:
        if at is not None:
            gather(_Moment(merchant, what, at), _write)


def mark_days(merchant: UUID, days: Iterable[date], what: str = MONEY) -> None:
    """The same for days of the merchant's zone."""
    for day in days:
        gather(_Day(merchant, what, day), _write)


def mark_case(recovery: UUID) -> None:
    """A recovery has changed: the day on which it opened is to be counted anew."""
    gather(_Case(recovery), _write)


def mark_case_of(planned: UUID) -> None:
    """The same for the recovery of a planned try."""
    gather(_Try(planned), _write)


def _write(gathered: Iterable[Any]) -> None:
    items = list(gathered)
    moments = {item for item in items if isinstance(item, _Moment)} | _cases(items)
    zones = {merchant: Merchant.get_by_id(merchant).zone for merchant in {item.merchant for item in moments}}
    days = {_Day(item.merchant, item.what, local_day(item.at, zones[item.merchant])) for item in moments}
    days |= {item for item in items if isinstance(item, _Day)}
    due_at = utc_now() + SETTLES
    rows = [(uuid7(), *item, due_at) for item in sorted(days, key=lambda item: (item.day, item.what))]
    columns = (DirtyDay.id, DirtyDay.merchant, DirtyDay.what, DirtyDay.day, DirtyDay.due_at)
    for at in range(0, len(rows), 500):
        DirtyDay.insert_many(rows[at : at + 500], columns).execute()


def _cases(items: list[Any]) -> set[_Moment]:
    known = [item.recovery for item in items if isinstance(item, _Case)]
    tried = [item.planned for item in items if isinstance(item, _Try)]
    if not known and not tried:
        return set()
    wanted = Recovery.id.in_(known)
    if tried:
        wanted |= Recovery.id.in_(PlannedTry.select(PlannedTry.recovery).where(PlannedTry.id.in_(tried)))
    query: Any = Recovery.select(Recovery.merchant, Recovery.opened_at).where(wanted).tuples()
    return {_Moment(merchant, MONEY, at) for merchant, at in query}
