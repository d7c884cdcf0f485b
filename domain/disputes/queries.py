"""What came back, as the customer's pages show it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Any
from uuid import UUID

from kit.calendar import local_day
from models.payments import Allocation, Payment, Receipt


def came_back(orders: Collection[UUID], *, zone: str) -> dict[UUID, date]:
    """The local day on which a payment of each of these orders came back, of those of which one did: one query."""
    if not orders:
        return {}
    rows: Any = (
        Allocation.select(Allocation.order, Receipt.reversed_at.alias("at"))
        .join(Payment)
        .join(Receipt)
        .where(Allocation.order.in_(list(orders)) & Receipt.reversed_at.is_null(False))
        .order_by(Receipt.reversed_at)
        .tuples()
    )
    return {order: local_day(at, zone) for order, at in rows}
