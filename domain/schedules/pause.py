"""Stopping a schedule and going on: pause, until a day or until resumed, resume, end."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from domain.events.record import Actor
from domain.schedules.edit import Applied, from_next, living, made_already, today_of, words
from domain.schedules.states import coming_run, end_now, pause_now, resume_now
from kit.errors import DomainError
from kit.i18n import _
from models.base import unit_of_work
from models.methods import ScheduleState


def pause(
    *,
    merchant: UUID,
    schedule: UUID,
    until: date | None = None,
    note: str = "",
    actor: Actor = Actor.STAFF,
    actor_id: UUID | None = None,
) -> Applied:
    """Stops billing. Periods that fall into the pause are not billed and not made up; it resumes by itself on `until`.

    Orders that have been made keep their terms. Raises NotFound, DomainError for a day that is not ahead.
    """
    with unit_of_work():
        row = living(merchant, schedule)
        if until is not None and until <= today_of(row):
            raise DomainError(_("Choose a later day than today to go on."), field="until")
        pause_now(row, until=until, note=note, actor=actor, actor_id=actor_id)
        first = coming_run(row) if until else None
        if until is None:
            said = _("Nothing is billed until you resume it.")
        elif first is None:
            said = _("It ends before that day: nothing more is billed.")
        else:
            said = _("It is billed again from %(day)s on.") % {"day": words(first, row)}
        return Applied(first, said + made_already(row))


def resume(*, merchant: UUID, schedule: UUID, actor: Actor = Actor.STAFF, actor_id: UUID | None = None) -> Applied:
    """Goes on with the first period from today on. Raises NotFound, DomainError when it is not paused."""
    with unit_of_work():
        row = living(merchant, schedule)
        if row.state != ScheduleState.PAUSED:
            raise DomainError(_("This schedule is not paused."))
        resume_now(row, today_of(row), actor=actor, actor_id=actor_id)
        return from_next(row)


def end(
    *, merchant: UUID, schedule: UUID, note: str = "", actor: Actor = Actor.STAFF, actor_id: UUID | None = None
) -> Applied:
    """Ends it for good. Orders that have been made stay owed. Raises NotFound, DomainError when it has ended."""
    with unit_of_work():
        row = living(merchant, schedule)
        end_now(row, note=note, actor=actor, actor_id=actor_id)
        return from_next(row)
