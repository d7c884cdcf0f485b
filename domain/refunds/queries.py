"""Reads of money that went back: what a customer sees of it on an order, on a receipt and on the account home."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from peewee import JOIN, fn

from domain.ledger import post as ledger
from domain.ledger.balance import UNDER_WAY, refunds_from_credit
from domain.methods.queries import label
from kit.calendar import local_day
from kit.money import Money
from models.ledger import Posting
from models.methods import PaymentMethod
from models.payments import Payment, Refund, RefundState


@dataclass(frozen=True)
class Back:
    """A refund as its receiver sees it: how much, of which day, to which method; `arrived` once it was made."""

    amount: Money
    on: date
    method: str  # as it is called; nothing for one outside the portal
    arrived: bool


def backs_of_payment(payment: Payment, *, zone: str) -> tuple[Back, ...]:
    """What went back, or is on its way back, of a payment, for its receipt; the newest first."""
    rows = _refunds().where((Refund.payment == payment) & (Refund.state != RefundState.FAILED))
    return tuple(_back(row, row.amount, zone) for row in rows)


def backs_under_way(customer: UUID, *, zone: str) -> tuple[Back, ...]:
    """What is on its way back to a customer: one query."""
    rows = _refunds().where((Payment.customer == customer) & Refund.state.in_(UNDER_WAY))
    return tuple(_back(row, row.amount, zone) for row in rows)


def credits_of(customer: UUID) -> tuple[Money, ...]:
    """The credit that a customer may use, one amount per currency, without what is on its way back: two queries."""
    spoken_for = refunds_from_credit(customer)  # first: domain.ledger.balance.usable_credit says why
    rows: Any = (
        Posting.select(Posting.currency, fn.SUM(Posting.amount))
        .where(Posting.account == ledger.credit(customer))
        .group_by(Posting.currency)
        .order_by(Posting.currency)
        .tuples()
    )
    usable = [Money(-int(held) - spoken_for.get(currency, 0), currency) for currency, held in rows]
    return tuple(each for each in usable if each.minor > 0)


def _refunds() -> Any:
    return (
        Refund.select(Refund, Payment, PaymentMethod)
        .join(Payment)
        .join(PaymentMethod, JOIN.LEFT_OUTER)
        .order_by(Refund.created_at.desc())
    )


def _back(row: Refund, minor: int, zone: str) -> Back:
    method = row.payment.method if row.payment.method_id else None
    return Back(
        amount=Money(minor, row.currency),
        on=local_day(row.closed_at or row.created_at, zone),
        method=label(method.brand, method.last4) if method else "",
        arrived=row.state == RefundState.SUCCEEDED,
    )
