"""What an account of the ledger holds, and where a payment's money lies."""

from __future__ import annotations

from uuid import UUID

from peewee import fn

from domain.ledger import post as ledger
from kit.money import Money
from models.ledger import Posting
from models.payments import Payment


def credit_of(customer: UUID, currency: str) -> Money:
    """Credit that the customer may still use; below zero is what the customer got too much."""
    mine = (Posting.account == ledger.credit(customer)) & (Posting.currency == currency)
    held = Posting.select(fn.COALESCE(fn.SUM(Posting.amount), 0)).where(mine).scalar()
    return Money(-int(held), currency)


def till_of(payment: Payment) -> str:
    """The account that a payment's money went to: its gateway account, or the outside."""
    if payment.gateway_account_id is None:
        return ledger.external(payment.external or "import")
    return ledger.gateway(payment.gateway_account_id)
