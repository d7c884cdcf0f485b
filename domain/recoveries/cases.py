"""Recoveries: opened by a failed automatic payment, closed by the money or by the end of the ladder.

Everything here runs inside record_outcome's unit of work.
"""

from __future__ import annotations

import json
from datetime import datetime
from uuid import UUID

from domain.events.record import Actor, record
from domain.mail import letters
from domain.methods.consent import covering
from domain.recoveries import ladder
from domain.recoveries.declines import group
from domain.work.wake import Work, wake
from models.orders import Order
from models.payments import (
    Attempt,
    Origin,
    Payment,
    PlannedTry,
    RecoveredBy,
    Recovery,
    RecoveryState,
    TryState,
)

_BY = {Origin.AUTOMATIC: RecoveredBy.RETRY, Origin.RETRY: RecoveredBy.RETRY, Origin.MERCHANT: RecoveredBy.MERCHANT}


def after_failure(order: Order, attempt: Attempt, now: datetime) -> None:
    """Opens or continues the order's recovery, plans the next try and writes to the customer."""
    decline = attempt.decline_code or "generic_decline"
    recovery = _open_case(order, attempt, decline, now)
    made = PlannedTry.select().where((PlannedTry.recovery == recovery) & (PlannedTry.state == TryState.MADE)).count()
    merchant = order.merchant
    following = ladder.plan(
        opened_at=recovery.opened_at,
        tries_made=made,
        decline=decline,
        now=now,
        zone=merchant.zone,
        hour=merchant.collect_hour,
    )
    if isinstance(following, ladder.Next) and covering(order, method=attempt.method_id) is None:
        following = ladder.Stop("No consent covers another try with this method.", exhausted=False)
    planned: PlannedTry | None = None
    if isinstance(following, ladder.Next):
        planned = _planned(recovery) or _plan(recovery, attempt, following, now)
    else:
        state = RecoveryState.EXHAUSTED if following.exhausted else RecoveryState.OPEN
        closed = now if following.exhausted else None
        Recovery.update(note=following.reason, state=state, closed_at=closed).where(
            Recovery.id == recovery.id
        ).execute()
        if following.exhausted:
            drop_tries(recovery.id)
    if group(decline) == "confirm":
        letters.confirm_at_bank(attempt.id)
    else:
        letters.payment_failed(recovery.id, attempt.id, next_try_id=planned.id if planned else None)


def _open_case(order: Order, attempt: Attempt, decline: str, now: datetime) -> Recovery:
    recovery = Recovery.get_or_none((Recovery.order == order) & (Recovery.state == RecoveryState.OPEN))
    if recovery is not None:
        Recovery.update(reason=decline, note="").where(Recovery.id == recovery.id).execute()
        return recovery
    recovery = Recovery.create(
        merchant=order.merchant_id,
        customer=order.customer_id,
        order=order,
        attempt=attempt,
        amount=order.open,
        currency=order.currency,
        reason=decline,
        opened_at=now,
    )
    record("recovery.opened", merchant=order.merchant_id, actor=Actor.CLOCK, customer=order.customer_id,
           subject=recovery.id, facts={"decline": decline})  # fmt: skip
    return recovery


def _planned(recovery: Recovery) -> PlannedTry | None:
    """The try that waits already (a person's own bank debit came back meanwhile). One at a time."""
    waiting = (PlannedTry.recovery == recovery) & (PlannedTry.state == TryState.PLANNED)
    return PlannedTry.get_or_none(waiting)


def _plan(recovery: Recovery, attempt: Attempt, following: ladder.Next, now: datetime) -> PlannedTry:
    return PlannedTry.create(
        merchant=recovery.merchant_id,
        recovery=recovery,
        n=PlannedTry.select().where(PlannedTry.recovery == recovery).count() + 1,
        due_at=following.at,
        method=attempt.method_id,
        slots=json.dumps([slot.isoformat() for slot in following.slots]),
        probability="1",  # a fixed ladder always takes its step
        reason=following.reason,
        created_at=now,
    )


def plan_again(planned: PlannedTry, at: datetime, now: datetime) -> None:
    """Puts a try back that the gateway could not be asked for. It does not count as made."""
    PlannedTry.update(state=TryState.DROPPED).where(PlannedTry.id == planned.id).execute()
    again = PlannedTry.create(
        merchant=planned.merchant_id,
        recovery=planned.recovery_id,
        n=PlannedTry.select().where(PlannedTry.recovery == planned.recovery_id).count() + 1,
        due_at=at,
        method=planned.method_id,
        slots=json.dumps([at.isoformat()]),
        probability="1",
        reason="The payment processor could not be asked.",
        created_at=now,
    )
    wake(Work.RETRY, again.id)


def after_success(payment: Payment, orders: list[UUID], now: datetime) -> None:
    """Closes the cases of orders that are paid now. An exhausted case that is paid after all counts as recovered."""
    cases = Recovery.select().where(
        Recovery.order.in_(orders) & Recovery.state.in_([RecoveryState.OPEN, RecoveryState.EXHAUSTED])
    )
    for case in cases:
        if Order.get_by_id(case.order_id).open:
            continue
        by = _BY.get(payment.origin, RecoveredBy.CUSTOMER)
        Recovery.update(state=RecoveryState.RECOVERED, by=by, payment=payment, closed_at=now).where(
            Recovery.id == case.id
        ).execute()
        drop_tries(case.id)
        record("recovery.closed", merchant=payment.merchant_id, actor=Actor.GATEWAY, customer=payment.customer_id,
               subject=case.id, facts={"by": by})  # fmt: skip


def stop(recovery: UUID, why: str) -> None:
    """Plans nothing more for a case; it stays open for the person."""
    Recovery.update(note=why).where(Recovery.id == recovery).execute()
    drop_tries(recovery)


def drop_tries(recovery: UUID) -> None:
    """No planned try of this case is made any more."""
    PlannedTry.update(state=TryState.DROPPED).where(
        (PlannedTry.recovery == recovery) & (PlannedTry.state == TryState.PLANNED)
    ).execute()
