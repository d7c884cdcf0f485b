"""The workers: which give signs of life, what each has in hand and for how long."""

from __future__ import annotations

from datetime import datetime, timedelta

from domain.operations.shapes import WORKER_SILENT, WorkerLine
from domain.work.wake import Work
from integrations.queue.kinds import KINDS
from integrations.queue.snapshot import QueueSnapshot, WorkerView


def worker_lines(hints: QueueSnapshot, leaving: frozenset[str] = frozenset()) -> tuple[WorkerLine, ...]:
    """Every worker that Redis knows. `leaving`: names of those that are to end after the job in hand. Pure."""
    return tuple(_line(worker, hints.at, worker.name in leaving) for worker in hints.workers)


def _line(worker: WorkerView, now: datetime | None, leaving: bool) -> WorkerLine:
    beat, busy = _age(now, worker.heartbeat_at), _age(now, worker.job_since)
    over_time = bool(busy and worker.timeout and busy > timedelta(seconds=worker.timeout))
    quiet = beat is None or beat > WORKER_SILENT  # at work it gives no sign before its job is done
    return WorkerLine(
        name=worker.name,
        queue=worker.queue,
        heartbeat=beat,
        silent=quiet and (busy is None or over_time),
        job=Work(worker.job_kind) if worker.job_kind in KINDS else None,
        job_row=worker.job_row,
        job_for=busy,
        over_time=over_time,
        host=worker.host,
        pid=worker.pid,
        memory=worker.memory,
        up=_age(now, worker.since),
        jobs_done=worker.done,
        jobs_failed=worker.failed,
        stopping=leaving,
    )


def _age(now: datetime | None, since: datetime | None) -> timedelta | None:
    """By Redis' own time, which is what stamped both."""
    return None if now is None or since is None else max(now - since, timedelta(0))
