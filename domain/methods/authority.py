"""The end of what a bank-account holder had authorised: the mandate, the consents, the schedules that stood on them."""

from __future__ import annotations

from datetime import datetime

from domain.events.record import Actor, record
from domain.methods import mandates
from domain.recoveries.rulebook import rules
from domain.schedules.states import NOT_AUTHORISED, pause_now
from models.base import locked, require_unit_of_work
from models.methods import BillingSchedule, Consent, PaymentMethod, ScheduleState

_UNAUTHORISED = "unauthorized"


def ended(method: PaymentMethod, code: str, now: datetime) -> bool:
    """A debit came back with a code that ends the authorisation (cases.md 47). In the caller's unit of work.

    Nothing is charged to the account from now on. Where the holder says that it was never authorised, its schedules
    stop as well, and the trail asks to keep the evidence: then it answers True. The mandate's words stay where
    they are.
    """
    require_unit_of_work()
    mandates.void(method.id, reason=code, at=now)
    rule = rules("nacha").rule(code, now.date())
    unauthorised = rule is not None and rule.counts_as == _UNAUTHORISED
    if unauthorised:
        _pause_schedules(method)
    record(
        "method.authority_ended",
        merchant=method.gateway_account.merchant_id,
        actor=Actor.GATEWAY,
        customer=method.customer_id,
        subject=method.id,
        facts={"code": code, "evidence": "keep" if unauthorised else ""},
    )
    return unauthorised


def _pause_schedules(method: PaymentMethod) -> None:
    under = Consent.select(Consent.id).where(Consent.method == method)
    on_it = (BillingSchedule.method == method) | BillingSchedule.consent.in_(under)
    running = (BillingSchedule.state == ScheduleState.ACTIVE) | BillingSchedule.paused_until.is_null(False)
    for schedule in locked(BillingSchedule.select().where(on_it & running).order_by(BillingSchedule.id)):
        pause_now(schedule, note=NOT_AUTHORISED, actor=Actor.GATEWAY)
