"""At risk and pending, as they stand now, and the lists behind the two numbers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from peewee import SQL, fn

from domain.accounts.viewer import MerchantFacts
from domain.desk.terms import Sum
from kit.money import Money
from models.customers import Customer
from models.orders import Order
from models.payments import Attempt, OrderHold, Payment, Recovery, RecoveryState

MOST = 500


@dataclass(frozen=True)
class Standing:
    """What failed and is still being recovered, and what is on its way; both at what is open now."""

    risk: Sum
    pending: Sum


@dataclass(frozen=True)
class Line:
    """One of them: whose order, how much, since when."""

    customer: UUID
    name: str
    order: UUID
    number: str
    amount: Money
    since: datetime


def sums_of(merchant: MerchantFacts) -> tuple[Any, ...]:
    """The queries of both sums, as branches of domain/desk/week.py's: one query tells both."""
    rest = (SQL("0"), SQL("0"), Order.currency, fn.COUNT(Order.id), fn.SUM(Order.open))
    return (
        _risk(merchant, SQL("'risk'"), *rest).group_by(Order.currency),
        _pending(merchant, SQL("'pending'"), *rest).group_by(Order.currency),
    )


def lines(merchant: MerchantFacts, *, pending: bool) -> list[Line]:
    """The orders behind a sum, the largest first, 500 at most. One query."""
    columns = (Customer.id, Customer.name, Order.id, Order.number, Order.open, Order.currency)
    query: Any = (
        _pending(merchant, *columns, Attempt.reserved_at) if pending else _risk(merchant, *columns, Recovery.opened_at)
    )
    rows = query.order_by(Order.open.desc(), Order.id).limit(MOST).tuples()
    return [Line(row[0], row[1], row[2], row[3], Money(row[4], row[5]), row[6]) for row in rows]


def _risk(merchant: MerchantFacts, *columns: Any) -> Any:
    """Orders whose automatic payment failed and that are still being recovered; a payment under way is pending."""
    held = OrderHold.select(SQL("1")).where(OrderHold.order == Order.id)
    return (
        Recovery.select(*columns)
        .join(Order)
        .join(Customer)
        .where(
            (Recovery.merchant == merchant.id)
            & (Recovery.state == RecoveryState.OPEN)
            & (Order.open > 0)
            & ~fn.EXISTS(held)
        )
    )


def _pending(merchant: MerchantFacts, *columns: Any) -> Any:
    """Orders on which a payment is under way: asked for, and not yet answered for good."""
    return (
        OrderHold.select(*columns)
        .join(Order)
        .join(Customer)
        .switch(OrderHold)
        .join(Attempt)
        .join(Payment)
        .where(Payment.merchant == merchant.id)
    )
