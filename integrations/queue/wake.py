"""Hints to the workers. The store is the truth: a hint that is lost costs seconds, because the clock finds the row."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from redis import Redis, RedisError
from rq import Queue
from rq.exceptions import DuplicateJobError, NoSuchJobError
from rq.job import Job, JobStatus

from integrations.queue.connection import PATIENCE, breaker, impatient
from integrations.queue.kinds import KINDS, Kind, job_id
from kit import measure
from kit.clock import real_now
from kit.log import log

_FAILED_RESTS = 60  # seconds until a job that raised is tried again: a bug must not spin
_QUEUED_TRUSTED = 600  # seconds that a waiting job is believed to stand in its list
_KEEP_FAILED = 86_400  # seconds that operators can see what failed
_silent: ContextVar[bool] = ContextVar("queue_silent", default=False)


@contextmanager
def without_hints() -> Iterator[None]:
    """Inside, nobody is hinted at anything: for what plays a past, whose rows are done before anybody could come."""
    token = _silent.set(True)
    try:
        yield
    finally:
        _silent.reset(token)


def enqueue(kind: str, row_id: UUID) -> bool:
    """Hints that a row wants work; True when a hint stands in the queue afterwards.

    Never raises, carries only the id, and after a failure costs nothing for 10 s: the caller may be a web request.
    """
    if _silent.get() or not breaker.closed():
        return False
    began = time.monotonic()
    try:
        _place(impatient(), KINDS[kind], row_id)
    except (RedisError, OSError, ValueError) as problem:
        breaker.failed()
        log().warning("queue.unreachable", kind=kind, error=type(problem).__name__)
        return False
    if time.monotonic() - began > 2 * PATIENCE:  # several answers, each just in time: too slow to wait for
        breaker.failed()
    return True


def _place(redis: Redis, kind: Kind, row_id: UUID) -> None:
    """In the first lane whose job does not run; where one waits already, that one is the hint."""
    queue = Queue(kind.queue, connection=redis, serializer="json")
    for lane in range(kind.lanes):
        name = job_id(kind.name, row_id, lane)
        if _placed(queue, kind, name, row_id):
            measure.count(measure.What.PLACED, kind.name)
            return
        if _waits(queue, name):
            return


def _placed(queue: Queue, kind: Kind, name: str, row_id: UUID) -> bool:
    try:
        _push(queue, kind, name, row_id)
    except DuplicateJobError:
        if not _is_stale(queue, name):
            return False
        _push(queue, kind, name, row_id)
    return True


def _waits(queue: Queue, name: str) -> bool:
    try:
        return Job.fetch(name, connection=queue.connection, serializer="json").get_status(False) == JobStatus.QUEUED
    except NoSuchJobError:
        return False


def _push(queue: Queue, kind: Kind, name: str, row_id: UUID) -> Any:
    return queue.enqueue_call(
        kind.function,
        args=(str(row_id),),
        timeout=kind.timeout,
        result_ttl=0,  # the hint disappears with its success, so that the next one is not a duplicate
        failure_ttl=_KEEP_FAILED,
        job_id=name,
        description=name,
        unique=True,
        at_front=kind.first,
    )


def _is_stale(queue: Queue, name: str) -> bool:
    """Whether the job of that name will not run any more; it is then removed. Its worker died, or it failed before."""
    try:
        job = Job.fetch(name, connection=queue.connection, serializer="json")
    except NoSuchJobError:
        return True  # it has just been done
    if not _will_not_run(job, queue):
        return False
    job.delete()
    return True


def _will_not_run(job: Job, queue: Queue) -> bool:
    status = job.get_status(refresh=False)
    if status == JobStatus.QUEUED:
        return _age(job.enqueued_at) > _QUEUED_TRUSTED and job.get_position() is None
    if status == JobStatus.STARTED:
        return _age(job.started_at) > 2 * int(job.timeout or queue._default_timeout)
    return _age(job.ended_at) > _FAILED_RESTS


def _age(at: datetime | None) -> float:
    """Seconds since then. Real time, not the demo's: these stamps are RQ's own."""
    if at is None:
        return float("inf")
    aware = at if at.tzinfo else at.replace(tzinfo=UTC)
    return (real_now() - aware).total_seconds()
