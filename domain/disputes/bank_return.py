"""A bank debit that comes back after it was final, up to 60 days later. Inside the unit of work of its record only."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from domain.disputes.card import note
from domain.disputes.reverse import reverse
from domain.events.record import Actor
from domain.ledger import post as ledger
from domain.ledger.balance import credit_of, till_of
from domain.mail import letters
from domain.mail.letters import DisputeNews
from domain.recoveries.declines import blocks_account, is_hard
from domain.refunds.split import refunded_of
from domain.refunds.states import COUNTED
from domain.schedules.states import pause_now
from kit.i18n import _
from kit.money import Money
from models.base import locked
from models.methods import (
    BillingSchedule,
    Consent,
    Mandate,
    MethodState,
    PaymentMethod,
    ScheduleState,
)
from models.orders import Order
from models.payments import Dispute, Payment

# Nacha: insufficient and uncollected funds say nothing about the authorisation; every other return ends it.
_KEEPS_MANDATE = frozenset({"R01", "R09"})
# Nacha's unauthorised returns: authorisation revoked, not authorised (consumer), not authorised (company).
_UNAUTHORISED = frozenset({"R07", "R10", "R29"})


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
    if payment.method_id is not None:
        _close_account(dispute, PaymentMethod.get_by_id(payment.method_id), now)
    unauthorised = dispute.code in _UNAUTHORISED
    if unauthorised:
        letters.dispute(dispute.id, DisputeNews.RETURNED)
    note(
        "payment.returned",
        dispute,
        payment,
        refunded_before=refunded_of(payment, counting=COUNTED),
        evidence="keep" if unauthorised else "",
    )
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


def _close_account(dispute: Dispute, method: PaymentMethod, now: datetime) -> None:
    """What a return code says about the bank account itself (cases.md 46 and 47)."""
    code = dispute.code
    values: dict[str, Any] = {"declined_at": now, "decline_code": code[:64]}
    if blocks_account(code):
        values |= {"state": MethodState.BLOCKED, "state_reason": code[:64]}
    elif is_hard(code):
        values |= {"state": MethodState.DECLINED, "state_reason": code[:64]}
    PaymentMethod.update(**values).where(
        (PaymentMethod.id == method.id) & (PaymentMethod.state != MethodState.DETACHED)
    ).execute()
    if code not in _KEEPS_MANDATE:
        Mandate.update(voided_at=now, void_reason=(code or dispute.reason)[:64]).where(
            (Mandate.method == method) & Mandate.voided_at.is_null()
        ).execute()
        Consent.update(revoked_at=now).where((Consent.method == method) & Consent.revoked_at.is_null()).execute()
    if code in _UNAUTHORISED:
        _pause_schedules(method)


def _pause_schedules(method: PaymentMethod) -> None:
    """Every schedule that is billed to the account, whether it names it or stands under a consent for it."""
    under = Consent.select(Consent.id).where(Consent.method == method)
    on_it = (BillingSchedule.method == method) | BillingSchedule.consent.in_(under)
    running = (BillingSchedule.state == ScheduleState.ACTIVE) | BillingSchedule.paused_until.is_null(False)
    why = _("The bank says that debits on this account are not authorised.")
    for schedule in locked(BillingSchedule.select().where(on_it & running).order_by(BillingSchedule.id)):
        pause_now(schedule, note=why, actor=Actor.GATEWAY)
