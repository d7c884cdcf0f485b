"""A schedule runs: each period makes one order, once, whoever comes and how often, and the schedule moves on.

A run that was missed (nothing ran for three months) is made up, the oldest first: the order is due on its own day and
collected at once. Periods of a pause are not made up.
"""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from domain.events.record import Actor
from domain.mail import letters
from domain.merchants.policy import policy_of
from domain.orders.make import make_order
from domain.orders.terms import NewLine
from domain.schedules.consents import standing
from domain.schedules.dates import is_rare
from domain.schedules.notice import is_debited, was_told
from domain.schedules.states import end_now, go_on, plan, resume_now, tell
from domain.schedules.terms import amount_on, billed_on, follower, is_over, period_title
from domain.work.wake import Work, wake
from kit.clock import utc_now
from kit.money import Money
from models.base import locked, unit_of_work
from models.methods import BillingSchedule, Consent, ScheduleState
from models.orders import Collect, Order, OrderSource
from models.schedules import RunState, ScheduleLine, ScheduleRun

_A_TURN = 40  # periods a call: a daily schedule that slept for a year leaves room for others


def run_due(schedule_id: UUID) -> None:
    """Makes the orders of all periods whose time has come, one unit of work each. Harmless when there is none.

    Two workers at once take turns by the row's lock; the unique key of ScheduleRun stands behind it.
    """
    for _period in range(_A_TURN):
        with unit_of_work():
            if not _step(schedule_id, utc_now()):
                return
    wake(Work.SCHEDULE, schedule_id)


def _step(schedule_id: UUID, now: datetime) -> bool:
    """Resumes, or makes one period's order. Answers whether more is due at this moment."""
    schedule = locked(BillingSchedule.select().where(BillingSchedule.id == schedule_id)).first()
    if schedule is None or schedule.run_at is None or schedule.run_at > now:
        return False
    if schedule.state == ScheduleState.PAUSED and schedule.paused_until is not None:
        resume_now(schedule, schedule.paused_until, actor=Actor.CLOCK)
    elif schedule.state != ScheduleState.ACTIVE or schedule.next_on is None:
        plan(schedule)  # it was stopped by a hand that left the moment standing
    else:
        make_run(schedule, schedule.next_on, now)
    return schedule.run_at is not None and schedule.run_at <= now


def make_run(
    schedule: BillingSchedule, day: date, now: datetime, *, actor: Actor = Actor.CLOCK, actor_id: UUID | None = None
) -> None:
    """Makes the order of the next period, unless that has a row already, and moves on to the one after it.

    A building block: in the caller's unit of work, on a row that the caller has locked.
    """
    if not ScheduleRun.select().where(ScheduleRun.schedule == schedule, ScheduleRun.due_on == day).exists():
        amount = _amount(schedule, day)
        order = _bill(schedule, day, amount, actor, actor_id)
        ScheduleRun.create(schedule=schedule, due_on=day, state=RunState.MADE, order=order, made_at=now)
        if amount.minor == schedule.next_amount:
            schedule.amount, schedule.next_amount, schedule.next_amount_from = amount.minor, None, None
        schedule.runs_left = schedule.runs_left and schedule.runs_left - 1
    following = follower(schedule, day)
    if is_over(schedule, following):
        end_now(schedule, actor=Actor.CLOCK)
    else:
        go_on(schedule, following)
        plan(schedule)


def _amount(schedule: BillingSchedule, day: date) -> Money:
    """What this run bills. A bank debit's new amount waits until its notice has been out for ten days (case 70)."""
    amount = amount_on(schedule, day)
    if amount.minor == schedule.amount or not is_debited(schedule) or was_told(schedule, day):
        return amount
    tell("schedule.amount_held", schedule, Actor.CLOCK, day=day.isoformat())
    return Money(schedule.amount, schedule.currency)


def _bill(schedule: BillingSchedule, day: date, amount: Money, actor: Actor, actor_id: UUID | None) -> Order:
    """The order of a period: collected under the consent that stands now, else paid by hand."""
    consent, house = standing(schedule), schedule.merchant
    title = period_title(schedule.title, day, cadence=schedule.cadence, locale=house.locale)
    order = make_order(
        merchant=house,
        customer=schedule.customer,
        lines=_lines(schedule, title, amount),
        title=title,
        source=OrderSource.SCHEDULE,
        due_on=billed_on(schedule, day),
        collect=Collect.AUTOMATIC if consent else Collect.MANUAL,
        method=consent.method_id if consent else None,
        consent=consent.id if consent else None,
        schedule=schedule.id,
        hour=schedule.hour,
        actor=actor,
        actor_id=actor_id,
    )
    _write(schedule, order, consent)
    return order


def _lines(schedule: BillingSchedule, title: str, amount: Money) -> list[NewLine]:
    """The template's lines while they add up to what is billed; after a change of amount, one line over it."""
    rows = list(ScheduleLine.select().where(ScheduleLine.schedule == schedule).order_by(ScheduleLine.position))
    if not rows or sum(row.total for row in rows) != amount.minor:
        return [NewLine(title, amount)]
    return [NewLine(row.title, Money(row.total, amount.currency), row.quantity, row.kind) for row in rows]


def _write(schedule: BillingSchedule, order: Order, consent: Consent | None) -> None:
    """By mail: an order to pay by hand; a charge that people may not expect, while there is time to say something."""
    if consent is None:
        letters.new_order(order)
    elif order.collect_at is not None and order.collect_at > utc_now():
        why = _why(schedule, order)
        if why is not None:
            letters.before_charge(order, why)


def _why(schedule: BillingSchedule, order: Order) -> letters.BeforeCharge | None:
    made = Order.select(Order.total).join(ScheduleRun).where(ScheduleRun.schedule == schedule)
    last = made.order_by(ScheduleRun.due_on.desc()).first()
    if last is not None and last.total != order.total:
        return letters.BeforeCharge.CHANGED
    if is_rare(cadence=schedule.cadence, every=schedule.every):
        return letters.BeforeCharge.RARE
    return letters.BeforeCharge.ALWAYS if policy_of(schedule.merchant_id).tell_before_charge else None
