"""What every change of a schedule begins and ends with: the locked row of that merchant, and the words about it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from peewee import Expression

from domain.schedules.states import coming_run, waits_for_somebody
from domain.schedules.terms import billed_on
from kit.calendar import local_day
from kit.clock import utc_now
from kit.dates import humane_day
from kit.errors import DomainError, NotFound
from kit.i18n import _, current_locale
from models.base import locked, require_unit_of_work
from models.methods import BillingSchedule, ScheduleState
from models.orders import Order
from models.payments import OrderHold
from models.schedules import ScheduleRun


@dataclass(frozen=True)
class Applied:
    """What a change came to: the first day that it is about (None: nothing is billed, or not until somebody resumes
    it), and that in words."""

    from_on: date | None
    sentence: str


def living(merchant: UUID, schedule: UUID) -> BillingSchedule:
    """The merchant's schedule, locked until the commit. Raises NotFound, or DomainError for one that has ended."""
    return _living(BillingSchedule.merchant == merchant, schedule)


def own(customer: UUID, schedule: UUID) -> BillingSchedule:
    """The customer's schedule, locked until the commit. Raises NotFound, or DomainError for one that has ended."""
    return _living(BillingSchedule.customer == customer, schedule)


def _living(whose: Expression, schedule: UUID) -> BillingSchedule:
    require_unit_of_work()
    row: BillingSchedule | None = locked(BillingSchedule.select().where(whose, BillingSchedule.id == schedule)).first()
    if row is None:
        raise NotFound(_("That schedule is not there any more."))
    if row.state == ScheduleState.ENDED:
        raise DomainError(_("This schedule has ended: nothing more is billed."))
    return row


def today_of(schedule: BillingSchedule) -> date:
    """The day at the merchant's."""
    return local_day(utc_now(), schedule.merchant.zone)


def words(day: date, schedule: BillingSchedule) -> str:
    """A day as people say it."""
    return humane_day(day, today_of(schedule), current_locale())


def from_next(schedule: BillingSchedule) -> Applied:
    """A change that holds from the next run on."""
    first = coming_run(schedule)
    if first is None:
        return Applied(None, _("Nothing more is billed.") + made_already(schedule))
    if waits_for_somebody(schedule):
        return Applied(None, _("This holds from when it is resumed.") + made_already(schedule))
    due = billed_on(schedule, first)
    said = _("This holds from %(day)s on.") % {"day": words(due, schedule)}
    return Applied(due, said + made_already(schedule))


def made_already(schedule: BillingSchedule) -> str:
    """The sentence about orders that were made under the terms of before and are still open; with a blank before it."""
    rows = (
        Order.select(Order, OrderHold.attempt)
        .join(ScheduleRun)
        .switch(Order)
        .left_outer_join(OrderHold)
        .where(ScheduleRun.schedule == schedule, Order.open > 0)
        .order_by(Order.due_on.desc())
    )
    latest = rows.objects().first()
    if latest is None:
        return ""
    said = {"number": latest.number, "day": words(latest.due_on, schedule)}
    if latest.attempt is not None:
        return " " + _("Order %(number)s of %(day)s is being paid now and keeps its terms.") % said
    return " " + _("Order %(number)s of %(day)s has been made already and keeps its terms.") % said
