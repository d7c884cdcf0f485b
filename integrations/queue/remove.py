"""Takes away what a queue keeps of a row's job, so that a fresh hint may stand in its place."""

from __future__ import annotations

from uuid import UUID

from redis import Redis, RedisError
from rq.exceptions import NoSuchJobError
from rq.job import Job, JobStatus

from integrations.queue.connection import breaker, impatient
from integrations.queue.kinds import KINDS, job_id
from kit.log import log


def remove(kind: str, row_id: UUID) -> int:
    """Removes a row's jobs that failed or wait, in every lane; returns how many. One that runs is left alone.

    Never raises and costs nothing for 10 s after a failure: without Redis there is nothing to take away.
    """
    if not breaker.closed():
        return 0
    try:
        redis = impatient()
        return sum(_gone(redis, job_id(kind, row_id, lane)) for lane in range(KINDS[kind].lanes))
    except (RedisError, OSError, ValueError) as problem:
        breaker.failed()
        log().warning("queue.unreachable", kind=kind, error=type(problem).__name__)
        return 0


def _gone(redis: Redis, name: str) -> bool:
    try:
        job = Job.fetch(name, connection=redis, serializer="json")
    except NoSuchJobError:
        return False
    if job.get_status(refresh=False) == JobStatus.STARTED:
        return False
    job.delete()
    return True
