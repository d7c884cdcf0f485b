"""An operator has a line of the timetable done now, and not at its next moment."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from domain.operations.acts import Act, act
from domain.operations.stops import stopped_kinds
from domain.work import ticks
from domain.work.timetable import TIMETABLE, Line
from domain.work.wake import Work, wake
from integrations.queue.remove import remove
from kit.clock import utc_now
from kit.errors import Conflict, NotFound
from kit.i18n import _
from kit.ids import uuid7
from models.base import after_commit, require_unit_of_work, unit_of_work
from models.work import Tick


def line_of(name: str) -> Line:
    """A line of the timetable. Raises NotFound."""
    line = next((line for line in TIMETABLE if line.name == name), None)
    if line is None:
        raise NotFound(_("The timetable has no such line."))
    return line


def run_tick(*, name: str, reason: str, staff: UUID | None, handle: UUID) -> bool:
    """Has a line's work done by a worker, now; False when this handle has acted before.

    A tick of the line that waits, or that rests after a failure, is the one that is run: two presses run one. Raises
    NotFound, DomainError at `reason`, Conflict while it is being run or while its queue is stopped.
    """
    line, now = line_of(name), utc_now()
    if Work.TICK in stopped_kinds(now):
        raise Conflict(_("The queue of the timetable is stopped by an operator. Let it go on first."))
    ticks.make(now, [line])  # what was missed comes before what is asked for
    with unit_of_work():
        if act(act=Act.RUN_TICK, staff=staff, reason=reason, handle=handle, about=name) is None:
            return False
        if running(name, now) is not None:
            raise Conflict(_("This is being done right now. Its result stands on the clock’s page when it is over."))
        _place(name, now)
    return True


def running(name: str, now: datetime) -> Tick | None:
    """The tick of a line that somebody runs at this moment. One that failed rests beside its lease: nobody runs it."""
    held = Tick.done_at.is_null() & (Tick.lease_until > now) & ~Tick.result.startswith("failed: ")
    found: Tick | None = Tick.select().where((Tick.name == name) & held).order_by(Tick.due_at).first()
    return found


def _place(name: str, now: datetime) -> None:
    require_unit_of_work()
    waiting = (Tick.name == name) & Tick.done_at.is_null() & (Tick.due_at <= now)
    tick = Tick.select().where(waiting).order_by(Tick.due_at).first()
    if tick is None:
        row = uuid7()
        Tick.insert(id=row, name=name, due_at=now).on_conflict_ignore().execute()
    else:
        row = tick.id
        resting = Tick.lease_until.is_null() | (Tick.lease_until <= now) | Tick.result.startswith("failed: ")
        Tick.update(lease_until=None).where((Tick.id == row) & Tick.done_at.is_null() & resting).execute()
    after_commit(lambda: _forget(row))
    wake(Work.TICK, row)


def _forget(row: UUID) -> None:
    remove(Work.TICK.value, row)
