"""Recoveries: opened by a failed automatic payment, closed by the money or by the end of the plan.

Everything here runs inside a unit of work in which the order is locked: record_outcome's, or that of a use case.
"""

from __future__ import annotations

import json
from datetime import datetime
from uuid import UUID

from domain.events.record import Actor, record
from domain.mail import letters
from domain.methods.consent import newly_covering
from domain.orders.locks import is_held, lock_orders
from domain.payments import waiting as waiting_orders
from domain.payments.minimum import minimum
from domain.recoveries import ending
from domain.recoveries.declines import CONFIRM, Verdict, verdict_on
from domain.recoveries.history import case_of
from domain.recoveries.plan import plan
from domain.recoveries.terms import Next, Rule, Stop, Why
from domain.recoveries.terms import stop as stop_for
from domain.reports import dirty
from domain.work.wake import Work, wake
from integrations.gateways.base import MethodKind
from kit.clock import utc_now
from models.base import require_unit_of_work
from models.methods import Consent
from models.orders import Collect, Order
from models.payments import (
    Attempt,
    Origin,
    Payment,
    PlannedTry,
    Promise,
    PromiseState,
    RecoveredBy,
    Recovery,
    RecoveryState,
    TryState,
)

_BY = {Origin.AUTOMATIC: RecoveredBy.RETRY, Origin.RETRY: RecoveredBy.RETRY, Origin.MERCHANT: RecoveredBy.MERCHANT}
_ARMED_BY_A_METHOD = (Why.METHOD, Why.CONFIRM, Why.CONSENT)


def after_failure(order: Order, attempt: Attempt, now: datetime) -> None:
    """Opens or continues the order's recovery, plans the next try and writes to the customer."""
    judged = verdict_on(attempt)
    recovery = _open_case(order, attempt, judged, now)
    planned = replan(recovery, now)
    if judged.reason == CONFIRM:
        letters.confirm_at_bank(attempt.id)
    else:
        letters.payment_failed(recovery.id, attempt.id, next_try_id=planned.id if planned else None)


def _open_case(order: Order, attempt: Attempt, judged: Verdict, now: datetime) -> Recovery:
    recovery = Recovery.get_or_none((Recovery.order == order) & (Recovery.state == RecoveryState.OPEN))
    if recovery is not None:
        Recovery.update(reason=judged.code).where(Recovery.id == recovery.id).execute()
        return recovery
    recovery = Recovery.create(
        merchant=order.merchant_id,
        customer=order.customer_id,
        order=order,
        attempt=attempt,
        amount=order.open,
        currency=order.currency,
        reason=judged.code,
        opened_at=now,
    )
    dirty.mark_case(recovery.id)
    record("recovery.opened", merchant=order.merchant_id, actor=Actor.CLOCK, customer=order.customer_id,
           subject=recovery.id, facts={"decline": judged.code})  # fmt: skip
    return recovery


def replan(recovery: Recovery, now: datetime) -> PlannedTry | None:
    """Plans an open recovery anew from all that has happened; the budget that is spent stays spent.

    The try that was planned gives way. None when no try is planned: the case says why, and ends when the plan has.
    """
    require_unit_of_work()
    drop_tries(recovery.id)
    order: Order = Order.get_by_id(recovery.order_id)
    if recovery.state != RecoveryState.OPEN:
        return None
    following = stop_for(Why.AHEAD) if order.collect_at is not None else plan(case_of(recovery, order, now))
    stopped = recovery.why == Why.MERCHANT  # only the merchant's people let it go on
    if stopped and not _passes_a_stop(following):
        return None
    if isinstance(following, Stop):
        _stopped(recovery, order, following, now)
        return None
    note = following.reason if following.rule in (Rule.NETWORK, Rule.WAIT) else ""
    if not stopped:
        Recovery.update(why="", note=note).where(Recovery.id == recovery.id).execute()
    return _plan(recovery, following, now)


def _passes_a_stop(following: Next | Stop) -> bool:
    """What the customer has asked for since; and nothing is collected that is not owed any more."""
    return following.why is Why.SETTLED if isinstance(following, Stop) else following.rule is Rule.PROMISE


def _stopped(recovery: Recovery, order: Order, following: Stop, now: datetime) -> None:
    if following.why is Why.SETTLED:
        not_needed(recovery.id, now)
        return
    Recovery.update(why=following.why, note=following.reason).where(Recovery.id == recovery.id).execute()
    if following.why is Why.EXHAUSTED:
        ending.exhaust(recovery, order, now)


def _plan(recovery: Recovery, following: Next, now: datetime) -> PlannedTry:
    slots = [{"at": slot.at.isoformat(), "probability": slot.probability} for slot in following.slots]
    return PlannedTry.create(
        merchant=recovery.merchant_id,
        recovery=recovery,
        n=_following_number(recovery.id),
        due_at=following.at,
        method=following.method,
        rule=following.rule,
        slots=json.dumps(slots),
        probability=following.probability,
        reason=following.reason,
        created_at=now,
    )


def _following_number(recovery: UUID) -> int:
    return int(PlannedTry.select().where(PlannedTry.recovery == recovery).count()) + 1


def plan_again(planned: PlannedTry, at: datetime, now: datetime) -> None:
    """Puts a try back that the gateway could not be asked for. It does not count as made."""
    drop_tries(planned.recovery_id)
    PlannedTry.update(state=TryState.DROPPED).where(PlannedTry.id == planned.id).execute()
    again = PlannedTry.create(
        merchant=planned.merchant_id,
        recovery=planned.recovery_id,
        n=_following_number(planned.recovery_id),
        due_at=at,
        method=planned.method_id,
        rule=Rule.OUTAGE,
        slots=json.dumps([{"at": at.isoformat(), "probability": "1"}]),
        probability="1",
        reason="The payment processor could not be asked.",
        created_at=now,
    )
    wake(Work.RETRY, again.id)


def after_success(payment: Payment, orders: list[UUID], now: datetime) -> None:
    """Closes the cases of orders that are paid now; one that had ended without success revives (cases.md 59).

    An order that is paid in part keeps its case and its plan; only a returned debit, which may be presented again
    only over the same amount, is planned anew (cases.md 52).
    """
    cases = Recovery.select().where(
        Recovery.order.in_(orders) & Recovery.state.in_([RecoveryState.OPEN, RecoveryState.EXHAUSTED])
    )
    for case in list(cases):
        order = Order.get_by_id(case.order_id)
        if not order.open:
            _recovered(case, payment, now)
            ending.revive(order)
        elif case.state == RecoveryState.OPEN and _changes_with_the_amount(_planned(case.id), order):
            replan(case, now)


def _changes_with_the_amount(planned: PlannedTry | None, order: Order) -> bool:
    too_small = order.open < minimum(order.currency).minor
    return planned is not None and (too_small or planned.method.kind == MethodKind.BANK)


def after_own_try(order: Order, now: datetime, *, ended: UUID | None) -> None:
    """Somebody's own try has failed. A plan with a method that has proved no good (`ended`) is made anew; one that had
    stopped for want of a method goes on, if a consent came while the order was held."""
    case = Recovery.get_or_none((Recovery.order == order) & (Recovery.state == RecoveryState.OPEN))
    if case is None:
        return
    planned = _planned(case.id)
    if planned is not None and planned.method_id == ended:
        replan(case, now)
    elif planned is None and case.why in _ARMED_BY_A_METHOD:
        _arm(case, order, None, now)


def _recovered(case: Recovery, payment: Payment, now: datetime) -> None:
    by = _BY.get(payment.origin, RecoveredBy.CUSTOMER)
    Recovery.update(state=RecoveryState.RECOVERED, by=by, payment=payment, closed_at=now, why="", note="").where(
        Recovery.id == case.id
    ).execute()
    drop_tries(case.id)
    close_promises(case.id, PromiseState.KEPT, now)
    record("recovery.closed", merchant=payment.merchant_id, actor=Actor.GATEWAY, customer=payment.customer_id,
           subject=case.id, facts={"by": by})  # fmt: skip


def not_needed(recovery: UUID, now: datetime) -> None:
    """The order was cancelled or settled otherwise: the case ends, and what was planned for it (cases.md 58)."""
    require_unit_of_work()
    ended = stop_for(Why.SETTLED)
    Recovery.update(state=RecoveryState.CANCELLED, why=ended.why, note=ended.reason, closed_at=now).where(
        (Recovery.id == recovery) & (Recovery.state == RecoveryState.OPEN)
    ).execute()
    drop_tries(recovery)
    close_promises(recovery, PromiseState.WITHDRAWN, now)


def rearm(customer: UUID, method: UUID | None = None) -> int:
    """A method has become usable under a consent: what had stopped for want of one is planned anew (cases.md 40).

    In the caller's unit of work; answers how many tries were planned. The order is collected with the new method from
    now on. `method`: the one that has become usable, when the caller knows; else the one consented to last.
    """
    require_unit_of_work()
    now = utc_now()
    waiting = (
        (Recovery.customer == customer)
        & (Recovery.state == RecoveryState.OPEN)
        & Recovery.why.in_([str(why) for why in _ARMED_BY_A_METHOD])
    )
    cases = {case.order_id: case for case in Recovery.select().where(waiting)}
    planned = waiting_orders.arm(customer, method)
    for order in lock_orders(list(cases)) if cases else []:
        case = Recovery.get_by_id(cases[order.id].id)
        if case.state != RecoveryState.OPEN or is_held(order.id) or order.collect != Collect.AUTOMATIC:
            continue
        planned += _arm(case, order, method, now)
    return planned


def _arm(case: Recovery, order: Order, method: UUID | None, now: datetime) -> bool:
    _collect_with(order, newly_covering(order, method=method, since=case.opened_at))
    return replan(case, now) is not None


def _collect_with(order: Order, consent: Consent | None) -> None:
    if consent is not None and consent.method_id != order.method_id:
        Order.update(method=consent.method_id, consent=consent.id).where(Order.id == order.id).execute()


def stop(recovery: UUID, reason: str, *, why: Why = Why.CONSENT) -> None:
    """Plans nothing more for a case; it stays open for the person."""
    Recovery.update(why=why, note=reason).where(Recovery.id == recovery).execute()
    drop_tries(recovery)


def _planned(recovery: UUID) -> PlannedTry | None:
    return PlannedTry.get_or_none((PlannedTry.recovery == recovery) & (PlannedTry.state == TryState.PLANNED))


def drop_tries(recovery: UUID) -> None:
    """No planned try of this case is made any more. Whatever changes a case comes by here, so its day is marked."""
    dirty.mark_case(recovery)
    PlannedTry.update(state=TryState.DROPPED).where(
        (PlannedTry.recovery == recovery) & (PlannedTry.state == TryState.PLANNED)
    ).execute()


def close_promises(recovery: UUID, state: PromiseState, now: datetime) -> None:
    """What had been promised for this case is kept, or not needed any more."""
    Promise.update(state=state, due_at=None, closed_at=now).where(
        (Promise.recovery == recovery) & (Promise.state == PromiseState.OPEN)
    ).execute()
