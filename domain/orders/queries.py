"""Reads of what a customer bought: the list of purchases, page by page, and one order with all that happened to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from peewee import JOIN

from domain.methods.queries import label
from domain.payments.stage import Stage, stage_of
from domain.recoveries.declines import reason
from domain.refunds.queries import Back, backs_of_order, came_back_on
from kit.calendar import local_day
from kit.money import Money
from models.methods import PaymentMethod
from models.orders import Adjustment, AdjustmentKind, Order, OrderLine
from models.payments import Allocation, Attempt, Origin, Payment, PaymentState, Receipt

__all__ = [
    "AdjustmentKind",
    "Back",
    "OrderDetail",
    "Origin",
    "Page",
    "Purchase",
    "PurchaseState",
    "order_detail",
    "purchases",
]

PAGE = 25
_MONEY_CAME = (PaymentState.SUCCEEDED, PaymentState.REVERSED)


class PurchaseState(StrEnum):
    """Where a purchase stands, in one word."""

    PAID = "paid"
    OPEN = "open"
    PARTLY = "partly"
    CANCELLED = "cancelled"
    REFUNDED = "refunded"
    RETURNED = "returned"  # a payment came back and nothing has replaced it


@dataclass(frozen=True)
class Purchase:
    """One row of the list."""

    id: UUID
    number: str
    title: str
    placed_on: date
    due_on: date
    total: Money
    open: Money
    state: PurchaseState
    method: str  # the latest payment's method as it is called, or nothing
    outside: bool  # paid outside the portal
    receipt: str  # number of the latest receipt, or nothing
    disputed: bool  # the customer's bank looks into a payment of it


@dataclass(frozen=True)
class Page:
    """A page of purchases, the newest first. `first` and `last` count from 1."""

    rows: tuple[Purchase, ...]
    number: int
    first: int
    last: int
    count: int

    @property
    def has_older(self) -> bool:
        """Whether another page follows."""
        return self.last < self.count


def purchases(customer: UUID, *, zone: str, page: int = 1, size: int = PAGE) -> Page:
    """One page of a customer's orders, the newest first: two queries. A page past the end is empty."""
    count = Order.select().where(Order.customer == customer).count()
    page = max(1, min(page, 1 + count // size))
    rows = _rows(customer, zone, offset=(page - 1) * size, size=size)
    first = (page - 1) * size
    return Page(tuple(rows), page, first + 1 if rows else 0, first + len(rows), count)


def settled(customer: UUID, *, zone: str, size: int) -> list[Purchase]:
    """The latest purchases on which nothing is open, for the account home: one query."""
    return _rows(customer, zone, offset=0, size=size, only=(Order.open == 0))


def _rows(customer: UUID, zone: str, *, offset: int, size: int, only: Any = True) -> list[Purchase]:
    other = Payment.alias()
    latest = (
        Allocation.select(other.id)
        .join(other, on=(Allocation.payment == other.id))
        .where((Allocation.order == Order.id) & other.state.in_(_MONEY_CAME))
        .order_by(other.closed_at.desc(), other.id.desc())
        .limit(1)
    )
    query = (
        Order.select(Order, Payment, PaymentMethod, Receipt)
        .join(Payment, JOIN.LEFT_OUTER, on=(Payment.id == latest), attr="latest")
        .join(PaymentMethod, JOIN.LEFT_OUTER)
        .switch(Payment)
        .join(Receipt, JOIN.LEFT_OUTER, on=(Receipt.payment == Payment.id), attr="slip")
        .where(Order.customer == customer)
        .order_by(Order.placed_at.desc(), Order.id.desc())
        .limit(size)
        .offset(offset)
    )
    return [_purchase(row, zone) for row in (query if only is True else query.where(only))]


def _purchase(row: Order, zone: str) -> Purchase:
    payment = getattr(row, "latest", None)
    paid = payment if payment is not None and payment.id is not None else None
    slip = getattr(paid, "slip", None) if paid else None
    method = paid.method if paid and paid.method_id else None
    return Purchase(
        id=row.id,
        number=row.number,
        title=row.title,
        placed_on=local_day(row.placed_at, zone),
        due_on=row.due_on,
        total=Money(row.total, row.currency),
        open=Money(row.open, row.currency),
        state=_state(row, paid),
        method=label(method.brand, method.last4) if method else "",
        outside=bool(paid and paid.external),
        receipt=slip.number if slip is not None and slip.number else "",
        disputed=row.disputed,
    )


def _state(row: Order, paid: Payment | None) -> PurchaseState:
    if row.open:
        if paid is not None and paid.state == PaymentState.REVERSED:
            return PurchaseState.RETURNED
        return PurchaseState.PARTLY if row.paid else PurchaseState.OPEN
    if row.total and row.adjusted == row.total:
        return PurchaseState.REFUNDED if paid is not None else PurchaseState.CANCELLED
    return PurchaseState.PAID


@dataclass(frozen=True)
class Line:
    """A line of an order."""

    title: str
    quantity: Decimal
    total: Money


@dataclass(frozen=True)
class Deduction:
    """What was taken off without a payment."""

    kind: AdjustmentKind
    amount: Money
    on: date


@dataclass(frozen=True)
class Try:
    """One payment of the order as it ended or stands, for its history."""

    payment: UUID
    at: datetime
    amount: Money
    method: str
    outside: bool
    origin: Origin
    stage: Stage
    why: str  # a decline in a few words, or nothing
    final_on: date | None
    receipt: str
    came_back: date | None  # the day on which it was taken back


@dataclass(frozen=True)
class OrderDetail:
    """One order, whole."""

    id: UUID
    number: str
    title: str
    placed_on: date
    due_on: date
    lines: tuple[Line, ...]
    deductions: tuple[Deduction, ...]
    total: Money
    paid: Money
    open: Money
    disputed: bool
    tries: tuple[Try, ...]
    backs: tuple[Back, ...]  # refunds
    under_way: Try | None


def order_is_mine(customer: UUID, order: UUID) -> bool:
    """Whether the order exists and is this customer's."""
    return bool(Order.select().where((Order.id == order) & (Order.customer == customer)).exists())


def order_detail(customer: UUID, order: UUID, *, zone: str) -> OrderDetail | None:
    """An order of this customer with its lines, deductions and payments; None when it is not theirs."""
    row = Order.get_or_none((Order.id == order) & (Order.customer == customer))
    if row is None:
        return None
    tries = _tries(row, zone)
    return OrderDetail(
        id=row.id,
        number=row.number,
        title=row.title,
        placed_on=local_day(row.placed_at, zone),
        due_on=row.due_on,
        lines=tuple(
            Line(line.title, Decimal(line.quantity), Money(line.total, row.currency))
            for line in row.lines.order_by(OrderLine.position)
        ),
        deductions=_deductions(row, zone),
        total=Money(row.total, row.currency),
        paid=Money(row.paid, row.currency),
        open=Money(row.open, row.currency),
        disputed=row.disputed,
        tries=tries,
        backs=backs_of_order(row, zone=zone),
        under_way=next((each for each in tries if each.stage.is_open), None),
    )


def _deductions(order: Order, zone: str) -> tuple[Deduction, ...]:
    """What was taken off; a refund that the bank sent back was put on again, and is left out."""
    rows = list(order.adjustments.order_by(Adjustment.created_at))
    undone = {row.source for row in rows if row.kind == AdjustmentKind.REFUND and row.amount < 0}
    return tuple(
        Deduction(row.kind, Money(row.amount, order.currency), local_day(row.created_at, zone))
        for row in rows
        if row.source is None or row.source not in undone
    )


def _tries(order: Order, zone: str) -> tuple[Try, ...]:
    rows = list(
        Allocation.select(Allocation, Payment, PaymentMethod, Receipt)
        .join(Payment)
        .join(PaymentMethod, JOIN.LEFT_OUTER)
        .switch(Payment)
        .join(Receipt, JOIN.LEFT_OUTER, on=(Receipt.payment == Payment.id), attr="slip")
        .where(Allocation.order == order)
        .order_by(Payment.created_at.desc(), Payment.id.desc())
    )
    attempts = _latest_attempts([row.payment_id for row in rows])
    back = came_back_on([row.payment for row in rows if row.payment.state == PaymentState.REVERSED], zone=zone)
    return tuple(
        _try(row, attempts.get(row.payment_id), order.currency, back.get(row.payment_id) or _reversed_on(row, zone))
        for row in rows
    )


def _reversed_on(row: Allocation, zone: str) -> date | None:
    """Money from outside that was not good has no dispute; its receipt knows the day."""
    slip = getattr(row.payment, "slip", None)
    return local_day(slip.reversed_at, zone) if slip is not None and slip.reversed_at else None


def _latest_attempts(payments: Sequence[UUID]) -> dict[UUID, Attempt]:
    found = Attempt.select().where(Attempt.payment.in_(list(payments))).order_by(Attempt.n)
    return {row.payment_id: row for row in found} if payments else {}


def _try(row: Allocation, attempt: Attempt | None, currency: str, came_back: date | None) -> Try:
    payment = row.payment
    method = payment.method if payment.method_id else None
    called = label(method.brand, method.last4) if method else ""
    slip = getattr(payment, "slip", None)
    why = reason(attempt.decline_code, method=called).short if attempt and attempt.decline_code else ""
    return Try(
        payment=payment.id,
        at=payment.closed_at or payment.created_at,
        amount=Money(row.amount or payment.amount, currency),
        method=called,
        outside=bool(payment.external),
        origin=payment.origin,
        stage=stage_of(payment, attempt),
        why=why,
        final_on=attempt.final_on if attempt else None,
        receipt=slip.number if slip is not None and slip.number else "",
        came_back=came_back,
    )
