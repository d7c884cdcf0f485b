"""What a plan depends on, read from the store: what happened to this obligation, and what may be charged for it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from domain.merchants.policy import policy_of
from domain.methods.consent import backups, covering
from domain.payments.minimum import minimum
from domain.recoveries import slots
from domain.recoveries.ceiling import declines_of
from domain.recoveries.declines import verdict_on
from domain.recoveries.terms import Case, Failure, Method, Promised, Rule, Why
from integrations.gateways.base import MethodKind
from models.methods import MethodState, PaymentMethod
from models.orders import Collect, Order
from models.payments import (
    Allocation,
    Attempt,
    AttemptState,
    Origin,
    Payment,
    PlannedTry,
    Promise,
    PromiseState,
    Recovery,
    TryState,
)

_UNATTENDED = (Origin.AUTOMATIC, Origin.RETRY)


def case_of(recovery: Recovery, order: Order, now: datetime) -> Case:
    """Everything that the next try of a recovery depends on. Right only while the order is locked."""
    policy, house = policy_of(order.merchant_id), order.merchant
    primary: PaymentMethod = order.method or recovery.attempt.method
    standby = [consent.method for consent in backups(order) if consent.method_id != primary.id]
    bank_fits = order.currency == "USD"
    spare = [method for method in standby if bank_fits or method.kind != MethodKind.BANK]
    number = PlannedTry.select().where(PlannedTry.recovery == recovery).count() + 1
    return Case(
        opened_at=recovery.opened_at,
        failures=_failures(recovery, order),
        methods=(_primary(primary, order, now), *(_method(each, order, now) for each in spare)),
        open=order.open,
        least=minimum(order.currency).minor,
        policy=policy,
        zone=house.zone,
        hour=house.collect_hour if policy.hour is None else policy.hour,
        now=now,
        promised=_promised(order),
        draw=slots.draw(house.slug, order.number, number),
        paused_until=order.customer.tries_paused_until,
    )


def _failures(recovery: Recovery, order: Order) -> tuple[Failure, ...]:
    rows: Any = (
        Attempt.select(Attempt, Payment, PaymentMethod)
        .join(Payment)
        .join(Allocation)
        .switch(Attempt)
        .join(PaymentMethod)
        .where((Allocation.order == order) & (Attempt.state == AttemptState.FAILED))
        .order_by(Attempt.closed_at, Attempt.id)
    )
    return tuple(_failure(row, recovery) for row in rows)


def _failure(row: Attempt, recovery: Recovery) -> Failure:
    at, judged = row.closed_at or row.state_since, verdict_on(row)
    # A method that was ended by a hard decline is usable again only after it worked, or was added again.
    revived = judged.ends_method and row.method.state == MethodState.USABLE
    return Failure(
        at=at,
        method=row.method_id,
        verdict=judged,
        amount=row.amount,
        automatic=row.payment.origin in _UNATTENDED and at >= recovery.opened_at,
        superseded=revived,
    )


def _primary(method: PaymentMethod, order: Order, now: datetime) -> Method:
    if method.state != MethodState.USABLE:
        return _method(method, order, now, barred=Why.METHOD)
    unattended = order.collect == Collect.AUTOMATIC and covering(order, method=method.id) is not None
    return _method(method, order, now, barred=None if unattended else Why.CONSENT)


def _method(method: PaymentMethod, order: Order, now: datetime, *, barred: Why | None = None) -> Method:
    if not method.gateway_account.active:
        barred = barred or Why.METHOD
    if order.collect != Collect.AUTOMATIC:
        barred = barred or Why.CONSENT
    return Method(
        id=method.id,
        brand=method.brand,
        bank=method.kind == MethodKind.BANK,
        barred=barred,
        declines=declines_of(method, now),
    )


def _promised(order: Order) -> Promised | None:
    row = Promise.get_or_none((Promise.order == order) & (Promise.state == PromiseState.OPEN))
    if row is None:
        return None
    tried = PlannedTry.select().where(
        (PlannedTry.recovery == row.recovery_id)
        & (PlannedTry.rule == Rule.PROMISE)
        & (PlannedTry.state == TryState.MADE)
        & (PlannedTry.created_at >= row.made_at)
    )
    return Promised(row.day, row.method_id, tried=tried.exists())
