"""What a merchant's person decides about a failed payment: try now, stop trying, go on by the plan.

A try is only brought forward, never added: what the networks and the customer have allowed is what the plan holds.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from domain.events.record import Actor, record
from domain.orders.locks import is_held, lock_orders
from domain.recoveries.cases import drop_tries, replan
from domain.recoveries.terms import Rule, Why, stop
from domain.work.wake import Work, wake
from integrations.gateways.base import MethodKind
from kit.clock import utc_now
from kit.errors import Conflict, DomainError, NotFound
from kit.i18n import _
from models.base import unit_of_work
from models.orders import Order
from models.payments import Attempt, AttemptState, PlannedTry, Promise, PromiseState, Recovery, RecoveryState, TryState

_APART = timedelta(hours=24)  # Mastercard and Visa count a card's tries by the day; issuers ask for a day between two
_MOVABLE = (Rule.POLICY, Rule.PAYDAY, Rule.BACKUP)  # the others wait for somebody: a network, a bank, a promise


def try_now(*, merchant: UUID, order: UUID, staff: UUID | None) -> bool:
    """Brings the planned try forward to now; False when it is due already (the button pressed twice).

    Raises NotFound, Conflict (a payment is under way), DomainError, saying why nothing can be tried now.
    """
    now = utc_now()
    with unit_of_work():
        row, case = _case(merchant, order)
        planned = PlannedTry.get_or_none((PlannedTry.recovery == case) & (PlannedTry.state == TryState.PLANNED))
        if planned is None:
            raise DomainError(
                _("No try is planned, because nothing may be charged by itself here. Take a payment instead.")
            )
        if planned.due_at <= now:
            return False
        _check(planned, now)
        PlannedTry.update(due_at=now, lease_until=None).where(
            (PlannedTry.id == planned.id) & (PlannedTry.state == TryState.PLANNED)
        ).execute()
        wake(Work.RETRY, planned.id)
        _tell("recovery.try_now", row, case, staff)
        return True


def _check(planned: PlannedTry, now: datetime) -> None:
    if planned.rule not in _MOVABLE or planned.method.kind == MethodKind.BANK:
        raise DomainError(_("This try has to wait for its day: the bank, the network or the customer has named it."))
    latest = (
        Attempt.select()
        .where((Attempt.method == planned.method_id) & (Attempt.state == AttemptState.FAILED))
        .order_by(Attempt.closed_at.desc())
        .first()
    )
    if latest is not None and latest.closed_at is not None and latest.closed_at > now - _APART:
        raise DomainError(_("This card was declined within the last 24 hours. A try so soon would only use one up."))


def stop_trying(*, merchant: UUID, order: UUID, staff: UUID | None) -> bool:
    """No automatic try any more: the order stays owed and the customer may pay. False when they have stopped before.

    Raises NotFound, Conflict (a payment is under way), DomainError (no failed payment is being collected).
    """
    with unit_of_work():
        row, case = _case(merchant, order)
        tried = PlannedTry.select().where((PlannedTry.recovery == case) & (PlannedTry.state == TryState.PLANNED))
        if case.why == Why.MERCHANT and not tried.exists():
            return False
        ended = stop(Why.MERCHANT)
        Recovery.update(why=ended.why, note=ended.reason).where(Recovery.id == case.id).execute()
        drop_tries(case.id)
        promised = (Promise.recovery == case) & (Promise.state == PromiseState.OPEN)
        Promise.update(method=None).where(promised).execute()  # the day stands, without its charge
        _tell("recovery.stopped", row, case, staff)
        return True


def go_on_trying(*, merchant: UUID, order: UUID, staff: UUID | None) -> datetime | None:
    """Plans by the policy again, and answers when the next try is made; None when none can be. Raises as above."""
    with unit_of_work():
        row, case = _case(merchant, order)
        if case.why == Why.MERCHANT:
            case.why = ""
            replan(case, utc_now())
            _tell("recovery.resumed", row, case, staff)
        planned = PlannedTry.get_or_none((PlannedTry.recovery == case) & (PlannedTry.state == TryState.PLANNED))
        return planned.due_at if planned else None


def _case(merchant: UUID, order: UUID) -> tuple[Order, Recovery]:
    if not Order.select().where((Order.id == order) & (Order.merchant == merchant)).exists():
        raise NotFound(_("This purchase is not there."))
    row = lock_orders([order])[0]
    if is_held(row.id):
        raise Conflict(_("A payment for %(number)s is under way. Wait until it is done.") % {"number": row.number})
    case = Recovery.get_or_none((Recovery.order == row) & (Recovery.state == RecoveryState.OPEN))
    if case is None:
        raise DomainError(_("No failed payment of it is being collected."))
    return row, case


def _tell(kind: str, row: Order, case: Recovery, staff: UUID | None) -> None:
    record(
        kind,
        merchant=row.merchant_id,
        actor=Actor.STAFF,
        actor_id=staff,
        customer=row.customer_id,
        subject=case.id,
        facts={"order": str(row.id)},
    )
