"""Our RQ worker: one queue, one process, no fork, only our own jobs, nothing of a person in Redis or in the log."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC
from pathlib import Path
from typing import Any

from redis import Redis
from redis.client import Pipeline
from rq import Queue, SimpleWorker, worker_registration
from rq.exceptions import NoSuchJobError
from rq.executions import Execution
from rq.job import Job
from rq.timeouts import UnixSignalDeathPenalty

from domain.operations import runs
from integrations.queue.kinds import KINDS, of_job
from integrations.queue.snapshot import MEMORY
from kit import failure
from kit.clock import real_now
from kit.log import about, log, redact
from workers import judging, leaving
from workers.registry import OwnJob
from workers.watchdog import Watchdog


class Alarm(UnixSignalDeathPenalty):
    """RQ's time-out, which also remembers that it went off: the job may have swallowed the exception."""

    rang = False

    def handle_death_penalty(self, signum: int, frame: Any) -> None:
        """Raises JobTimeoutException in the job."""
        Alarm.rang = True
        super().handle_death_penalty(signum, frame)  # type: ignore[no-untyped-call]


class OwnWorker(SimpleWorker):
    """Runs jobs one after another in this process, and ends after a job that took too long."""

    death_penalty_class = Alarm
    max_connection_wait_time = 5.0  # seconds between tries while Redis is away
    watchdog = Watchdog()  # of the process; `python -m workers` starts it
    _trace = ""  # of the job that has just failed

    def subscribe(self) -> None:
        """Listens to no remote commands: the supervisor and signals are how a worker is told to stop."""

    def dequeue_job_and_maintain_ttl(
        self, timeout: int | None, max_idle_time: int | None = None
    ) -> tuple[Job, Queue] | None:
        """The next job; None when an operator has stopped this worker: it then ends, with nothing in hand."""
        if timeout is None or max_idle_time is not None:  # in a burst nobody waits
            return super().dequeue_job_and_maintain_ttl(timeout, max_idle_time)
        while not leaving.is_told(self.name):
            judging.by_worker()
            found = super().dequeue_job_and_maintain_ttl(timeout, leaving.LOOK_EVERY)
            if found is not None:
                return found
        return None

    def heartbeat(self, timeout: int | None = None, pipeline: Pipeline | None = None) -> None:
        """A sign of life. After a wipe of Redis it signs in again: operators and the supervisor must see it."""
        if pipeline is None and self.birth_date and not self.connection.sismember(self.redis_workers_keys, self.key):
            with self.connection.pipeline() as signing_in:
                signing_in.hset(self.key, mapping=self.serialize())
                worker_registration.register(self, signing_in)
                signing_in.execute()
        memory = _memory()
        if memory is not None:
            (self.connection if pipeline is None else pipeline).hset(self.key, MEMORY, memory)
        super().heartbeat(timeout, pipeline)

    def execute_job(self, job: Job, queue: Queue) -> None:
        """Runs one job; after a time-out this process is not trusted with another."""
        self.watchdog.begins(job.id, float(job.timeout or queue._default_timeout))
        try:
            with _known(job, self.name):
                super().execute_job(job, queue)
        finally:
            self.watchdog.ends()
        if Alarm.rang:
            log().error("worker.leaves_after_timeout", worker=self.name, job=job.id)
            self._stop_requested = True

    def handle_exception(self, job: Job, *exc_info: Any) -> None:
        """One line in our own log, redacted, in place of RQ's with arguments."""
        log().error("job.failed", job=job.id, queue=job.origin, exc_info=exc_info)
        self._trace = failure.trace(exc_info[1]) if isinstance(exc_info[1], BaseException) else ""

    def handle_job_failure(
        self,
        job: Job,
        queue: Queue,
        started_job_registry: Any = None,
        exc_string: str = "",
        execution: Execution | None = None,
    ) -> None:
        """Marks the job as failed. What is kept in Redis is redacted: an error may quote a name or an address."""
        trace, self._trace = self._trace, ""
        super().handle_job_failure(job, queue, started_job_registry, redact(trace or exc_string), execution)


@contextmanager
def _known(job: Job, worker: str) -> Iterator[None]:
    """Inside, lines of the log carry the job, and runs know where they run and how long the hint waited."""
    kind, row = of_job(job.id)
    placed = job.enqueued_at
    waited = None if placed is None else (real_now() - placed.replace(tzinfo=placed.tzinfo or UTC)).total_seconds()
    ids = {"kind": kind, "row": row} if kind in KINDS else {}
    with about(job=job.id[:80], **ids), runs.at(runs.Place("job", worker, waited)):
        yield


def _memory() -> int | None:
    """What this process holds in memory, in bytes; None where the system does not tell."""
    if sys.platform != "linux":
        return None
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except (OSError, ValueError, IndexError):
        return None
    return pages * os.sysconf("SC_PAGE_SIZE")


def worker_name(queue: str, pid: int) -> str:
    """Where a worker is and what it serves: `mail@host#123`."""
    return f"{queue}@{socket.gethostname()}#{pid}"


def make_worker(queue: str, redis: Redis) -> OwnWorker:
    """A worker for one queue. One at a time in a process."""
    Alarm.rang = False
    return OwnWorker(
        [Queue(queue, connection=redis, serializer="json", job_class=OwnJob, death_penalty_class=Alarm)],
        name=worker_name(queue, os.getpid()),
        connection=redis,
        job_class=OwnJob,
        serializer="json",
        worker_ttl=45,  # so that a dead one is out of sight in under two minutes
        log_job_description=False,
    )


def bury_the_dead(queue: str, redis: Redis) -> int:
    """Forgets workers of this host that were killed, and the hints that they took with them; returns how many hints.

    Their rows are still due, so the clock places new hints. (RQ itself would look after minutes, up to half an hour.)
    """
    place = Queue(queue, connection=redis, serializer="json", job_class=OwnJob)
    for worker in OwnWorker.all(queue=place, serializer="json"):
        if is_dead(worker.name):
            worker.register_death()  # type: ignore[no-untyped-call]
            redis.delete(worker.key)
    gone = [job for job in _taken(place) if not job.worker_name or is_dead(job.worker_name)]
    for job in gone:
        place.intermediate_queue.remove(job.id)
        job.delete()
    return len(gone)


def _taken(place: Queue) -> Iterable[Job]:
    """Jobs that left the queue and did not end. One that a worker is just taking has no worker's name yet, for a
    moment: taking its hint away as well is harmless."""
    ids = {*place.intermediate_queue.get_job_ids(), *place.started_job_registry.get_job_ids(cleanup=False)}
    for name in ids:
        try:
            yield OwnJob.fetch(name, connection=place.connection, serializer="json")
        except NoSuchJobError:
            place.intermediate_queue.remove(name)


def is_dead(worker: str) -> bool:
    """Whether a worker of that name was of this host and is no more."""
    host, _, pid = worker.partition("@")[2].partition("#")
    return host == socket.gethostname() and not _alive(pid)


def _alive(pid: str) -> bool:
    try:
        os.kill(int(pid), 0)
    except (ProcessLookupError, ValueError):
        return False
    except PermissionError:
        pass
    return True
