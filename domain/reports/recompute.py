"""Counts a merchant's days anew from the raw rows: what the dashboards read is never more than that.

The marks of a day are locked, its rows are counted, what was counted before gives way, and exactly these marks go. A
mark that comes meanwhile is another row and stays, so the day is counted once more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from peewee import SQL, Field, fn

from domain.reports import counting, dirty
from domain.reports.adoption_counting import recompute_adoption
from domain.reports.window import Window, between
from kit.calendar import local_day
from kit.clock import utc_now
from models.base import locked, require_unit_of_work, unit_of_work
from models.bulk import rows_for
from models.merchants import Merchant
from models.payments import Payment, Recovery
from models.reports import CaseRollup, DirtyDay, PaidRollup, ReportState, TryRollup

SAFETY = 40  # days that are counted anew every night, should a mark ever be forgotten
_OLDEST = timedelta(days=3653)  # nothing older is counted: a date that somebody mistyped in an import

_Writer = Callable[[Merchant, Window], None]


def recount(mark: UUID) -> bool:
    """Counts the day of a mark anew, once for all the marks of that day. False when it has been done already."""
    with unit_of_work():
        found = DirtyDay.get_or_none(DirtyDay.id == mark)
        if found is None:
            return False
        merchant = Merchant.get_by_id(found.merchant_id)
        same = (DirtyDay.merchant == merchant) & (DirtyDay.what == found.what) & (DirtyDay.day == found.day)
        marks = [row.id for row in locked(DirtyDay.select(DirtyDay.id).where(same).order_by(DirtyDay.id))]
        if not marks:  # another worker held them and has just finished
            return False
        _WRITERS[found.what](merchant, between(found.day, found.day, merchant.zone))
        for at in range(0, len(marks), 500):
            DirtyDay.delete().where(DirtyDay.id.in_(marks[at : at + 500])).execute()
        _note(merchant)
    return True


def write(merchant: Merchant, window: Window) -> None:
    """The rollups of these days, counted from the raw rows. In the caller's unit of work."""
    require_unit_of_work()
    _replace(TryRollup, merchant, window, counting.tries(merchant, window))
    _replace(CaseRollup, merchant, window, counting.cases(merchant, window))
    _replace(PaidRollup, merchant, window, counting.paid(merchant, window))


# What is counted of a marked day, by the mark's `what`: in the unit of work of the count, for that one day.
_WRITERS: dict[str, _Writer] = {dirty.MONEY: write, dirty.ADOPTION: recompute_adoption}


def _replace(table: Any, merchant: Merchant, window: Window, rows: Sequence[dict[Field, Any]]) -> None:
    table.delete().where((table.merchant == merchant) & table.day.between(window.first, window.last)).execute()
    if rows:
        columns = ("merchant", *(field.name for field in rows[0]))
        rows_for(table, columns, [(merchant.id, *row.values()) for row in rows]).insert()


def _note(merchant: Merchant) -> None:
    """When the figures were counted last; a merchant who never was is counted from the beginning."""
    now = utc_now()
    if not ReportState.update(counted_at=now).where(ReportState.merchant == merchant).execute():
        begin(merchant, now)


def begin(merchant: Merchant, now: datetime) -> None:
    """Marks every day on which there may be anything, and says since when that is. In the caller's unit of work.

    For a store that was there before the rollups, and for a merchant whose zone changes. Harmless twice.
    """
    today = local_day(now, merchant.zone)
    days = [local_day(at, merchant.zone) for at in _oldest(merchant) if at is not None]
    first = max(min([*days, today]), today - _OLDEST)
    ReportState.insert(merchant=merchant, since=first, counted_at=now).on_conflict_ignore().execute()
    ReportState.update(since=first).where(ReportState.merchant == merchant).execute()
    counted: Any = [table.select(fn.MIN(table.day)).where(table.merchant == merchant).scalar() for table in _TABLES]
    first = min([first, *(day for day in counted if day is not None)])  # the old zone's first day may lie before
    dirty.mark_days(merchant.id, _every(first, today))
    dirty.mark(merchant.id, now, what=dirty.ADOPTION)


def count_at_once(merchant: Merchant) -> None:
    """Counts everything of a merchant in one go and takes its marks away: for a store that nobody else has open."""
    now = utc_now()
    with unit_of_work():
        begin(merchant, now)
    with unit_of_work():
        since = ReportState.get(ReportState.merchant == merchant).since
        assert since is not None
        window = between(since, local_day(now, merchant.zone), merchant.zone)
        for count in _WRITERS.values():
            count(merchant, window)
        DirtyDay.delete().where(DirtyDay.merchant == merchant).execute()


_TABLES: tuple[Any, ...] = (TryRollup, CaseRollup, PaidRollup)


def _oldest(merchant: Merchant) -> Iterable[datetime | None]:
    for column in (Payment.closed_at, Recovery.opened_at):
        table: Any = column.model
        oldest: Any = table.select(column).where((table.merchant == merchant) & column.is_null(False))
        found = oldest.order_by(SQL(f'"{column.column_name}"')).limit(1).tuples().first()
        yield found[0] if found else None


def _every(first: date, last: date) -> list[date]:
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def mark_lately() -> int:
    """Every night: the last SAFETY days of every merchant are counted anew; returns how many merchants that were.

    One who was never counted is counted from the beginning.
    """
    now = utc_now()
    merchants = list(Merchant.select())
    for merchant in merchants:
        with unit_of_work():
            if not ReportState.select().where(ReportState.merchant == merchant).exists():
                begin(merchant, now)
                continue
            today = local_day(now, merchant.zone)
            dirty.mark_days(merchant.id, _every(today - timedelta(days=SAFETY - 1), today))
            dirty.mark(merchant.id, now, what=dirty.ADOPTION)
    return len(merchants)


def count_all(slug: str | None = None) -> int:
    """Marks everything of one merchant, or of all, to be counted from the beginning; returns how many merchants."""
    merchants = list(Merchant.select().where(Merchant.slug == slug) if slug else Merchant.select())
    for merchant in merchants:
        with unit_of_work():
            begin(merchant, utc_now())
    return len(merchants)
