"""What is late, and how many customers wait for it. What somebody stopped, or goes at its pace, is not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import reduce
from operator import or_
from typing import Any
from uuid import UUID

from peewee import SQL, fn

from domain.operations.shapes import LATE, DueLine, Late
from domain.operations.waves_due import PLANNED
from domain.work.due import IN_WAVES, Backlog
from domain.work.wake import Work
from models.orders import Order
from models.payments import Attempt, Payment, PlannedTry, Recovery


def late(
    lines: Iterable[DueLine],
    lying: Mapping[Work, Backlog],
    *,
    merchant: UUID | None,
    excused: frozenset[UUID],
    stopped: frozenset[Work],
    now: datetime,
) -> Late | None:
    """Whose money and letters wait. `excused`: merchants whose automatic charges go at their pace or are suspended."""
    behind = {line.kind: line.late_rows for line in lines if line.late}
    if not behind:
        return None
    since = min(oldest for kind in behind if (oldest := lying[kind].oldest) is not None)
    return Late(
        rows=sum(behind.values()),
        customers=_customers_behind(now - LATE, merchant, excused, stopped, now),
        letters=behind.get(Work.MAIL, 0),
        oldest=now - since,
    )


def _customers_behind(
    limit: datetime, merchant: UUID | None, excused: frozenset[UUID], stopped: frozenset[Work], now: datetime
) -> int:
    """Different customers whose charge, try or open outcome has been due since before `limit`, in nobody's hands."""
    sources: tuple[tuple[Work, Any, Any, Any], ...] = (
        (
            Work.ATTEMPT,
            Attempt.select(Payment.customer.alias("who")).join(Payment).where(Attempt.next_look_at <= limit),
            Payment.merchant,
            Attempt.lease_until,
        ),
        (
            Work.COLLECT,
            Order.select(Order.customer.alias("who")).where(Order.collect_at <= limit),
            Order.merchant,
            Order.lease_until,
        ),
        (
            Work.RETRY,
            PlannedTry.select(Recovery.customer.alias("who"))
            .join(Recovery)
            .where(PLANNED & (PlannedTry.due_at <= limit)),
            PlannedTry.merchant,
            PlannedTry.lease_until,
        ),
    )
    queries: list[Any] = []
    for kind, query, whose, lease in sources:
        if kind in stopped:
            continue
        asked = query.where(lease.is_null() | (lease <= now))
        if excused and kind in IN_WAVES:
            asked = asked.where(whose.not_in(sorted(excused)))
        queries.append(asked if merchant is None else asked.where(whose == merchant))
    if not queries:
        return 0
    counted: Any = Attempt.select(fn.COUNT(SQL("who"))).from_(reduce(or_, queries).alias("behind"))
    return int(counted.scalar() or 0)
