"""Reads of what a customer bought: the list of purchases, searched and page by page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any
from uuid import UUID

from peewee import JOIN, fn

from domain.methods.queries import label
from domain.orders.search import Wanted, fitting
from kit.calendar import local_day
from kit.clock import utc_now
from kit.money import Money
from models.methods import PaymentMethod
from models.orders import Order
from models.payments import Allocation, OrderHold, Payment, PaymentState, Receipt

__all__ = ["Page", "Purchase", "PurchaseState", "purchases", "settled"]

PAGE = 25
_MONEY_CAME = (PaymentState.SUCCEEDED, PaymentState.REVERSED)


class PurchaseState(StrEnum):
    """Where a purchase stands, in one word."""

    PAID = "paid"
    OPEN = "open"
    PARTLY = "partly"
    UNDER_WAY = "under_way"  # a payment of it is
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
    coming: bool  # not due yet


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


def purchases(customer: UUID, wanted: Wanted | None = None, *, zone: str, page: int = 1, size: int = PAGE) -> Page:
    """One page of a customer's orders, the newest first: three or four queries. A page past the end is the last."""
    today = local_day(utc_now(), zone)
    found = fitting(customer, wanted or Wanted(), zone=zone, today=today)
    count = Order.select().where(found).count()
    page = max(1, min(page, 1 + max(0, count - 1) // size))
    first = (page - 1) * size
    newest = (Order.placed_at.desc(), Order.id.desc())
    chosen: Any = Order.select(Order.id).where(found).order_by(*newest).limit(size).offset(first).tuples()
    ids = [id for (id,) in chosen]
    rows = _rows(customer, zone, size=size, only=Order.id.in_(ids)) if ids else []
    return Page(tuple(rows), page, first + 1 if rows else 0, first + len(rows), count)


def settled(customer: UUID, *, zone: str, size: int) -> list[Purchase]:
    """The latest purchases on which nothing is open, for the account home: one query."""
    return _rows(customer, zone, size=size, only=(Order.open == 0))


def _rows(customer: UUID, zone: str, *, size: int, only: Any) -> list[Purchase]:
    other = Payment.alias()
    latest = (
        Allocation.select(other.id)
        .join(other, on=(Allocation.payment == other.id))
        .where((Allocation.order == Order.id) & other.state.in_(_MONEY_CAME))
        .order_by(other.closed_at.desc(), other.id.desc())
        .limit(1)
    )
    query = (
        Order.select(Order, Payment, PaymentMethod, Receipt, _held())
        .join(Payment, JOIN.LEFT_OUTER, on=(Payment.id == latest), attr="latest")
        .join(PaymentMethod, JOIN.LEFT_OUTER)
        .switch(Payment)
        .join(Receipt, JOIN.LEFT_OUTER, on=(Receipt.payment == Payment.id), attr="slip")
        .where((Order.customer == customer) & only)
        .order_by(Order.placed_at.desc(), Order.id.desc())
        .limit(size)
    )
    return [_purchase(row, zone) for row in query]


def _held() -> Any:
    return fn.EXISTS(OrderHold.select(OrderHold.order).where(OrderHold.order == Order.id)).alias("held")


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
        coming=bool(row.open) and row.due_on > local_day(utc_now(), zone),
    )


def _state(row: Any, paid: Payment | None) -> PurchaseState:
    if row.held:
        return PurchaseState.UNDER_WAY
    if row.open:
        if paid is not None and paid.state == PaymentState.REVERSED:
            return PurchaseState.RETURNED
        return PurchaseState.PARTLY if row.paid else PurchaseState.OPEN
    if row.total and row.adjusted == row.total:
        return PurchaseState.REFUNDED if paid is not None else PurchaseState.CANCELLED
    return PurchaseState.PAID
