"""Leaving out one period of a schedule, and taking that back as long as its order would not have been made.

The merchant may for every period; the customer if the merchant's policy lets them, up to a year ahead, and only takes
back what was the customer's own wish.
"""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from domain.events.record import Actor
from domain.mail import letters
from domain.merchants.policy import policy_of
from domain.schedules.edit import Applied, living, made_already, own, today_of, words
from domain.schedules.queries import A_YEAR, skipped_days
from domain.schedules.states import plan, tell
from domain.schedules.terms import upcoming
from kit.clock import utc_now
from kit.errors import DomainError
from kit.i18n import _
from models.base import unit_of_work
from models.methods import BillingSchedule
from models.schedules import RunState, ScheduleRun


def skip(
    *, merchant: UUID, schedule: UUID, day: date, actor: Actor = Actor.STAFF, actor_id: UUID | None = None
) -> Applied:
    """Nothing is billed for the period of that day. It does not count as one of a number of runs. Harmless twice.

    Raises NotFound, DomainError when no order is to be made for that day (any more).
    """
    with unit_of_work():
        row = living(merchant, schedule)
        _leave_out(row, day, actor, actor_id)
        return _skipped(row, day)


def undo_skip(
    *, merchant: UUID, schedule: UUID, day: date, actor: Actor = Actor.STAFF, actor_id: UUID | None = None
) -> Applied:
    """Bills a skipped period after all. Raises NotFound, DomainError when it has passed or was not skipped."""
    with unit_of_work():
        row = living(merchant, schedule)
        _take_in(row, day, actor, actor_id)
        return _restored(row, day)


def skip_own(*, customer: UUID, schedule: UUID, day: date, account: UUID | None = None) -> Applied:
    """The customer leaves out a coming period; a mail confirms it, once. Harmless twice.

    Raises NotFound, DomainError when the merchant does not let them, or its order has been made already.
    """
    with unit_of_work():
        row = own(customer, schedule)
        _check_allowed(row)
        if day > today_of(row) + A_YEAR:
            raise DomainError(_("Choose one of the days that are listed."), field="day")
        if _leave_out(row, day, Actor.CUSTOMER, account):
            letters.run_changed(row, letters.RunNews.SKIPPED, day=day, due=day)
        return _skipped(row, day)


def undo_own_skip(*, customer: UUID, schedule: UUID, day: date, account: UUID | None = None) -> Applied:
    """The customer lets a skipped period be billed after all; a mail confirms it. As `skip_own`."""
    with unit_of_work():
        row = own(customer, schedule)
        _check_allowed(row)
        if ScheduleRun.select().where(_skip_of(row, day), ScheduleRun.by_merchant).exists():
            raise DomainError(
                _("%(merchant)s has left this date out. Please ask them if you want it billed.")
                % {"merchant": row.merchant.name},
                field="day",
            )
        _take_in(row, day, Actor.CUSTOMER, account)
        letters.run_changed(row, letters.RunNews.RESTORED, day=day, due=day)
        return _restored(row, day)


def _check_allowed(row: BillingSchedule) -> None:
    if not policy_of(row.merchant_id).customers_skip:
        house = row.merchant.name
        raise DomainError(_("A date cannot be skipped here. Please ask %(merchant)s.") % {"merchant": house})


def _leave_out(row: BillingSchedule, day: date, actor: Actor, actor_id: UUID | None) -> bool:
    """Answers whether it was not left out before. What the merchant leaves out, the customer does not take in again."""
    skipped, merchants = skipped_days(row), actor is not Actor.CUSTOMER
    if all(period.day != day for period in upcoming(row, day, skipped=skipped)):
        said = _("No order is to be made for %(day)s. Choose one of the coming days.") % {"day": words(day, row)}
        raise DomainError(said + made_already(row), field="day")
    if day in skipped:
        if merchants:
            ScheduleRun.update(by_merchant=True).where(_skip_of(row, day)).execute()
        return False
    ScheduleRun.create(schedule=row, due_on=day, state=RunState.SKIPPED, by_merchant=merchants, made_at=utc_now())
    if day == row.next_on and row.moved_to is not None:
        row.moved_to = None
        plan(row)
    tell("schedule.skipped", row, actor, actor_id, day=day.isoformat())
    return True


def _take_in(row: BillingSchedule, day: date, actor: Actor, actor_id: UUID | None) -> None:
    if row.next_on is None or day < row.next_on or day not in skipped_days(row):
        raise DomainError(_("%(day)s cannot be billed any more.") % {"day": words(day, row)}, field="day")
    ScheduleRun.delete().where(_skip_of(row, day)).execute()
    tell("schedule.skip_undone", row, actor, actor_id, day=day.isoformat())


def _skip_of(row: BillingSchedule, day: date) -> Any:
    return (ScheduleRun.schedule == row) & (ScheduleRun.due_on == day) & (ScheduleRun.state == RunState.SKIPPED)


def _skipped(row: BillingSchedule, day: date) -> Applied:
    return Applied(day, _("Nothing is billed on %(day)s.") % {"day": words(day, row)})


def _restored(row: BillingSchedule, day: date) -> Applied:
    return Applied(day, _("It is billed on %(day)s.") % {"day": words(day, row)})
