"""A schedule bills another amount from a day on."""

from __future__ import annotations

from datetime import date

from domain.mail import places
from domain.mail.letter import Button, Envelope, Letter
from kit.clock import utc_now
from kit.dates import humane_day
from kit.i18n import _, current_locale, current_zone
from kit.money import Money
from models.methods import BillingSchedule, ScheduleState


def build(envelope: Envelope) -> Letter | None:
    """Nothing when the schedule has ended, or by now bills something else than this letter would say."""
    schedule, house = BillingSchedule.get_by_id(envelope.uuid("schedule")), envelope.house
    amount = Money(int(envelope.facts["amount"]), schedule.currency)
    if schedule.state == ScheduleState.ENDED or amount.minor not in (schedule.amount, schedule.next_amount):
        return None
    today = utc_now().astimezone(current_zone()).date()
    words = {
        "title": schedule.title,
        "amount": amount,
        "before": Money(int(envelope.facts["before"]), schedule.currency),
        "day": humane_day(date.fromisoformat(envelope.facts["from"]), today, current_locale()),
        "merchant": house.name,
    }
    subject, first = _from_when(schedule)
    return Letter(
        subject=subject % words,
        heading=_("The amount changes"),
        first=(
            first % words,
            _("What was billed before that day stays as it is."),
        ),
        rows=((_("For"), schedule.title), (_("Until then"), str(words["before"])), (_("From then on"), str(amount))),
        button=Button(_("Manage my account"), places.portal(house.slug)),
        after=(_("If you do not agree, answer this mail or write to %(merchant)s before that day.") % words,),
        values={"amount": str(amount), "day": str(words["day"])},
        why=_("You get this because %(merchant)s bills you regularly.") % words,
    )


def _from_when(schedule: BillingSchedule) -> tuple[str, str]:
    """The subject and the first sentence; no bill is promised while billing is paused until somebody resumes it."""
    if schedule.state == ScheduleState.PAUSED and schedule.paused_until is None:
        return (
            _("%(merchant)s: %(title)s will be %(amount)s"),
            _("Billing is paused. When it goes on, %(amount)s is billed each time, but not before %(day)s."),
        )
    return (
        _("%(merchant)s: %(title)s will be %(amount)s from %(day)s"),
        _("From %(day)s on, %(amount)s is billed each time."),
    )
