"""Our own processes and what they stand on: workers, the clock, Redis, the disk, stops that were forgotten."""

from __future__ import annotations

import shutil
import socket
from collections.abc import Iterator
from datetime import datetime, timedelta

from domain.operations import stops
from domain.operations.alarms.late import seconds
from domain.operations.alarms.rules import Reading
from domain.operations.measures import sums
from domain.work import rounds
from domain.work.due import backlog
from integrations.queue.keeping import unsafe
from integrations.queue.kinds import KINDS, QUEUES
from integrations.queue.snapshot import WorkerView, snapshot
from kit.config import settings
from kit.measure import What
from models.operations import StopWhat

_MEGABYTE = 1024 * 1024
_WORKER_BEATS = 90  # seconds: twice the 45 that a worker waits for its next job
NEVER = 10 * 365 * 24 * 3600  # seconds that stand for "it has never been"


class Unread(Exception):
    """It cannot be seen now: its rules neither fire nor clear."""


def workers(now: datetime) -> list[Reading]:
    """Silent workers, too few of them, queues without one. Raises Unread while Redis is away."""
    seen = snapshot()
    if not seen.reachable:
        raise Unread
    standing = stops.active(now)
    stopped = {line.name for line in standing if line.what == StopWhat.QUEUE}
    leaving = {line.name.partition("@")[0] for line in standing if line.what == StopWhat.WORKER}
    silences = {worker.name: _silence(worker, seen.at) for worker in seen.workers}
    alive = [worker for worker in seen.workers if silences[worker.name] == 0]
    return [
        *(Reading("worker_silent", age, name[:80], facts={"queue": name.partition("@")[0]})
          for name, age in silences.items()),
        *_missing(alive, stopped, leaving),
        *_unmanned(alive, stopped, now),
    ]  # fmt: skip


def _silence(worker: WorkerView, at: datetime | None) -> int:
    """Since when it has given no sign, in seconds; 0 while it should not: at work it gives none before its job ends."""
    if worker.heartbeat_at is None or at is None:
        return NEVER
    busy = at - worker.job_since if worker.job_since is not None else None
    if busy is not None and busy <= timedelta(seconds=worker.timeout or 0):
        return 0
    age = seconds(at - worker.heartbeat_at)
    return age if age > _WORKER_BEATS else 0


def _missing(alive: list[WorkerView], stopped: set[str], leaving: set[str]) -> Iterator[Reading]:
    for queue in QUEUES:
        wanted = settings().charge_workers if queue == "charges" else 1
        here = sum(queue in worker.queue.split(",") for worker in alive)
        short = 0 if queue in stopped | leaving else max(wanted - here, 0)
        yield Reading("workers_missing", short, queue, facts={"wanted": str(wanted), "here": str(here)})


def _unmanned(alive: list[WorkerView], stopped: set[str], now: datetime) -> Iterator[Reading]:
    manned = {queue for worker in alive for queue in worker.queue.split(",")} | stopped
    oldest: dict[str, list[datetime]] = {queue: [] for queue in QUEUES}
    for one in backlog(now):
        if one.oldest is not None:
            oldest[KINDS[one.kind.value].queue].append(one.oldest)
    for queue in QUEUES:
        waits = queue not in manned and oldest[queue]
        yield Reading("queue_unmanned", seconds(now - min(oldest[queue])) if waits else 0, queue)


def clock(now: datetime) -> list[Reading]:
    """How long ago the clock last went round."""
    last = rounds.latest()
    return [Reading("clock_late", seconds(now - last) if last else NEVER, facts={"never": "" if last else "1"})]


def redis(_now: datetime) -> list[Reading]:
    """Whether Redis answers, and whether it keeps what it is given."""
    wrong = unsafe()
    away = Reading("redis_away", int(wrong is None))
    return [away, *(Reading("redis_unsafe", 1, name, facts={"is": value}) for name, value in (wrong or {}).items())]


def disk(_now: datetime) -> list[Reading]:
    """Free megabytes where this host keeps its data."""
    free = shutil.disk_usage(settings().data_dir).free if settings().data_dir.exists() else None
    if free is None:
        raise Unread
    return [Reading("disk_low", free // _MEGABYTE, socket.gethostname()[:80])]


def failures(now: datetime) -> list[Reading]:
    """Runs of work that raised within an hour, by kind."""
    failed = sums(What.FAILED, since=now - timedelta(hours=1), now=now)
    return [Reading("jobs_fail", n, who) for who, (n, _ms) in failed.items()]


def standing_stops(now: datetime) -> list[Reading]:
    """Queues that are stopped, and merchants suspended without an end: for how long."""
    return [
        Reading(
            "stop_lasts",
            seconds(now - stop.set_at),
            f"{stop.what}:{stop.name}"[:80],
            str(stop.merchant or ""),
            {"drain": "1" if stop.drain else "", "name": stop.name[:40]},
        )
        for stop in stops.active(now)
        if stop.what == StopWhat.QUEUE or (stop.what == StopWhat.MERCHANT and stop.until is None)
    ]
