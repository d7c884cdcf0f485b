"""The declines behind a number of the page *Failed payments*, one by one: raw rows, the latest first."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

from peewee import fn

from domain.accounts.viewer import MerchantFacts
from domain.reports.counting import HELPERS, code_column, declined, network_column, retry_column
from domain.reports.filters import Filters
from domain.reports.raw_picked import raw_picked, tried_by
from domain.reports.shapes import PAGE, DeclinePage, ListedDecline, Share
from domain.reports.terms import term
from kit.money import Money
from models.customers import Customer
from models.methods import PaymentMethod
from models.orders import Order
from models.payments import Allocation, Origin, Payment
from models.reports import TryRollup

_AT_ONCE = 500  # rows of an export
_Orders = dict[UUID, list[tuple[UUID, str]]]


def listed(
    merchant: MerchantFacts,
    filters: Filters,
    now: datetime,  # noqa: ARG001 - a list is of its days, whenever it is read
    *,
    page: int = 1,
    size: int = PAGE,
) -> DeclinePage:
    """A page of the declines that `filters` picks. Three or four queries."""
    wanted = _wanted(merchant, filters)
    query = declined(merchant.id, fn.COUNT(Payment.id), fn.COALESCE(fn.SUM(Payment.amount), 0)).where(wanted)
    count, minor = query.tuples().get()
    total = Share(int(count), Money(int(minor), merchant.currency))
    pages = max(-(-total.count // size), 1)
    number = min(max(page, 1), pages)
    return DeclinePage(_rows(merchant, wanted, size, (number - 1) * size), total, number, pages)


def every(merchant: MerchantFacts, filters: Filters, now: datetime) -> Iterator[ListedDecline]:  # noqa: ARG001 - as above
    """The whole list, for an export: a few hundred rows at a time."""
    wanted, at = _wanted(merchant, filters), 0
    while rows := _rows(merchant, wanted, _AT_ONCE, at):
        yield from rows
        at += _AT_ONCE


def _wanted(merchant: MerchantFacts, filters: Filters) -> Any:
    wanted = raw_picked(TryRollup, merchant, filters, at=Payment.closed_at, number=retry_column())
    wanted &= Payment.currency == merchant.currency
    return wanted & tried_by(filters.channel) if filters.channel else wanted


def _rows(merchant: MerchantFacts, wanted: Any, limit: int, offset: int) -> tuple[ListedDecline, ...]:
    columns = (
        *(Payment.id, Payment.customer, Customer.name, Payment.closed_at, Payment.amount, Payment.currency),
        *(Payment.origin, code_column().alias("code"), network_column().alias("network")),
        *(PaymentMethod.kind.alias("kind"), PaymentMethod.last4, retry_column().alias("n")),
    )
    query = (
        declined(merchant.id, *columns)
        .join(Customer, on=(Payment.customer == Customer.id))
        .where(wanted)
        .order_by(Payment.closed_at.desc(), Payment.id.desc())
        .limit(limit)
        .offset(offset)
    )
    rows = list(query.tuples())
    orders = _orders([row[0] for row in rows])
    return tuple(_listed(row, orders) for row in rows)


def _listed(row: tuple[Any, ...], orders: _Orders) -> ListedDecline:
    id_, customer, name, at, minor, currency, origin, code, network, kind, last4, n = row
    return ListedDecline(
        payment_id=id_,
        customer_id=customer,
        customer=name,
        orders=tuple(orders.get(id_, ())),
        at=at,
        amount=Money(minor, currency),
        term=term(code),
        network=network,
        kind=kind,
        last4=last4,
        n=int(n),
        helper=HELPERS[Origin(origin)],
    )


def _orders(payments: list[UUID]) -> _Orders:
    found: _Orders = {}
    query: Any = Allocation.select(Allocation.payment, Order.id, Order.number).join(Order)
    for payment, order, number in query.where(Allocation.payment.in_(payments)).tuples():
        found.setdefault(payment, []).append((order, number))
    return found
