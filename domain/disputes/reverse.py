"""Taking a payment off its orders again: after a late bank return, or a lost dispute that the merchant reopens."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from domain.ledger import post as ledger
from domain.mail import letters
from domain.recoveries import cases
from domain.refunds.split import left_of, reversed_of, split
from domain.reports import dirty
from kit.money import Money
from models.base import require_unit_of_work
from models.orders import Collect, Order
from models.payments import (
    Dispute,
    DisputeAllocation,
    Payment,
    PaymentState,
    Receipt,
    Recovery,
    RecoveryState,
    RefundState,
)


def reverse(dispute: Dispute, payment: Payment, orders: list[Order], now: datetime) -> list[tuple[str, Money]]:
    """Reopens the orders by what came back and returns the journal's other lines, which add up to its amount.

    At most what refunds have left of each order's share is taken off it. The rest has no order: first the part that was
    the customer's credit, then what the customer has got twice (a refund and the return). Both go to the debit of
    `credit:<customer>`: below zero it says what the customer got too much.
    """
    require_unit_of_work()
    left = left_of(payment, counting=[RefundState.SUCCEEDED], but=dispute.id)
    shares, _rest = split(dispute.amount, left, credit=left.credit)
    lines = []
    for order in orders:
        if share := shares.get(order.id, 0):
            DisputeAllocation.create(dispute=dispute, order=order, amount=share)
            reopen(order, share)
            letters.returned(payment.id, order.id)
            lines.append((ledger.receivable(order.id), Money(share, dispute.currency)))
    without_order = dispute.amount - sum(shares.values())
    if without_order:
        lines.append((ledger.credit(payment.customer_id), Money(without_order, dispute.currency)))
    if reversed_of(payment) >= payment.amount:
        mark_reversed(payment, now)
    return lines


def reopen(order: Order, share: int) -> None:
    """The order is owed again by that much; by hand only, the engine never collects it by itself."""
    Order.update(paid=Order.paid - share, open=Order.open + share, collect=Collect.MANUAL, collect_at=None).where(
        Order.id == order.id
    ).execute()
    stop_tries(order.id, "A payment of this order came back: it is paid by hand.")


def stop_tries(order: UUID, why: str) -> None:
    """Plans no further automatic try of an order."""
    for case in Recovery.select().where((Recovery.order == order) & (Recovery.state == RecoveryState.OPEN)):
        cases.stop(case.id, why)


def mark_reversed(payment: Payment, now: datetime) -> None:
    """Nothing of the payment is left: neither is its receipt good any more."""
    Payment.update(state=PaymentState.REVERSED).where(Payment.id == payment.id).execute()
    dirty.mark(payment.merchant_id, payment.closed_at)
    Receipt.update(reversed_at=now).where((Receipt.payment == payment) & Receipt.reversed_at.is_null()).execute()
