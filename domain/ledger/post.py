"""The append-only double-entry ledger (protocol.md 1). Debits are positive, credits negative.

Making an order posts nothing: the order's own total says what was owed. A receivable's balance is minus what settled it
by money that the ledger knows: `paid`, credit that was used, and what was written off. Voids and the adjustments that a
refund leaves behind post nothing, because no money stands behind them: they say that less is owed.
Which journal touches which account: docs/decisions/0006-refunds-and-disputes.md.
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
    """What settled an order (credits)."""
    return f"receivable:{order}"


def credit(customer: UUID) -> str:
    """Money of a customer that belongs to no order (credits); a debit balance is what the customer got too much."""
    return f"credit:{customer}"


def dispute(payment: UUID) -> str:
    """Money of a payment that a card network took back and has not decided about, or whose loss nobody has booked."""
    return f"dispute:{payment}"


WRITE_OFF = "write_off"  # what the merchant bears: lost disputes, open amounts given up, credit given as a courtesy


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
