"""What must be true when everything has come to rest: what the processor took is what we booked, once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from domain.ledger import invariants
from models.orders import Order
from models.payments import Allocation, Attempt, AttemptState, OrderHold, Payment, PaymentState, Receipt
from models.work import Event
from sandbox.inprocess import InProcess


def verdict(sandbox: InProcess) -> list[str]:
    """Every wrong thing, its kind before the colon."""
    return [*_charges(sandbox), *_orders(sandbox), *_open(), *_followed_once(), *_invariants()]


def _taken(sandbox: InProcess) -> Counter[str]:
    taken: Counter[str] = Counter()
    for charge in sandbox.charges():
        if charge["status"] == "succeeded":
            taken[str(charge["metadata"].get("settle_attempt"))] += charge["amount"]
    return taken


def _charges(sandbox: InProcess) -> Iterator[str]:
    taken = _taken(sandbox)
    for attempt in Attempt.select():
        was = taken.pop(str(attempt.id), 0)
        if attempt.state == AttemptState.SUCCEEDED and was != attempt.amount:
            yield f"phantom credit: attempt {attempt.id} succeeded, the processor took {was} of {attempt.amount}"
        if attempt.state not in (AttemptState.SUCCEEDED, AttemptState.REVIEW) and was:
            yield f"captured, not credited: attempt {attempt.id} is {attempt.state}, the processor took {was}"
    for attempt_id in taken:
        yield f"captured, not credited: the processor took money for {attempt_id}, which is not ours"


def _orders(sandbox: InProcess) -> Iterator[str]:
    """An order's total is the most that can ever have been taken for it."""
    taken = _taken(sandbox)
    by_order: Counter[object] = Counter()
    for payment in Payment.select():
        charged = sum(taken[str(attempt.id)] for attempt in payment.attempts)
        if charged:
            totals = {row.order_id: row.order.total for row in payment.allocations}
            for order, total in totals.items():
                by_order[order] += total if charged == sum(totals.values()) else charged
    for order in Order.select():
        if by_order[order.id] > order.total:
            yield f"double charge: {order.number} of {order.total} was charged {by_order[order.id]}"


def _open() -> Iterator[str]:
    review = AttemptState.REVIEW
    for attempt in Attempt.select().where(Attempt.closed_at.is_null() & (Attempt.state != review)):
        yield f"stuck: attempt {attempt.id} is {attempt.state}"
    waits = Attempt.select(Attempt.payment).where(Attempt.state == review)
    for payment in Payment.select().where((Payment.state == PaymentState.OPEN) & Payment.id.not_in(waits)):
        yield f"stuck: payment {payment.id} is open"
    for hold in OrderHold.select(OrderHold, Attempt).join(Attempt).where(Attempt.state != review):
        yield f"stuck: order {hold.order_id} is held"


def _followed_once() -> Iterator[str]:
    """One receipt and one line in the trail for each success, whatever was repeated."""
    succeeded = {str(row.id) for row in Payment.select().where(Payment.state == PaymentState.SUCCEEDED)}
    receipts = Counter(str(row.payment_id) for row in Receipt.select())
    told = Counter(row.subject_id for row in Event.select().where(Event.kind == "payment.succeeded"))
    for payment in succeeded | set(receipts) | set(told):
        if (payment in succeeded, receipts[payment], told[payment]) != (True, 1, 1):
            yield f"followed wrongly: {payment} has {receipts[payment]} receipts and was told {told[payment]} times"
    short = (
        Allocation.select().join(Payment).where((Payment.state == PaymentState.SUCCEEDED) & (Allocation.amount == 0))
    )
    for row in short:
        yield f"double charge: {row.payment_id} found nothing open on {row.order_id}"


def _invariants() -> Iterator[str]:
    for broken in invariants.check():
        if broken.rule != "I6":
            yield f"invariant {broken.rule}: {broken.subject} {broken.detail}"
