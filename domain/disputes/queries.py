"""What came back, as the customer's pages show it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Any
from uuid import UUID

from kit.calendar import local_day
from models.payments import Allocation, Dispute, DisputeKind, DisputeState, Payment, Receipt


def undecided(merchant: UUID, payment: UUID) -> tuple[UUID, str] | None:
    """The lost dispute of a merchant's payment that waits for a decision, and the network's reason: one query."""
    lost = (Dispute.payment == payment) & (Dispute.kind == DisputeKind.CARD) & (Dispute.state == DisputeState.LOST)
    waiting = Dispute.select().join(Payment).where(lost & Dispute.lost_as.is_null() & (Payment.merchant == merchant))
    row = waiting.first()
    return (row.id, row.code or row.reason) if row is not None else None


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
