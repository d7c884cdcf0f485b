"""Changing a schedule: always from the next run on. An order that has been made already keeps its terms (case 71).

Every use case takes the merchant first, and answers from which day it applies with a sentence that says so. All raise
NotFound for another merchant's schedule and DomainError for one that has ended.
"""

from __future__ import annotations

from datetime import date
from uuid import UUID

from domain.events.record import Actor
from domain.mail import letters
from domain.mail.quiet import by_day
from domain.schedules.consents import check_consent, check_method
from domain.schedules.dates import keeps_anchor
from domain.schedules.edit import Applied, from_next, living, made_already, today_of, words
from domain.schedules.make import check_amount
from domain.schedules.notice import is_debited
from domain.schedules.queries import skipped_days
from domain.schedules.states import coming_run, plan, tell, waits_for_somebody
from domain.schedules.terms import NOTICE, billed_on, run_on_or_after
from kit.calendar import local_day
from kit.clock import utc_now
from kit.errors import DomainError
from kit.i18n import _
from kit.money import Money
from models.base import unit_of_work
from models.methods import BillingSchedule
from models.schedules import ScheduleRun


def change_amount(
    *,
    merchant: UUID,
    schedule: UUID,
    amount: Money,
    from_on: date | None = None,
    actor: Actor = Actor.STAFF,
    actor_id: UUID | None = None,
) -> Applied:
    """Bills another amount from the next run on, or from the first run on or after `from_on`; the customer is told.

    A debit of a bank account takes it from the first run that is ten days after the notice; earlier runs bill the old
    amount (Regulation E, 12 CFR 1005.10(d)(1); case 70). Without an address for the notice that is refused. A template
    of lines is left when the amount does not equal its sum any more.
    """
    with unit_of_work():
        row = living(merchant, schedule)
        check_amount(amount, row.currency)
        row.next_amount, row.next_amount_from = None, None
        if amount.minor == row.amount:
            row.save()
            return from_next(row)
        noticed, before = is_debited(row), Money(row.amount, row.currency)
        first = _first_of_amount(row, from_on, noticed=noticed)
        if first == coming_run(row) and not noticed:
            row.amount = amount.minor
        else:
            row.next_amount, row.next_amount_from = amount.minor, first
        row.save()
        told = letters.schedule_changed(row, before=before, amount=amount, from_on=billed_on(row, first))
        if noticed and not told:
            raise DomainError(
                _("A bank debit's new amount must be told ten days before. Give this customer an e-mail address first.")
            )
        tell("schedule.amount_changed", row, actor, actor_id, amount=str(amount.minor), since=first.isoformat())
        return _said(row, amount, first)


def _said(row: BillingSchedule, amount: Money, first: date) -> Applied:
    names = {"day": words(due := billed_on(row, first), row), "amount": amount}
    if not waits_for_somebody(row):
        return Applied(due, _("From %(day)s on it bills %(amount)s.") % names + made_already(row))
    if row.next_amount is None:
        said = _("It bills %(amount)s from when it is resumed.") % names
    else:
        said = _("It bills %(amount)s from when it is resumed, but not before %(day)s.") % names
    return Applied(None, said + made_already(row))


def _first_of_amount(row: BillingSchedule, from_on: date | None, *, noticed: bool) -> date:
    """The first run of a new amount. Raises DomainError when the schedule ends before it."""
    earliest = [day for day in (coming_run(row), from_on) if day is not None]
    if noticed:
        zone = row.merchant.zone
        earliest.append(local_day(by_day(utc_now(), zone), zone) + NOTICE)
    first = run_on_or_after(row, max(earliest)) if earliest else None
    if first is None:
        raise DomainError(_("This schedule ends before the new amount could be billed."), field="amount")
    return first


def change_method(
    *,
    merchant: UUID,
    schedule: UUID,
    method: UUID | None,
    consent: UUID | None = None,
    actor: Actor = Actor.STAFF,
    actor_id: UUID | None = None,
) -> Applied:
    """Charges another method from the next run on, under a consent for it; None: orders are paid by hand."""
    with unit_of_work():
        row = living(merchant, schedule)
        row.method, row.consent = None, None
        if method is not None:
            row.method = check_method(customer=row.customer_id, method=method, currency=row.currency)
        if consent is not None:
            if method is None:
                raise DomainError(_("A consent needs the payment method that it is for."), field="method")
            row.consent = check_consent(customer=row.customer_id, method=method, consent=consent)
        row.save()
        tell("schedule.method_changed", row, actor, actor_id, method=str(method or ""))
        return from_next(row)


def change_date(
    *,
    merchant: UUID,
    schedule: UUID,
    first_on: date,
    anchor_day: int | None = None,
    actor: Actor = Actor.STAFF,
    actor_id: UUID | None = None,
) -> Applied:
    """The next run moves to `first_on`, and those after it count on from there, on `anchor_day` (else its day)."""
    with unit_of_work():
        row = living(merchant, schedule)
        anchor = anchor_day or first_on.day
        _check_move(row, first_on, anchor)
        row.next_on, row.moved_to, row.anchor_day = first_on, None, anchor
        plan(row)
        tell("schedule.date_changed", row, actor, actor_id, first=first_on.isoformat())
        return from_next(row)


def _check_move(row: BillingSchedule, first_on: date, anchor: int) -> None:
    if first_on < today_of(row) or (row.ends_on is not None and first_on > row.ends_on):
        raise DomainError(_("Choose a day from today until the schedule's end."), field="first_on")
    if not 1 <= anchor <= 31 or not keeps_anchor(first_on, cadence=row.cadence, anchor_day=anchor):
        raise DomainError(_("The first day must be the day of the month that is kept."), field="anchor_day")
    if skipped := skipped_days(row):
        raise DomainError(
            _("The period of %(day)s is skipped. Take that back, move the schedule, then skip again.")
            % {"day": words(min(skipped), row)}
        )
    if ScheduleRun.select().where(ScheduleRun.schedule == row, ScheduleRun.due_on >= first_on).exists():
        raise DomainError(
            _("An order for %(day)s or later has been made already. Choose a later day.")
            % {"day": words(first_on, row)},
            field="first_on",
        )


def change_hour(
    *, merchant: UUID, schedule: UUID, hour: int | None, actor: Actor = Actor.STAFF, actor_id: UUID | None = None
) -> Applied:
    """Collects at another local hour from the next run on; None: at the merchant's hour."""
    with unit_of_work():
        row = living(merchant, schedule)
        if hour is not None and not 0 <= hour <= 23:
            raise DomainError(_("The hour is from 0 to 23, in the merchant's time zone."), field="hour")
        row.hour = hour
        plan(row)
        tell("schedule.hour_changed", row, actor, actor_id)
        return from_next(row)
