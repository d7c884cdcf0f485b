"""A customer's purchases and payments as a table, for a spreadsheet: one row for each order and payment of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any
from uuid import UUID

from peewee import JOIN

from domain.methods.queries import label
from kit.calendar import local_day
from kit.i18n import _
from kit.money import Money
from models.methods import PaymentMethod
from models.orders import Order
from models.payments import Allocation, Payment, PaymentState, Receipt

BATCH = 500
Cells = tuple[str, ...]


def purchases_table(customer: UUID, *, zone: str) -> Iterator[Cells]:
    """The head, then the orders, the newest first. Days are the merchant's, amounts plain decimals with a point."""
    yield _head()
    last: tuple[datetime, UUID] | None = None
    while rows := _orders_after(customer, last):
        payments = _payments_of([row.id for row in rows])
        for row in rows:
            for paid in payments.get(row.id, [None]):
                yield _order(row, zone) + _payment(paid, row.currency, zone)
        last = (rows[-1].placed_at, rows[-1].id)


def _head() -> Cells:
    return (
        _("Order"), _("What it is for"), _("Day"), _("Due"), _("Currency"), _("Total"), _("Taken off"), _("Paid"),
        _("Open"), _("Payment on"), _("Payment"), _("State of the payment"), _("Paid with"), _("Receipt"),
    )  # fmt: skip


def _orders_after(customer: UUID, last: tuple[datetime, UUID] | None) -> list[Order]:
    older: Any = Order.customer == customer
    if last:
        at, id = last
        older &= (Order.placed_at < at) | ((Order.placed_at == at) & (Order.id < id))
    return list(Order.select().where(older).order_by(Order.placed_at.desc(), Order.id.desc()).limit(BATCH))


def _payments_of(orders: list[UUID]) -> dict[UUID, list[Allocation]]:
    found: dict[UUID, list[Allocation]] = {}
    rows = (
        Allocation.select(Allocation, Payment, PaymentMethod, Receipt)
        .join(Payment)
        .join(PaymentMethod, JOIN.LEFT_OUTER)
        .switch(Payment)
        .join(Receipt, JOIN.LEFT_OUTER, on=(Receipt.payment == Payment.id), attr="slip")
        .where(Allocation.order.in_(orders))
        .order_by(Payment.created_at)
    )
    for row in rows:
        found.setdefault(row.order_id, []).append(row)
    return found


def _order(row: Order, zone: str) -> Cells:
    amounts = tuple(_plain(minor, row.currency) for minor in (row.total, row.adjusted, row.paid, row.open))
    placed = local_day(row.placed_at, zone).isoformat()
    due: date = row.due_on
    return (row.number, row.title, placed, due.isoformat(), row.currency, *amounts)


def _payment(row: Allocation | None, currency: str, zone: str) -> Cells:
    if row is None:
        return ("", "", "", "", "")
    payment, slip = row.payment, getattr(row.payment, "slip", None)
    method = payment.method if payment.method_id else None
    called = label(method.brand, method.last4) if method else _("Paid outside the portal")
    at = local_day(payment.closed_at or payment.created_at, zone).isoformat()
    receipt = slip.number if slip is not None and slip.number else ""
    return (at, _plain(row.amount, currency), _states()[payment.state], called, receipt)


def _states() -> dict[PaymentState, str]:
    return {
        PaymentState.OPEN: _("Under way"),
        PaymentState.SUCCEEDED: _("Paid"),
        PaymentState.FAILED: _("Did not go through"),
        PaymentState.CANCELLED: _("Not made"),
        PaymentState.REVERSED: _("Came back"),
    }


def _plain(minor: int, currency: str) -> str:
    return str(Money(minor, currency).decimal())
