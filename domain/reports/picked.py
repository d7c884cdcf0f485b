"""The rows of a rollup that a dashboard asks for: the merchant first, then the days, then what is picked out."""

from __future__ import annotations

from typing import Any

from peewee import SQL, Case, fn

from domain.accounts.viewer import MerchantFacts
from domain.recoveries.declines import group
from domain.reports.filters import Dimension, Filters
from domain.reports.shapes import Counted
from models.reports import CaseRollup, DirtyDay, ReportState, TryRollup


def columns_of(table: Any) -> dict[Dimension, Any]:
    """The column of each dimension; a family is picked by its codes."""
    return {
        Dimension.CODE: table.code,
        Dimension.NETWORK: table.network,
        Dimension.KIND: table.kind,
        Dimension.HOUR: table.hour,
        Dimension.WEEKDAY: table.weekday,
        Dimension.N: CaseRollup.tries if table is CaseRollup else TryRollup.n,
        Dimension.CHANNEL: CaseRollup.by if table is CaseRollup else TryRollup.channel,
    }


def picked(
    table: Any, merchant: MerchantFacts, filters: Filters, *, leave_out: frozenset[Dimension] = frozenset()
) -> Any:
    """The condition for a merchant's rows of any day: what is picked out of the dimensions."""
    wanted = table.merchant == merchant.id
    for dimension, column in columns_of(table).items():
        if (keys := getattr(filters, dimension)) and dimension not in leave_out:
            wanted &= column.in_(keys)
    if filters.group:
        wanted &= table.code.in_(codes_of(table, merchant, filters.group))
    return wanted


def codes_of(table: Any, merchant: MerchantFacts, families: tuple[str, ...]) -> list[str]:
    """The codes of these families that the merchant has ever seen. One query."""
    seen: Any = table.select(table.code).where(table.merchant == merchant.id).distinct().tuples()
    return sorted(code for (code,) in seen if group(code) in families)


def within(table: Any, filters: Filters) -> Any:
    """The condition of the days."""
    return table.day.between(filters.first, filters.last)


def summed(column: Any, condition: Any = None) -> Any:
    """The sum of a column over the rows that meet a condition; 0 for none."""
    return fn.COALESCE(fn.SUM(column if condition is None else Case(None, [(condition, column)], 0)), 0)


def both(table: Any, condition: Any = None) -> list[Any]:
    """Count and amount of the rows that meet a condition, as two columns."""
    return [summed(table.count, condition), summed(table.minor, condition)]


def counted(merchant: MerchantFacts) -> Counted:
    """How far the rollups of a merchant reach. One query."""
    money = (DirtyDay.merchant == merchant.id) & (DirtyDay.what == "money")
    waiting = DirtyDay.select(fn.COUNT(fn.DISTINCT(SQL("day")))).where(money)
    query: Any = ReportState.select(ReportState.since, ReportState.counted_at, waiting.alias("waiting"))
    row = query.where(ReportState.merchant == merchant.id).tuples().first()
    return Counted(row[0], row[1], int(row[2])) if row else Counted(None, None, 0)
