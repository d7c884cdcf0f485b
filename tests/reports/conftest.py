"""Counting what is marked, as the workers do, and holding it against the raw rows."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from typing import Any

from domain.reports import counting
from domain.reports.dirty import SETTLES
from domain.reports.window import between
from domain.work.due import due
from domain.work.perform import perform
from domain.work.wake import Work
from kit.clock import Stopped
from models.merchants import Merchant
from models.reports import CaseRollup, DirtyDay, PaidRollup, TryRollup
from tests.disputes.conftest import counter, shop
from tests.pages.merchant.conftest import town

__all__ = ["counter", "shop", "town"]
_COUNTED: tuple[tuple[Any, Any], ...] = (
    (TryRollup, counting.tries),
    (CaseRollup, counting.cases),
    (PaidRollup, counting.paid),
)


def count_marked(clock: Stopped) -> int:
    """Counts marked days until none is left; returns how many marks were acted on."""
    acted = 0
    clock.set(clock() + SETTLES)
    while rows := [row for row in due(clock()) if row.kind == Work.ROLLUP]:
        for row in rows:
            perform(row.kind, row.id)
        acted += len(rows)
        clock.set(clock() + SETTLES)
    assert not DirtyDay.select().where(DirtyDay.what == "money").exists()
    return acted


def differences(first: date = date(2026, 9, 1), last: date = date(2026, 12, 31)) -> list[str]:
    """Where a rollup of any merchant is not what the raw rows of these days say. Empty is right."""
    found = []
    for merchant in Merchant.select():
        windows = [
            between(begin, min(begin + timedelta(days=29), last), merchant.zone)
            for begin in (first + timedelta(days=n) for n in range(0, (last - first).days + 1, 30))
        ]
        for table, count in _COUNTED:
            raw = Counter(_named(row) for window in windows for row in count(merchant, window))
            kept = Counter(_row(row) for row in table.select().where(table.merchant == merchant).dicts())
            found += [f"{merchant.slug}: {table.__name__} has not {dict(row)}" for row in raw - kept]
            found += [f"{merchant.slug}: {table.__name__} has {dict(row)}" for row in kept - raw]
    return found


def _named(row: dict[Any, Any]) -> frozenset[tuple[str, Any]]:
    return frozenset((field.name, value) for field, value in row.items())


def _row(row: dict[str, Any]) -> frozenset[tuple[str, Any]]:
    return frozenset((name, value) for name, value in row.items() if name not in ("id", "merchant"))
