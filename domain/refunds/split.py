"""How much of a payment can still go back, and which order a refund belongs to.

The rule when nobody says: first the part that belongs to no order (it became the customer's credit), then the order
that fell due last, then the one before. So the oldest debt stays settled longest.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from peewee import fn

from models.orders import Order
from models.payments import (
    Allocation,
    Dispute,
    DisputeAllocation,
    DisputeKind,
    LostAs,
    Payment,
    Refund,
    RefundAllocation,
    RefundState,
)


@dataclass(frozen=True)
class Left:
    """What can still go back, in minor units: per order, the newest first, and of the part without an order."""

    orders: Mapping[UUID, int]
    credit: int

    @property
    def total(self) -> int:
        """All of it."""
        return sum(self.orders.values()) + self.credit


def left_of(payment: Payment, *, counting: Collection[RefundState], but: UUID | None = None) -> Left:
    """What refunds (those in the states of `counting`) and reversals have left of a payment, the row `but` left out."""
    refunds = (Refund.payment == payment) & Refund.state.in_(list(counting))
    refunds = refunds & (Refund.id != but) if but else refunds
    gone = _by_order(RefundAllocation.select().join(Refund).where(refunds), RefundAllocation)
    back = _by_order(DisputeAllocation.select().join(Dispute).where(Dispute.payment == payment), DisputeAllocation)
    rows = (
        Allocation.select(Allocation, Order)
        .join(Order)
        .where(Allocation.payment == payment)
        .order_by(Order.due_on.desc(), Order.number.desc())
    )
    shares = {row.order_id: row.amount for row in rows}
    orders = {order: max(0, share - gone.get(order, 0) - back.get(order, 0)) for order, share in shares.items()}
    credit = payment.amount - sum(shares.values())
    credit -= _sum(Refund.select(fn.SUM(Refund.amount)).where(refunds)) - sum(gone.values())
    credit -= reversed_of(payment, but=but) - sum(back.values())
    return Left(orders, max(0, credit))


def reversed_of(payment: Payment, *, but: UUID | None = None) -> int:
    """How much of a payment came back for good: a bank's late return, or a lost dispute that was reopened."""
    for_good = (Dispute.kind == DisputeKind.BANK_RETURN) | (Dispute.lost_as == LostAs.REOPEN)
    mine = (Dispute.payment == payment) & for_good
    return _sum(Dispute.select(fn.SUM(Dispute.amount)).where(mine & (Dispute.id != but) if but else mine))


def refunded_of(payment: Payment, *, counting: Collection[RefundState]) -> int:
    """The sum of a payment's refunds in these states."""
    mine = (Refund.payment == payment) & Refund.state.in_(list(counting))
    return _sum(Refund.select(fn.SUM(Refund.amount)).where(mine))


def split(amount: int, left: Left, *, credit: int) -> tuple[dict[UUID, int], int]:
    """Shares of the orders, and the rest. At most `credit` goes to the part without an order first. Pure."""
    rest = amount - min(amount, credit)
    shares: dict[UUID, int] = {}
    for order, most in left.orders.items():
        if share := min(rest, most):
            shares[order] = share
            rest -= share
    return shares, rest


def _by_order(query: Any, table: Any) -> dict[UUID, int]:
    rows = query.select(table.order, fn.SUM(table.amount).alias("total")).group_by(table.order)
    return {row.order_id: int(row.total) for row in rows}


def _sum(query: Any) -> int:
    return int(query.scalar() or 0)
