"""*Pay now* for a run that is still to come: its order is made early, and then paid like any other."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from domain.events.record import Actor
from domain.schedules.edit import own, words
from domain.schedules.queries import skipped_days
from domain.schedules.run import make_run
from domain.schedules.states import tell
from kit.clock import utc_now
from kit.errors import Conflict, DomainError, NotFound
from kit.i18n import _
from models.base import unit_of_work
from models.methods import BillingSchedule, ScheduleState
from models.orders import Order
from models.schedules import RunState, ScheduleRun


def bill_now(*, customer: UUID, schedule: UUID, period: date, account: UUID | None = None) -> UUID:
    """The order of the period of that day, made now if it is the next one and was not made yet. Takes no money.

    It is due, and collected, on the day on which it would have been. A period is billed once: whoever presses again, or
    after the clock, gets the same order. One at a time: not while another order of the schedule is open.
    Raises NotFound, DomainError for a period that is not the next one, is skipped or paused, Conflict (see above).
    """
    with unit_of_work():
        made = _made(customer, schedule, period)
        if made is not None:
            return made
        row = own(customer, schedule)
        made = _made(customer, schedule, period)  # while we waited for the row
        if made is not None:
            return made
        _check(row, period)
        make_run(row, period, utc_now(), actor=Actor.CUSTOMER, actor_id=account)
        tell("schedule.billed_early", row, Actor.CUSTOMER, account, period=period.isoformat())
        order = _made(customer, schedule, period)
        if order is None:
            raise NotFound(_("That order is not there any more."))
        return order


def _check(row: BillingSchedule, period: date) -> None:
    if row.state != ScheduleState.ACTIVE or row.next_on != period or period in skipped_days(row):
        raise DomainError(_("The bill of %(day)s cannot be paid now.") % {"day": words(period, row)})
    unpaid = Order.select().where(Order.schedule == row, Order.open > 0).order_by(Order.due_on).first()
    if unpaid is not None:
        raise Conflict(_("Order %(number)s is still open. Pay that one first.") % {"number": unpaid.number})


def _made(customer: UUID, schedule: UUID, period: date) -> UUID | None:
    run = (
        ScheduleRun.select(ScheduleRun.order)
        .join(BillingSchedule)
        .where(
            BillingSchedule.customer == customer,
            ScheduleRun.schedule == schedule,
            ScheduleRun.due_on == period,
            ScheduleRun.state == RunState.MADE,
        )
        .first()
    )
    return run.order_id if run else None
