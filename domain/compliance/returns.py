"""Bank debits of a processor account and how many came back: what the return rates are made of."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from typing import Any

from peewee import fn

from domain.compliance.terms import Gauge, gauges
from domain.recoveries.rulebook import rules
from integrations.gateways.base import MethodKind
from models.merchants import GatewayAccount
from models.methods import PaymentMethod
from models.payments import Attempt, AttemptState, Dispute, DisputeKind, Payment, PaymentState

_LATE = timedelta(days=30)  # a payment that waited so long before it was sent is an old one's repeat, and none of ours


def window() -> timedelta:
    """Nacha counts over 60 days."""
    return rules("nacha").levels[0].within


def gauges_of(account: GatewayAccount, now: datetime, *, brake_at: int) -> tuple[Gauge, ...]:
    """The account's rates of the last 60 days, with the merchant's `brake_at`. Three queries."""
    since = now - window()
    return gauges(returned(account, since), debits=debits(account, since), brake_at=brake_at)


def debits(account: GatewayAccount, since: datetime) -> int:
    """Bank debits that were sent since then and that the bank took in; what was refused before is none."""
    sent = (Attempt.sent_at > since) & (Payment.created_at > since - _LATE)
    return int(_entries(account).where(sent).count())


def returned(account: GatewayAccount, since: datetime) -> Counter[str]:
    """How many came back since then, by return code: in the first days as a failure, later as a bank return.

    A rate's returns and debits are those of the same days, whichever debit a return belongs to (Nacha's reckoning).
    """
    failed = Payment.state == PaymentState.FAILED
    early: Any = (
        _entries(account, Attempt.decline_code, fn.COUNT(Attempt.id))
        .where(failed & (Attempt.state == AttemptState.FAILED) & (Attempt.closed_at > since))
        .group_by(Attempt.decline_code)
    )
    late: Any = (
        Dispute.select(Dispute.code, fn.COUNT(Dispute.id))
        .where(
            (Dispute.gateway_account == account)
            & (Dispute.kind == DisputeKind.BANK_RETURN)
            & (Dispute.opened_at > since)
        )
        .group_by(Dispute.code)
    )
    counted: Counter[str] = Counter()
    for rows in (early, late):
        for code, count in rows.tuples():
            counted[code or ""] += count
    return counted


def _entries(account: GatewayAccount, *columns: Any) -> Any:
    """Bank debits that got as far as the bank: only those have a day on which they become final."""
    return (
        Attempt.select(*columns)
        .join(Payment)
        .switch(Attempt)
        .join(PaymentMethod)
        .where(
            (Payment.merchant == account.merchant_id)
            & (Attempt.gateway_account == account)
            & Attempt.final_on.is_null(False)
            & (PaymentMethod.kind == MethodKind.BANK)
        )
    )
