"""All that the store knows of one order, read once and in few queries: for its page and its timeline."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from peewee import JOIN, fn

from domain.mail import letters
from models.customers import Customer
from models.methods import PaymentMethod
from models.orders import Adjustment, Order, OrderLine
from models.payments import (
    Allocation,
    Attempt,
    Dispute,
    Payment,
    PlannedTry,
    Promise,
    Receipt,
    Recovery,
    Refund,
    RefundAllocation,
)
from models.work import Mail


@dataclass(frozen=True)
class Traces:
    """The rows around one order, the oldest first. What an order has none of was not asked for."""

    order: Order
    lines: tuple[OrderLine, ...]
    adjustments: tuple[Adjustment, ...]
    allocations: tuple[Allocation, ...]  # with payment, its method and its receipt (`slip`)
    attempts: tuple[Attempt, ...]  # with their method
    refunds: tuple[RefundAllocation, ...]  # with refund, payment and method
    disputes: tuple[Dispute, ...]
    recoveries: tuple[Recovery, ...]  # once for each of its planned tries (`planned`, with its method)
    promises: tuple[Promise, ...]
    mails: tuple[Mail, ...]

    def attempts_of(self, payment: UUID) -> list[Attempt]:
        """The attempts of one of its payments, the first one first."""
        return [each for each in self.attempts if each.payment_id == payment]


def traces_of(customer: UUID, order: UUID) -> Traces | None:
    """All about an order of this customer; None when it is not theirs. At most ten queries, fewer for a quiet life."""
    row = _order((Order.id == order) & (Order.customer == customer))
    return traces_around(row) if row is not None else None


def order_at(merchant: UUID, order: UUID) -> Order | None:
    """An order of this merchant with its customer, ready for `traces_around`; None when it is another's. One query."""
    return _order((Order.id == order) & (Order.merchant == merchant))


def _order(which: Any) -> Order | None:
    row: Order | None = Order.select(Order, Customer, *_marks()).join(Customer).where(which).first()
    return row


def traces_around(row: Any) -> Traces:
    """All about an order that was read here: nine queries at most."""
    allocations = _allocations(row)
    payments = [each.payment_id for each in allocations]
    refunds = _refunds(row) if row.has_refunds else ()
    return Traces(
        order=row,
        lines=tuple(OrderLine.select().where(OrderLine.order == row).order_by(OrderLine.position)),
        adjustments=_of(Adjustment, row, Adjustment.created_at) if row.adjusted or refunds else (),
        allocations=allocations,
        attempts=_attempts(payments) if payments else (),
        refunds=refunds,
        disputes=_disputes(payments) if row.has_disputes else (),
        recoveries=_recoveries(row) if row.has_recoveries else (),
        promises=_of(Promise, row, Promise.made_at) if row.has_recoveries else (),
        mails=_mails(row, payments, {each.refund_id for each in refunds}),
    )


def _marks() -> tuple[Any, ...]:
    """Whether there are any, as columns beside the order: what there is none of is not asked for."""
    mine = Allocation.order == Order.id
    return (
        fn.EXISTS(RefundAllocation.select(RefundAllocation.id).where(RefundAllocation.order == Order.id)).alias(
            "has_refunds"
        ),
        fn.EXISTS(
            Allocation.select(Allocation.id).join(Dispute, on=(Dispute.payment == Allocation.payment)).where(mine)
        ).alias("has_disputes"),
        fn.EXISTS(Recovery.select(Recovery.id).where(Recovery.order == Order.id)).alias("has_recoveries"),
    )


def _of(table: Any, order: Order, by: Any) -> Any:
    return tuple(table.select().where(table.order == order).order_by(by, table.id))


def _allocations(order: Order) -> tuple[Allocation, ...]:
    return tuple(
        Allocation.select(Allocation, Payment, PaymentMethod, Receipt)
        .join(Payment)
        .join(PaymentMethod, JOIN.LEFT_OUTER)
        .switch(Payment)
        .join(Receipt, JOIN.LEFT_OUTER, on=(Receipt.payment == Payment.id), attr="slip")
        .where(Allocation.order == order)
        .order_by(Payment.created_at, Payment.id)
    )


def _attempts(payments: Collection[UUID]) -> tuple[Attempt, ...]:
    found = Attempt.select(Attempt, PaymentMethod).join(PaymentMethod).where(Attempt.payment.in_(list(payments)))
    return tuple(found.order_by(Attempt.reserved_at, Attempt.n))


def _refunds(order: Order) -> tuple[RefundAllocation, ...]:
    return tuple(
        RefundAllocation.select(RefundAllocation, Refund, Payment, PaymentMethod)
        .join(Refund)
        .join(Payment)
        .join(PaymentMethod, JOIN.LEFT_OUTER)
        .where(RefundAllocation.order == order)
        .order_by(Refund.created_at)
    )


def _disputes(payments: Collection[UUID]) -> tuple[Dispute, ...]:
    return tuple(Dispute.select().where(Dispute.payment.in_(list(payments))).order_by(Dispute.opened_at))


def _recoveries(order: Order) -> tuple[Recovery, ...]:
    return tuple(
        Recovery.select(Recovery, PlannedTry, PaymentMethod)
        .join(PlannedTry, JOIN.LEFT_OUTER, on=(PlannedTry.recovery == Recovery.id), attr="planned")
        .join(PaymentMethod, JOIN.LEFT_OUTER)
        .where(Recovery.order == order)
        .order_by(Recovery.opened_at, PlannedTry.n)
    )


def _mails(order: Order, payments: Iterable[UUID], refunds: Iterable[UUID]) -> tuple[Mail, ...]:
    shared = letters.about_order(payments=list(payments), refunds=list(refunds))
    about: Any = Mail.order_id == str(order.id)
    if shared:
        about |= Mail.dedup_key.in_(shared)
    return tuple(Mail.select().where(about & (Mail.customer_id == str(order.customer_id))).order_by(Mail.created_at))
