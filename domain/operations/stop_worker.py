"""Stopping one worker warmly: it ends after the job in hand, and its supervisor starts another."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

from domain.operations import stops
from domain.operations.acts import Act, act
from domain.operations.pause import lift, put
from integrations.queue.snapshot import snapshot
from kit.clock import utc_now
from kit.errors import Conflict, DomainError, NotFound
from kit.i18n import _
from models.base import unit_of_work
from models.operations import Stop, StopWhat

IsGone = Callable[[str], bool]  # given a worker's name
_MOST = timedelta(hours=2)  # longer than any job may take: then whoever was meant is gone, one way or another


def stop_worker(*, worker: str, reason: str, staff: UUID | None, handle: UUID) -> bool:
    """The worker of that name looks between jobs, and every few seconds when it has none; then it ends.

    False when this handle has acted before. Raises NotFound for no such worker, Conflict when it is told already or
    when the queue does not answer, DomainError at `reason`.
    """
    known(worker)
    with unit_of_work():
        if act(act=Act.STOP_WORKER, staff=staff, reason=reason, handle=handle, about=worker) is None:
            return False
        if not put(StopWhat.WORKER, worker, until=utc_now() + _MOST, reason=reason, staff=staff):
            raise Conflict(_("This worker is told already: it ends after the job in hand."))
        return True


def known(worker: str) -> str:
    """The worker's queue, if it is at work. Raises NotFound, or DomainError when the queue does not answer."""
    seen = snapshot()
    if not seen.reachable:
        raise DomainError(
            _("The queue does not answer, so no worker can be seen. Once it answers they are here again.")
        )
    queue = next((each.queue for each in seen.workers if each.name == worker), None)
    if queue is None:
        raise NotFound(_("No worker of this name is at work any more."))
    return queue


def lift_of_the_gone(is_gone: IsGone) -> None:
    """Lifts what was meant for workers that are no more, so that nobody else is meant by it."""
    told = [line.name for line in stops.active(utc_now()) if line.what == StopWhat.WORKER]
    gone = [name for name in told if is_gone(name)]
    if gone:
        with unit_of_work():
            lift((Stop.what == StopWhat.WORKER) & Stop.name.in_(gone), None)
