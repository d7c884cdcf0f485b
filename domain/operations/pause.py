"""Pausing a queue and letting it go on; the building blocks that every stop is made of."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import Any
from uuid import UUID

from domain.operations import stops
from domain.operations.acts import Act, act
from domain.work.due import backlog
from integrations.queue.kinds import KINDS, QUEUES
from kit.clock import utc_now
from kit.errors import Conflict, DomainError, NotFound
from kit.i18n import _
from kit.ids import uuid7
from models.base import after_commit, require_unit_of_work, unit_of_work
from models.operations import Stop, StopWhat


def pause_queue(*, queue: str, until: datetime | None, reason: str, staff: UUID | None, handle: UUID) -> bool:
    """Nobody does this queue's work until somebody lifts it, or until its end. What is due stays due.

    False when this handle has acted before. Raises NotFound for no such queue, Conflict when it is stopped already,
    DomainError at `until` for an end that has passed, at `reason` for a missing one. `staff` is None for a command.
    """
    known(queue)
    with unit_of_work():
        if act(act=Act.PAUSE_QUEUE, staff=staff, reason=reason, handle=handle, about=queue) is None:
            return False
        if not put(StopWhat.QUEUE, queue, until=until, reason=reason, staff=staff):
            raise Conflict(_("This queue is stopped already. Nothing was changed."))
        return True


def resume_queue(*, queue: str, reason: str, staff: UUID | None, handle: UUID) -> bool:
    """The queue's work is done again: the clock hints at all that is due in its next round.

    False when this handle has acted before, or when nothing was stopped. Raises NotFound, DomainError at `reason`.
    """
    known(queue)
    with unit_of_work():
        if act(act=Act.RESUME_QUEUE, staff=staff, reason=reason, handle=handle, about=queue) is None:
            return False
        return bool(lift((Stop.what == StopWhat.QUEUE) & (Stop.name == queue), staff))


def known(queue: str) -> str:
    """The queue's name, if there is one. Raises NotFound."""
    if queue not in QUEUES:
        raise NotFound(_("There is no queue of this name."))
    return queue


def due_now(now: datetime) -> dict[str, int]:
    """For each queue the rows that are due and not done: what waits, or would. One query."""
    due = Counter[str]()
    for one in backlog(now):
        due[KINDS[one.kind.value].queue] += one.count
    return {queue: due[queue] for queue in QUEUES}


def put(
    what: StopWhat,
    name: str,
    *,
    reason: str,
    staff: UUID | None,
    until: datetime | None = None,
    merchant: UUID | None = None,
    drain: bool = False,
) -> bool:
    """Sets a stop in the caller's unit of work; False when one stands already. One that is over makes room.

    Raises DomainError at `until` for an end that has passed.
    """
    require_unit_of_work()
    now = utc_now()
    if until is not None and until <= now:
        raise DomainError(_("Choose an end that is still to come."), field="until")
    over = (Stop.what == what) & (Stop.name == name) & Stop.lifted_at.is_null() & (Stop.until <= now)
    Stop.update(lifted_at=Stop.until).where(over).execute()
    set_already = (Stop.what == what) & (Stop.name == name) & Stop.lifted_at.is_null()
    if Stop.select().where(set_already).exists():
        return False
    row = uuid7()
    Stop.insert(
        id=row, what=what, name=name, merchant=merchant, drain=drain, reason=" ".join(reason.split()),
        set_by=staff, set_at=now, until=until,
    ).on_conflict_ignore().execute()  # fmt: skip
    after_commit(stops.forget)
    return bool(Stop.select().where(Stop.id == row).exists())  # else somebody else's press was a moment earlier


def lift(which: Any, staff: UUID | None) -> int:
    """Lifts the stops of that condition which stand, in the caller's unit of work; returns how many."""
    require_unit_of_work()
    now = utc_now()
    stands = Stop.lifted_at.is_null() & (Stop.until.is_null() | (Stop.until > now))
    lifted = Stop.update(lifted_at=now, lifted_by=staff).where(which & stands).execute()
    after_commit(stops.forget)
    return int(lifted)
