"""What an account of the ledger holds, and where a payment's money lies."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from peewee import JOIN, fn

from domain.ledger import post as ledger
from kit.money import Money
from models.ledger import Posting
from models.payments import Payment, Refund, RefundAllocation
from models.payments import RefundState as S

UNDER_WAY = (S.RESERVED, S.SENDING, S.UNKNOWN, S.PENDING, S.REVIEW)  # asked for, and not in the books yet


def credit_of(customer: UUID, currency: str) -> Money:
    """What the books hold for the customer; below zero is what the customer got too much."""
    mine = (Posting.account == ledger.credit(customer)) & (Posting.currency == currency)
    held = Posting.select(fn.COALESCE(fn.SUM(Posting.amount), 0)).where(mine).scalar()
    return Money(-int(held), currency)


def usable_credit(customer: UUID, currency: str) -> Money:
    """Credit that may be used or given back: without what refunds under way will take of it. Never below zero.

    Only sure while the customer's credit is locked (domain.orders.locks.lock_credit). The refunds are read first: one
    that is booked between the two questions then counts twice, never not at all.
    """
    spoken_for = refunds_from_credit(customer).get(currency, 0)
    return Money(max(0, credit_of(customer, currency).minor - spoken_for), currency)


def refunds_from_credit(customer: UUID) -> dict[str, int]:
    """What a customer's refunds under way will take of the credit, in minor units by currency: what of each is of no
    order. One query."""
    rows: Any = (
        Refund.select(Refund.currency, Refund.amount, fn.COALESCE(fn.SUM(RefundAllocation.amount), 0))
        .join(Payment)
        .switch(Refund)
        .join(RefundAllocation, JOIN.LEFT_OUTER)
        .where((Payment.customer == customer) & Refund.state.in_(UNDER_WAY))
        .group_by(Refund.id, Refund.currency, Refund.amount)
        .tuples()
    )
    taken: dict[str, int] = {}
    for currency, amount, of_orders in rows:
        taken[currency] = taken.get(currency, 0) + amount - int(of_orders)
    return taken


def till_of(payment: Payment) -> str:
    """The account that a payment's money went to: its gateway account, or the outside."""
    if payment.gateway_account_id is None:
        return ledger.external(payment.external or "import")
    return ledger.gateway(payment.gateway_account_id)
