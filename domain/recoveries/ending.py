"""The end of a recovery without success: the merchant's end action, once; and what paying after all undoes."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from domain.events.record import Actor, record
from domain.merchants.policy import policy_of
from domain.orders.locks import is_held, lock_orders
from domain.reports import dirty
from domain.schedules.states import end_now, pause_now, resume_now
from kit.calendar import local_day
from kit.clock import utc_now
from models.base import locked, require_unit_of_work, unit_of_work
from models.merchants import EndAction
from models.methods import BillingSchedule, ScheduleState
from models.orders import Order
from models.payments import PlannedTry, Promise, PromiseState, Recovery, RecoveryState, TryState

UNPAID = "An order of it is unpaid."  # kept in the schedule's note: only such a pause ends when the order is paid


def exhaust(recovery: Recovery, order: Order, now: datetime) -> bool:
    """Ends a recovery without success and does what the merchant wants then. False when it had ended already.

    In the caller's unit of work, with the order locked. The customer keeps every way to pay.
    """
    require_unit_of_work()
    still = (Recovery.id == recovery.id) & (Recovery.state == RecoveryState.OPEN)
    if not Recovery.update(state=RecoveryState.EXHAUSTED, closed_at=now).where(still).execute():
        return False
    dirty.mark_case(recovery.id)
    action = policy_of(order.merchant_id).end_action
    record("recovery.exhausted", merchant=order.merchant_id, actor=Actor.CLOCK, customer=order.customer_id,
           subject=recovery.id, facts={"then": action})  # fmt: skip
    _act(action, order)
    return True


def _act(action: EndAction, order: Order) -> None:
    if action is EndAction.WRITE_OFF:
        from domain.orders.adjust import write_off  # it closes cases itself, for people who write off by hand

        write_off(order=order.id, note="The recovery ended without success.", actor=Actor.CLOCK)
    schedule = _schedule_of(order) if action is not EndAction.LEAVE else None
    if schedule is None:
        return
    if action is EndAction.END:
        end_now(schedule, note=UNPAID, actor=Actor.CLOCK)
    elif schedule.state == ScheduleState.ACTIVE:
        pause_now(schedule, note=UNPAID, actor=Actor.CLOCK)


def revive(order: Order) -> None:
    """An order was paid after all: its schedule goes on, if it paused for that and nothing else of it is unpaid."""
    require_unit_of_work()
    schedule = _schedule_of(order)
    if schedule is None or schedule.state != ScheduleState.PAUSED or schedule.note != UNPAID:
        return
    ended = (Recovery.state == RecoveryState.EXHAUSTED) & (Order.schedule == schedule) & (Order.open > 0)
    if not Recovery.select().join(Order).where(ended).exists():
        resume_now(schedule, local_day(utc_now(), order.merchant.zone), actor=Actor.CLOCK)


def _schedule_of(order: Order) -> BillingSchedule | None:
    if order.schedule_id is None:
        return None
    found: BillingSchedule | None = locked(
        BillingSchedule.select().where(BillingSchedule.id == order.schedule_id)
    ).first()
    return found


def end_overdue() -> str:
    """Ends every recovery whose window has passed and for which nothing is planned or promised. Harmless twice.

    One that stopped for want of a usable method waits for a new one until then, and for no longer.
    """
    now = utc_now()
    planned = PlannedTry.select(PlannedTry.recovery).where(PlannedTry.state == TryState.PLANNED)
    promised = Promise.select(Promise.recovery).where(Promise.state == PromiseState.OPEN)
    waiting = (
        (Recovery.state == RecoveryState.OPEN)
        & (Recovery.opened_at < now - timedelta(days=1))
        & Recovery.id.not_in(planned)
        & Recovery.id.not_in(promised)
    )
    windows: dict[UUID, int] = {}
    ended = 0
    for row in list(Recovery.select().where(waiting)):
        days = windows.setdefault(row.merchant_id, policy_of(row.merchant_id).window_days)
        if row.opened_at + timedelta(days=days + 1) <= now:
            ended += _end(row.id, now)
    return f"{ended} recoveries ended"


def _end(recovery: UUID, now: datetime) -> bool:
    from domain.recoveries.cases import not_needed

    with unit_of_work():
        row = Recovery.get_by_id(recovery)
        order = lock_orders([row.order_id])[0]
        if is_held(order.id):
            return False
        if order.open == 0:
            not_needed(recovery, now)
            return True
        return exhaust(row, order, now)
