"""Monthly bills of the demo: each schedule's next order is made some days ahead, so that something is always coming."""

from __future__ import annotations

import calendar
from datetime import date, timedelta

from babel.dates import format_date

from domain.events.record import Actor
from domain.orders.make import NewLine, make_order
from kit.calendar import local_day
from kit.clock import utc_now
from kit.i18n import current_locale
from kit.money import Money
from models.base import require_unit_of_work, unit_of_work
from models.merchants import Merchant
from models.methods import BillingSchedule, MethodState, ScheduleState
from models.orders import Collect, Order, OrderSource

AHEAD = timedelta(days=5)


def first_run(day: date, anchor: int) -> date:
    """The first day with that number on or after `day`; the last of the month where the month is shorter."""
    run = _on(day.year, day.month, anchor)
    return run if run >= day else next_run(run, anchor)


def next_run(run: date, anchor: int) -> date:
    """The run in the following month. Pure; the anchor is kept when a short month clamps it."""
    year, month = (run.year + 1, 1) if run.month == 12 else (run.year, run.month + 1)
    return _on(year, month, anchor)


def _on(year: int, month: int, anchor: int) -> date:
    return date(year, month, min(anchor, calendar.monthrange(year, month)[1]))


def bill(schedule: BillingSchedule, merchant: Merchant) -> Order | None:
    """Makes the order of a schedule's next run and moves the schedule on, in the caller's unit of work.

    None when its method cannot be charged by itself any more: then the schedule pauses.
    """
    require_unit_of_work()
    due = schedule.next_on
    if due is None:
        return None
    if schedule.method is None or schedule.method.state != MethodState.USABLE:
        BillingSchedule.update(state=ScheduleState.PAUSED).where(BillingSchedule.id == schedule.id).execute()
        return None
    month = format_date(due, "LLLL", locale=current_locale())
    order = make_order(
        merchant=merchant,
        customer=schedule.customer,
        lines=[NewLine(f"{schedule.title}, {month}", Money(schedule.amount, schedule.currency))],
        source=OrderSource.SCHEDULE,
        due_on=due,
        collect=Collect.AUTOMATIC,
        method=schedule.method_id,
        consent=schedule.consent_id,
        schedule=schedule.id,
        actor=Actor.CLOCK,
    )
    schedule.next_on = next_run(due, schedule.anchor_day)
    BillingSchedule.update(next_on=schedule.next_on).where(BillingSchedule.id == schedule.id).execute()
    return order


def bill_all() -> int:
    """Bills every active schedule whose next run is near, a unit of work each; answers how many orders were made."""
    made, now = 0, utc_now()
    near = BillingSchedule.select().where(
        BillingSchedule.state == ScheduleState.ACTIVE, BillingSchedule.next_on <= now.date() + AHEAD + timedelta(days=1)
    )
    for schedule in list(near.order_by(BillingSchedule.next_on, BillingSchedule.id)):
        if schedule.next_on and schedule.next_on - AHEAD <= local_day(now, schedule.merchant.zone):
            with unit_of_work():
                made += bill(schedule, schedule.merchant) is not None
    return made
