"""What follows when a refund becomes true, fails, or fails after all. Inside the unit of work of its record only."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from domain.events.record import Actor, record
from domain.ledger import post as ledger
from domain.ledger.balance import credit_of, till_of
from domain.mail import letters
from domain.mail.letters import RefundNews
from domain.refunds.split import Left, left_of
from domain.reports import dirty
from kit.money import Money
from models.orders import Adjustment, AdjustmentKind, Collect, Order
from models.payments import Allocation, Payment, Refund, RefundAllocation
from models.payments import RefundState as S


def follow(refund: Refund, was: S, payment: Payment, orders: list[Order], now: datetime) -> None:
    """Everything that the new state of a refund brings with it."""
    dirty.mark(payment.merchant_id, payment.closed_at)
    match refund.state:
        case S.SUCCEEDED:
            _booked(refund, payment, orders, now)
        case S.FAILED:
            if was == S.SUCCEEDED:
                _taken_back(refund, payment, orders, now)
            if was in (S.PENDING, S.SUCCEEDED):
                letters.refund(refund.id, RefundNews.FAILED)
            tell("refund.failed", refund, payment, failure=refund.failure or "")
        case S.PENDING:
            letters.refund(refund.id, RefundNews.PENDING)
        case S.REVIEW:
            tell("refund.needs_a_person", refund, payment, why="no verdict")


def _booked(refund: Refund, payment: Payment, orders: list[Order], now: datetime) -> None:
    """The money has left: the orders' paid amounts fall, and so does what is owed, unless it is still owed."""
    shares = _shares(refund, left_of(payment, counting=[S.SUCCEEDED], but=refund.id))
    lines = [(till_of(payment), Money(-refund.amount, refund.currency))]
    for order in orders:
        if share := shares.get(order.id, 0):
            _lower(order, share, refund, now)
            lines.append((ledger.receivable(order.id), Money(share, refund.currency)))
    rest = refund.amount - sum(shares.values())
    if rest:
        lines.append((ledger.credit(payment.customer_id), Money(rest, refund.currency)))
    ledger.post(merchant=payment.merchant_id, kind="refund", source=str(refund.id), at=now, lines=lines)
    if rest and credit_of(payment.customer_id, refund.currency).minor < 0:
        tell("refund.needs_a_person", refund, payment, why="more went back than was left", excess=str(rest))
    letters.refund(refund.id, RefundNews.SUCCEEDED)
    tell("refund.succeeded", refund, payment)


def _shares(refund: Refund, left: Left) -> dict[UUID, int]:
    """The planned shares, none greater than what others have left meanwhile; what is cut off goes to the next order.

    A plan that came to nothing goes: until now it was only a plan.
    """
    planned = {row.order_id: row for row in refund.allocations}
    shares = {order: min(row.amount, left.orders[order]) for order, row in planned.items()}
    over = sum(row.amount for row in planned.values()) - sum(shares.values())
    for order, most in left.orders.items():
        more = min(over, most - shares.get(order, 0))
        shares[order] = shares.get(order, 0) + more
        over -= more
    for order, share in shares.items():
        row = planned.get(order)
        if row is None and share:
            RefundAllocation.create(refund=refund, order=order, amount=share)
        elif row is not None and not share:
            row.delete_instance()
        elif row is not None and share != row.amount:
            RefundAllocation.update(amount=share).where(RefundAllocation.id == row.id).execute()
    return shares


def _lower(order: Order, share: int, refund: Refund, now: datetime) -> None:
    if refund.still_owed:
        Order.update(
            paid=Order.paid - share, open=Order.open + share, collect=Collect.MANUAL, collect_at=None
        ).where(Order.id == order.id).execute()  # fmt: skip
        return
    _adjust(order, share, refund, now)
    Order.update(paid=Order.paid - share, adjusted=Order.adjusted + share).where(Order.id == order.id).execute()


def _adjust(order: Order, amount: int, refund: Refund, now: datetime) -> None:
    Adjustment.create(
        order=order,
        kind=AdjustmentKind.REFUND,
        amount=amount,
        source=str(refund.id),
        note=refund.reason,
        created_at=now,
    )


def _taken_back(refund: Refund, payment: Payment, orders: list[Order], now: datetime) -> None:
    """The bank sent a refund back: a counter-entry, and the orders are paid again.

    What an order cannot take any more (it was paid otherwise meanwhile) becomes the customer's credit.
    """
    lines = [(till_of(payment), Money(refund.amount, refund.currency))]
    shares = {row.order_id: row.amount for row in refund.allocations}
    rest = refund.amount
    for order in orders:
        if share := shares.get(order.id, 0):
            taken = _raise(order, share, refund, now)
            lines.append((ledger.receivable(order.id), Money(-taken, refund.currency)))
            rest -= taken
    if rest:
        lines.append((ledger.credit(payment.customer_id), Money(-rest, refund.currency)))
    ledger.post(merchant=payment.merchant_id, kind="refund_failed", source=str(refund.id), at=now, lines=lines)
    tell("refund.needs_a_person", refund, payment, why="the bank sent it back", to_credit=str(rest))


def _raise(order: Order, share: int, refund: Refund, now: datetime) -> int:
    """Puts a share back on its order and returns how much of it the order could take."""
    if not refund.still_owed:
        _adjust(order, -share, refund, now)
        Order.update(paid=Order.paid + share, adjusted=Order.adjusted - share).where(Order.id == order.id).execute()
        return share
    taken: int = min(share, order.open)
    Order.update(paid=Order.paid + taken, open=Order.open - taken).where(Order.id == order.id).execute()
    if taken != share:  # as when money arrives for a closed order: the payment is for less of it
        mine = (Allocation.payment == refund.payment_id) & (Allocation.order == order)
        Allocation.update(amount=Allocation.amount - (share - taken)).where(mine).execute()
    return taken


def tell(
    kind: str,
    refund: Refund,
    payment: Payment,
    *,
    actor: Actor | None = None,
    actor_id: UUID | None = None,
    **facts: str,
) -> None:
    """Writes an event about a refund. Left out, the gateway did it, or the merchant's person outside of it."""
    record(
        kind,
        merchant=payment.merchant_id,
        actor=actor or (Actor.GATEWAY if refund.gateway_account_id else Actor.STAFF),
        actor_id=actor_id,
        customer=payment.customer_id,
        subject=refund.id,
        facts={"payment": str(payment.id), "amount": refund.amount, **facts},
    )
