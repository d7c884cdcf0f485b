"""Reads of a receipt. The customer comes first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from domain.customers.addresses import NAMES, lines_of
from domain.methods.queries import label
from domain.payments.queries import PaidOrder
from domain.refunds.queries import Back, backs_of_payment
from kit.money import Money
from models.customers import Address, AddressKind
from models.merchants import Merchant
from models.orders import LineKind, Order, OrderLine
from models.payments import Allocation, Payment, PaymentState, Receipt

__all__ = ["Back", "LineKind", "ReceiptLine", "ReceiptOrder", "ReceiptView", "receipt_of"]


@dataclass(frozen=True)
class ReceiptLine:
    """A line of an order on its receipt: an item, a tax, what was shipped, a discount."""

    kind: LineKind
    title: str
    quantity: Decimal
    amount: Money


@dataclass(frozen=True)
class ReceiptOrder(PaidOrder):
    """An order that was paid. `lines` when the payment is for the whole of it and there is more than its title."""

    lines: tuple[ReceiptLine, ...] = ()
    total: Money | None = None  # of the order, when this payment is for a part of it


@dataclass(frozen=True)
class ReceiptView:
    """A receipt, ready to print."""

    number: str
    issued_at: datetime
    reversed_at: datetime | None
    paid_by: str
    address: tuple[str, ...]  # the billing address as it is now, line by line
    amount: Money
    method: str
    outside: str  # how it came outside the gateway: cash, cheque, transfer, import; else nothing
    received_on: date | None  # outside the gateway
    note: str
    orders: tuple[ReceiptOrder, ...]
    backs: tuple[Back, ...]  # refunds


def receipt_of(customer: UUID, number: str) -> ReceiptView | None:
    """A receipt of this customer by its number, or None. At most seven queries."""
    row = (
        Receipt.select(Receipt, Payment, Merchant)
        .join(Payment)
        .join(Merchant)
        .where((Receipt.number == number) & (Payment.customer == customer))
        .first()
    )
    if row is None:
        return None
    payment = row.payment
    method = payment.method
    return ReceiptView(
        number=row.number,
        issued_at=row.issued_at,
        reversed_at=row.reversed_at or (payment.closed_at if payment.state == PaymentState.REVERSED else None),
        paid_by=payment.customer.name,
        address=_address(payment),
        amount=Money(payment.amount, payment.currency),
        method=label(method.brand, method.last4) if method else "",
        outside=payment.external or "",
        received_on=payment.received_on,
        note=payment.note,
        orders=_orders(payment),
        backs=backs_of_payment(payment, zone=payment.merchant.zone),
    )


def _address(payment: Payment) -> tuple[str, ...]:
    row = Address.get_or_none((Address.customer == payment.customer_id) & (Address.kind == AddressKind.BILLING))
    if row is None:
        return ()
    return lines_of({name: getattr(row, name) for name in NAMES}, at_home=payment.merchant.country)


def _orders(payment: Payment) -> tuple[ReceiptOrder, ...]:
    rows = list(
        Allocation.select(Allocation, Order)
        .join(Order)
        .where((Allocation.payment == payment) & (Allocation.amount > 0))
        .order_by(Order.number)
    )
    lines: dict[UUID, list[ReceiptLine]] = {}
    wanted = [row.order_id for row in rows if row.amount == row.order.total]
    for line in OrderLine.select().where(OrderLine.order.in_(wanted)).order_by(OrderLine.order, OrderLine.position):
        amount = Money(line.total, payment.currency)
        lines.setdefault(line.order_id, []).append(ReceiptLine(line.kind, line.title, Decimal(line.quantity), amount))
    return tuple(_order(row, payment.currency, tuple(lines.get(row.order_id, ()))) for row in rows)


def _order(row: Allocation, currency: str, lines: tuple[ReceiptLine, ...]) -> ReceiptOrder:
    order = row.order
    plain = len(lines) == 1 and lines[0].title == order.title and lines[0].quantity == 1
    return ReceiptOrder(
        id=order.id,
        number=order.number,
        title=order.title,
        amount=Money(row.amount, currency),
        lines=() if plain else lines,
        total=Money(order.total, currency) if row.amount < order.total else None,
    )
