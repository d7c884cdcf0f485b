"""The append-only double-entry ledger (protocol.md 1). Debits are positive, credits negative.

A payment debits the gateway (or the outside) and credits the receivable of each order. Making an order posts nothing:
a receivable's balance is minus what was paid on it, and the order's own total says what was owed.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from kit.money import Money
from models.base import require_unit_of_work
from models.ledger import Journal, Posting


def gateway(account: UUID) -> str:
    """Money that a processor account holds for the merchant."""
    return f"gateway:{account}"


def external(kind: str) -> str:
    """Money that came outside the gateway: cash, cheque, transfer, import."""
    return f"external:{kind}"


def receivable(order: UUID) -> str:
    """What was paid on an order (credits)."""
    return f"receivable:{order}"


def credit(customer: UUID) -> str:
    """Money of a customer that belongs to no order."""
    return f"credit:{customer}"


def post(*, merchant: UUID, kind: str, source: str, at: datetime, lines: list[tuple[str, Money]]) -> None:
    """Writes one journal in the caller's unit of work.

    Raises ValueError when a currency's lines do not sum to zero, IntegrityError when (kind, source) was posted before.
    """
    require_unit_of_work()
    sums: dict[str, int] = {}
    for _account, amount in lines:
        sums[amount.currency] = sums.get(amount.currency, 0) + amount.minor
    if any(sums.values()) or not lines:
        raise ValueError(f"journal {kind} {source} does not balance")
    journal = Journal.create(merchant=merchant, kind=kind, source=source, at=at)
    for account, amount in lines:
        if amount:
            Posting.create(journal=journal, account=account, amount=amount.minor, currency=amount.currency)
