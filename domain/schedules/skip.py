"""Leaving out one period of a schedule, and taking that back as long as its order would not have been made."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from domain.events.record import Actor
from domain.schedules.edit import Applied, living, words
from domain.schedules.queries import skipped_days
from domain.schedules.states import tell
from domain.schedules.terms import upcoming
from kit.clock import utc_now
from kit.errors import DomainError
from kit.i18n import _
from models.base import unit_of_work
from models.schedules import RunState, ScheduleRun


def skip(
    *, merchant: UUID, schedule: UUID, day: date, actor: Actor = Actor.STAFF, actor_id: UUID | None = None
) -> Applied:
    """Nothing is billed for the period of that day. It does not count as one of a number of runs. Harmless twice.

    Raises NotFound, DomainError when no order is to be made for that day (any more).
    """
    with unit_of_work():
        row = living(merchant, schedule)
        skipped = skipped_days(row)
        if all(period.day != day for period in upcoming(row, day, skipped=skipped)):
            raise DomainError(
                _("No order is to be made for %(day)s. Choose one of the coming days.") % {"day": words(day, row)},
                field="day",
            )
        if day not in skipped:
            ScheduleRun.create(schedule=row, due_on=day, state=RunState.SKIPPED, made_at=utc_now())
            tell("schedule.skipped", row, actor, actor_id, day=day.isoformat())
        return Applied(day, _("Nothing is billed on %(day)s.") % {"day": words(day, row)})


def undo_skip(
    *, merchant: UUID, schedule: UUID, day: date, actor: Actor = Actor.STAFF, actor_id: UUID | None = None
) -> Applied:
    """Bills a skipped period after all. Raises NotFound, DomainError when it has passed or was not skipped."""
    with unit_of_work():
        row = living(merchant, schedule)
        if row.next_on is None or day < row.next_on or day not in skipped_days(row):
            raise DomainError(_("%(day)s cannot be billed any more.") % {"day": words(day, row)}, field="day")
        mine = (ScheduleRun.schedule == row) & (ScheduleRun.due_on == day) & (ScheduleRun.state == RunState.SKIPPED)
        ScheduleRun.delete().where(mine).execute()
        tell("schedule.skip_undone", row, actor, actor_id, day=day.isoformat())
        return Applied(day, _("It is billed on %(day)s.") % {"day": words(day, row)})
