"""A bank debit that comes back after it was final, up to 60 days later. Inside the unit of work of its record only."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from domain.compliance import brakes
from domain.disputes.card import note
from domain.disputes.reverse import reverse
from domain.ledger import post as ledger
from domain.ledger.balance import credit_of, till_of
from domain.mail import letters
from domain.mail.letters import DisputeNews
from domain.methods import authority
from domain.recoveries.declines import verdict
from domain.refunds.split import refunded_of
from domain.refunds.states import COUNTED
from kit.calendar import local_day
from kit.money import Money
from models.methods import MethodState, PaymentMethod
from models.orders import Order
from models.payments import Dispute, Payment

# Nacha: insufficient and uncollected funds say nothing about the authorisation; every other return ends it.
_KEEPS_MANDATE = frozenset({"R01", "R09"})


def returned(dispute: Dispute, payment: Payment, orders: list[Order], now: datetime) -> None:
    """Every share of the payment is reversed and its orders are owed again, by hand (protocol.md 4)."""
    back = Money(dispute.amount, dispute.currency)
    lines = reverse(dispute, payment, orders, now)
    ledger.post(
        merchant=payment.merchant_id,
        kind="return",
        source=str(dispute.id),
        at=now,
        lines=[(till_of(payment), -back), *lines],
    )
    method = PaymentMethod.get_or_none(PaymentMethod.id == payment.method_id)
    closed = [_close_account(dispute, row, now) for row in (_rows_of(method) if method is not None else ())]
    unauthorised = any(closed)
    if unauthorised:
        letters.dispute(dispute.id, DisputeNews.RETURNED)
    note(
        "payment.returned",
        dispute,
        payment,
        refunded_before=refunded_of(payment, counting=COUNTED),
        evidence="keep" if unauthorised else "",
    )
    brakes.judge(dispute.gateway_account, now)
    if credit_of(payment.customer_id, dispute.currency).minor < 0:
        note("payment.needs_a_person", dispute, payment, why="more went back than came in")


def given_back(dispute: Dispute, payment: Payment, now: datetime) -> None:
    """The bank gives a returned debit back after all. Its orders are owed again already, so it becomes credit."""
    back = Money(dispute.amount, dispute.currency)
    ledger.post(
        merchant=payment.merchant_id,
        kind="return_won",
        source=str(dispute.id),
        at=now,
        lines=[(till_of(payment), back), (ledger.credit(payment.customer_id), -back)],
    )
    note("payment.needs_a_person", dispute, payment, why="a returned debit was given back", to_credit=dispute.amount)


def _rows_of(method: PaymentMethod) -> list[PaymentMethod]:
    """The debited row, and the one that stands for the same account now, should it have given way."""
    same = (PaymentMethod.gateway_account == method.gateway_account_id) & (
        PaymentMethod.fingerprint == method.fingerprint
    )
    stored = (PaymentMethod.customer == method.customer_id) & (PaymentMethod.state != MethodState.DETACHED)
    others = PaymentMethod.select().where(same & stored & (PaymentMethod.id != method.id))
    return [method, *others]


def _close_account(dispute: Dispute, method: PaymentMethod, now: datetime) -> bool:
    """What a return code says about the bank account itself (cases.md 46, 47). True: it was never authorised."""
    code = dispute.code or dispute.reason  # one without a code is judged as one that we do not know
    judged = verdict(code, on=local_day(now, dispute.payment.merchant.zone))
    values: dict[str, Any] = {"declined_at": now, "decline_code": code[:64]}
    if judged.blocks_account:
        values |= {"state": MethodState.BLOCKED, "state_reason": code[:64]}
    elif judged.ends_method:
        values |= {"state": MethodState.DECLINED, "state_reason": code[:64]}
    PaymentMethod.update(**values).where(
        (PaymentMethod.id == method.id) & (PaymentMethod.state != MethodState.DETACHED)
    ).execute()
    return code not in _KEEPS_MANDATE and authority.ended(method, code, now)
