"""What stands in the queues now, for operators. Reading starts no clean-up: that may enqueue jobs a second time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from redis import Redis, RedisError
from rq import Queue, Worker
from rq.exceptions import NoSuchJobError
from rq.executions import Execution
from rq.job import Job
from rq.worker import BaseWorker

from integrations.queue.connection import breaker, impatient
from integrations.queue.kinds import KINDS, QUEUES, of_job


@dataclass(frozen=True)
class QueueView:
    """A queue: hints that wait, since when the oldest does, jobs that failed in the last day."""

    name: str
    waiting: int
    oldest: datetime | None
    failed: int


@dataclass(frozen=True)
class WorkerView:
    """A worker: where it lives, its last sign of life, what it does now and since when. `timeout` in seconds."""

    name: str
    queue: str
    pid: int | None
    heartbeat_at: datetime | None
    job_kind: str | None = None
    job_row: str | None = None
    job_since: datetime | None = None
    timeout: int | None = None


@dataclass(frozen=True)
class QueueSnapshot:
    """Queues and workers; both empty when Redis was not reachable.

    `at` is Redis's own time: what ages are reckoned from, because the demo's clock is not the one that stamps hints.
    """

    reachable: bool
    queues: tuple[QueueView, ...] = ()
    workers: tuple[WorkerView, ...] = ()
    at: datetime | None = None


def snapshot() -> QueueSnapshot:
    """What stands in the queues. Never raises, and waits 0.2 s at most for a Redis that is away."""
    if not breaker.closed():
        return QueueSnapshot(reachable=False)
    try:
        redis = impatient()
        seconds, _micros = redis.time()
        return QueueSnapshot(
            True,
            tuple(_queue(redis, name) for name in QUEUES),
            tuple(_workers(redis)),
            at=datetime.fromtimestamp(seconds, UTC),
        )
    except (RedisError, OSError):
        breaker.failed()
        return QueueSnapshot(reachable=False)


def reachable() -> bool:
    """Whether Redis answers now (for /readyz). Never raises; asks even when a failure was seen a moment ago."""
    try:
        return bool(impatient().ping())
    except (RedisError, OSError):
        return False


def _queue(redis: Redis, name: str) -> QueueView:
    queue = Queue(name, connection=redis, serializer="json")
    first = queue.get_job_ids(0, 1)
    failed = queue.failed_job_registry.get_job_count(cleanup=False)
    return QueueView(name, queue.count, _enqueued_at(redis, first[0]) if first else None, failed)


def _enqueued_at(redis: Redis, name: str) -> datetime | None:
    try:
        return _aware(Job.fetch(name, connection=redis, serializer="json").enqueued_at)
    except NoSuchJobError:
        return None


def _workers(redis: Redis) -> list[WorkerView]:
    found = [_worker(worker) for worker in Worker.all(connection=redis, serializer="json")]
    return sorted(found, key=lambda view: view.name)


def _worker(worker: BaseWorker) -> WorkerView:
    queues = ",".join(queue.name for queue in worker.queues)
    running: list[Execution] = worker.get_current_executions()
    if not running:
        return WorkerView(worker.name, queues, worker.pid, _aware(worker.last_heartbeat))
    kind, row = of_job(running[0].job_id)
    known = KINDS.get(kind)
    return WorkerView(
        worker.name,
        queues,
        worker.pid,
        _aware(worker.last_heartbeat),
        job_kind=kind,
        job_row=row,
        job_since=_aware(running[0].created_at),
        timeout=known.timeout if known else None,
    )


def _aware(at: datetime | None) -> datetime | None:
    return at.replace(tzinfo=UTC) if at is not None and at.tzinfo is None else at
