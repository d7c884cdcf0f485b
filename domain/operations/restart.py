"""Whether a restart would interrupt anything. What it interrupts is asked about afterwards and never charged again."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from domain.operations.health_shapes import Restart, Running
from domain.operations.shapes import WorkerLine
from models.base import connected
from models.payments import Attempt, AttemptState, Refund, RefundState

_ASKED_BY = timedelta(hours=1)  # whoever sends has set the next look within minutes of now


def restart(workers: Iterable[WorkerLine], *, reachable: bool, now: datetime) -> Restart:
    """Calls to processors that are out now, and jobs in workers' hands."""
    with connected():
        attempts = _being_sent(Attempt, AttemptState.SENDING, now)
        refunds = _being_sent(Refund, RefundState.SENDING, now)
    jobs = tuple(
        Running(worker.job.value if worker.job else "", worker.job_row, worker.name, worker.job_for)
        for worker in workers
        if worker.job_row is not None
    )
    return Restart(
        attempts, refunds, tuple(sorted(jobs, key=lambda job: job.since or timedelta(0), reverse=True)), reachable
    )


def _being_sent(table: Any, sending: str, now: datetime) -> int:
    """In the hands of somebody who has not answered yet: found by the index of next looks, which come soon."""
    soon = (table.next_look_at > now - _ASKED_BY) & (table.next_look_at < now + _ASKED_BY)
    return int(table.select().where(soon & (table.state == sending) & (table.lease_until > now)).count())
