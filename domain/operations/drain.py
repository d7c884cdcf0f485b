"""Draining before a restart: nobody begins anything, and what is begun is finished."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from domain.operations import stops
from domain.operations.acts import Act, act
from domain.operations.pause import lift, put
from integrations.queue.kinds import QUEUES
from kit.clock import utc_now
from kit.errors import DomainError
from kit.i18n import _
from models.base import unit_of_work
from models.operations import Stop, StopWhat

MINUTES = 30
MOST_MINUTES = 24 * 60


def drain(*, minutes: int = MINUTES, reason: str, staff: UUID | None, handle: UUID) -> bool:
    """Stops all queues for so long. Jobs in hand are finished, nothing new is begun; asking about outcomes goes on.

    A queue that somebody paused stays paused, at least for as long. Draining again prolongs. False when this handle
    has acted before. Raises DomainError at `minutes` or `reason`.
    """
    if not 0 < minutes <= MOST_MINUTES:
        raise DomainError(_("From 1 to %(n)d minutes.") % {"n": MOST_MINUTES}, field="minutes")
    until = utc_now() + timedelta(minutes=minutes)
    with unit_of_work():
        if act(act=Act.DRAIN, staff=staff, reason=reason, handle=handle, about="") is None:
            return False
        lift(_drains(), staff)
        for queue in QUEUES:
            if not put(StopWhat.QUEUE, queue, until=until, reason=reason, staff=staff, drain=True):
                shorter = (Stop.what == StopWhat.QUEUE) & (Stop.name == queue) & Stop.lifted_at.is_null()
                Stop.update(until=until).where(shorter & (Stop.until < until)).execute()
        return True


def end_drain(*, reason: str, staff: UUID | None, handle: UUID) -> bool:
    """All queues go on, but for those that somebody had paused. False when this handle has acted before, or when
    nothing was drained. Raises DomainError at `reason`."""
    with unit_of_work():
        if act(act=Act.END_DRAIN, staff=staff, reason=reason, handle=handle, about="") is None:
            return False
        return bool(lift(_drains(), staff))


def draining(now: datetime) -> stops.StopLine | None:
    """The drain that stands, if one does."""
    return next((line for line in stops.active(now) if line.drain), None)


def _drains() -> Any:
    return (Stop.what == StopWhat.QUEUE) & Stop.drain
