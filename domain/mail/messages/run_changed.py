"""The customer has put off or left out a coming run of a schedule, or taken that back: confirmed in writing."""

from __future__ import annotations

from datetime import date

from domain.mail import places
from domain.mail.letter import Button, Envelope, Letter
from domain.mail.letters import RunNews
from kit.clock import utc_now
from kit.dates import humane_day
from kit.i18n import _, current_locale, current_zone
from models.methods import BillingSchedule
from models.schedules import RunState, ScheduleRun


def build(envelope: Envelope) -> Letter | None:
    """Nothing when by now something else holds for that run: a later letter says what."""
    schedule, house = BillingSchedule.get_by_id(envelope.uuid("schedule")), envelope.house
    day, due = date.fromisoformat(envelope.facts["day"]), date.fromisoformat(envelope.facts["due"])
    news = RunNews(envelope.facts["news"])
    if not _holds(schedule, news, day, due):
        return None
    today = utc_now().astimezone(current_zone()).date()
    words = {
        "title": schedule.title,
        "day": humane_day(day, today, current_locale()),
        "due": humane_day(due, today, current_locale()),
        "merchant": house.name,
    }
    subject, heading, first = _texts(news)
    return Letter(
        subject=subject % words,
        heading=heading,
        first=(first % words, _("The bills after it keep their days.")),
        rows=((_("For"), schedule.title),),
        button=Button(_("See the schedule"), places.schedule(house.slug, schedule.id)),
        after=(_("If you did not ask for this, answer this mail or write to %(merchant)s.") % words,),
        why=_("You get this because %(merchant)s bills you regularly.") % words,
    )


def _texts(news: RunNews) -> tuple[str, str, str]:
    """Subject, heading and first sentence."""
    match news:
        case RunNews.MOVED:
            return (
                _("%(merchant)s: %(title)s is due on %(due)s"),
                _("Another date"),
                _("As you asked, the bill of %(day)s is due on %(due)s instead."),
            )
        case RunNews.KEPT:
            return (
                _("%(merchant)s: %(title)s is due on %(day)s"),
                _("The date is back"),
                _("As you asked, the bill of %(day)s is due on its own day again."),
            )
        case RunNews.SKIPPED:
            return (
                _("%(merchant)s: %(title)s is skipped on %(day)s"),
                _("Skipped once"),
                _("As you asked, nothing is billed on %(day)s."),
            )
        case RunNews.RESTORED:
            return (
                _("%(merchant)s: %(title)s is billed on %(day)s"),
                _("Not skipped any more"),
                _("As you asked, the bill of %(day)s is made after all."),
            )


def _holds(schedule: BillingSchedule, news: RunNews, day: date, due: date) -> bool:
    run = ScheduleRun.get_or_none(ScheduleRun.schedule == schedule, ScheduleRun.due_on == day)
    if news in (RunNews.SKIPPED, RunNews.RESTORED):
        return (run is not None and run.state == RunState.SKIPPED) == (news == RunNews.SKIPPED)
    if run is not None:
        return run.order is not None and run.order.due_on == due
    return bool(schedule.next_on == day and (schedule.moved_to or day) == due)
