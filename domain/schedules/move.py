"""*Pick another date* for the next run of a schedule. The period keeps its own day, so no anchor is lost (case 63)."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from domain.events.record import Actor
from domain.mail import letters
from domain.merchants.policy import policy_of
from domain.schedules.edit import Applied, made_already, own, today_of, words
from domain.schedules.notice import is_debited
from domain.schedules.queries import skipped_days
from domain.schedules.states import coming_run, plan, tell
from domain.schedules.terms import billed_on, days_offered
from kit.errors import DomainError
from kit.i18n import _
from models.base import unit_of_work
from models.methods import BillingSchedule


def move(*, customer: UUID, schedule: UUID, period: date, to: date, account: UUID | None = None) -> Applied:
    """The order of the period of that day is due on `to` instead; its own day takes that back. Harmless twice.

    Only the next run, once more as often as one likes until its order is made. A mail confirms it.
    Raises NotFound, DomainError: when its order has just been made, that keeps its terms, and the sentence says so
    and names the run that can still be moved (case 71); when the merchant does not let them; for a day out of bounds.
    """
    with unit_of_work():
        row = own(customer, schedule)
        if row.next_on != period:
            raise DomainError(_too_late(row))
        before = billed_on(row, period)
        _check(row, to)
        if to == before:
            return _said(row, to)
        row.moved_to = None if to == period else to
        plan(row)
        tell("schedule.moved", row, Actor.CUSTOMER, account, period=period.isoformat(), to=to.isoformat())
        news = letters.RunNews.KEPT if to == period else letters.RunNews.MOVED
        letters.run_changed(row, news, day=period, due=to)
        return _said(row, to)


def _check(row: BillingSchedule, to: date) -> None:
    offered = days_offered(
        row,
        move_days=policy_of(row.merchant_id).move_days,
        bank=is_debited(row),
        today=today_of(row),
        skipped=skipped_days(row),
    )
    if offered is None:
        house = row.merchant.name
        raise DomainError(_("This date cannot be changed here. Please ask %(merchant)s.") % {"merchant": house})
    first, last = offered
    if not first <= to <= last:
        said = {"first": words(first, row), "last": words(last, row)}
        raise DomainError(_("Choose a day from %(first)s to %(last)s.") % said, field="to")


def _too_late(row: BillingSchedule) -> str:
    """Its order has been made, or its day has been changed since the page was drawn: nothing was done."""
    following = coming_run(row)
    if following is None:
        return _("That date has passed, and nothing more is billed.") + made_already(row)
    named = {"day": words(billed_on(row, following), row)}
    return _("That date cannot be changed any more. The next one that can is %(day)s.") % named + made_already(row)


def _said(row: BillingSchedule, to: date) -> Applied:
    return Applied(to, _("It is due on %(day)s. The dates after it stay as they are.") % {"day": words(to, row)})
