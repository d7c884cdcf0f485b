"""What stands in the queues now, for operators. Reading starts no clean-up: that may enqueue jobs a second time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from redis import Redis, RedisError
from rq import Queue, Worker
from rq.executions import WORKER_EXECUTIONS_KEY_TEMPLATE
from rq.job import Job
from rq.registry import FailedJobRegistry

from integrations.queue.connection import breaker, impatient
from integrations.queue.kinds import KINDS, QUEUES, of_job

MEMORY = "memory"  # what our workers add to RQ's own facts of them
_LIST = f"{Queue.redis_queue_namespace_prefix}{{}}"


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
    host: str = ""
    since: datetime | None = None  # when it was started
    state: str = ""  # RQ's word: idle, busy, suspended
    memory: int | None = None  # bytes, resident; None where the system does not tell
    done: int = 0  # jobs since its start that ended well
    failed: int = 0


@dataclass(frozen=True)
class RedisFacts:
    """How the queues' Redis is. Bytes; `kept` is whether a log of changes survives its end, `written` its last write.

    A key that was evicted was a hint that is gone: the policy has to be noeviction.
    """

    memory: int
    most: int | None
    policy: str
    kept: bool
    written: bool
    evicted: int
    clients: int
    up: timedelta
    version: str = ""


@dataclass(frozen=True)
class QueueSnapshot:
    """Queues and workers; both empty when Redis was not reachable.

    `at` is Redis's own time: what ages are reckoned from, because the demo's clock is not the one that stamps hints.
    """

    reachable: bool
    queues: tuple[QueueView, ...] = ()
    workers: tuple[WorkerView, ...] = ()
    at: datetime | None = None
    redis: RedisFacts | None = None


def snapshot() -> QueueSnapshot:
    """What stands in the queues. Never raises, and waits 0.2 s at most for a Redis that is away."""
    if not breaker.closed():
        return QueueSnapshot(reachable=False)
    try:
        return _ask(impatient())
    except (RedisError, OSError):
        breaker.failed()
        return QueueSnapshot(reachable=False)


def reachable() -> bool:
    """Whether Redis answers now (for /readyz). Never raises; asks even when a failure was seen a moment ago."""
    try:
        return bool(impatient().ping())
    except (RedisError, OSError):
        return False


def _ask(redis: Redis) -> QueueSnapshot:
    """Three round trips, however many queues, workers and jobs there are; no registry is read, only counted."""
    with redis.pipeline(transaction=False) as asked:
        asked.time()
        asked.info()
        asked.smembers(Worker.redis_workers_keys)
        for name in QUEUES:
            asked.llen(_LIST.format(name))
            asked.lindex(_LIST.format(name), 0)
            asked.zcard(FailedJobRegistry.key_template.format(name))
        answers = asked.execute(raise_on_error=False)
    told, others = answers[1], [answers[0], *answers[2:]]
    refused = next((one for one in others if isinstance(one, Exception)), None)
    if refused is not None:
        raise refused
    (seconds, _micros), keys, *counted = others
    waiting, first, failed = counted[::3], [_text(name) for name in counted[1::3]], counted[2::3]
    workers, since = _workers(redis, sorted(_text(key) for key in keys), first)
    return QueueSnapshot(
        True,
        tuple(map(QueueView, QUEUES, waiting, since, failed)),
        tuple(workers),
        at=datetime.fromtimestamp(seconds, UTC),
        redis=_facts(told) if isinstance(told, dict) else None,  # a hired Redis may refuse to tell
    )


def _workers(redis: Redis, keys: list[str], first: list[str]) -> tuple[list[WorkerView], list[datetime | None]]:
    """The workers of these keys; and since when the first jobs of the queues wait."""
    with redis.pipeline(transaction=False) as asked:
        for job in first:
            asked.hget(Job.key_for(job) if job else "rq:job:", "enqueued_at")
        for key in keys:
            asked.hgetall(key)
            asked.smembers(WORKER_EXECUTIONS_KEY_TEMPLATE.format(_name(key)))
        answers = asked.execute()
    since, hashes = [_moment(_text(at)) for at in answers[: len(first)]], answers[len(first) :: 2]
    running = [sorted(map(_text, executions)) for executions in answers[len(first) + 1 :: 2]]
    begun = _begun(redis, [execution for executions in running for execution in executions])
    views = [
        _worker(_name(key), facts, next((begun[one] for one in executions if one in begun), None))
        for key, facts, executions in zip(keys, map(_texts, hashes), running, strict=True)
        if facts and "death" not in facts  # it was unlisted only half, or has just gone
    ]
    return views, since


def _begun(redis: Redis, executions: list[str]) -> dict[str, tuple[str, datetime]]:
    """For each execution that goes on, its job and since when."""
    if not executions:
        return {}
    with redis.pipeline(transaction=False) as asked:
        for execution in executions:
            asked.hget(f"rq:execution:{execution}", "created_at")
        answers = asked.execute()
    return {
        execution: (execution.rpartition(":")[0], datetime.fromtimestamp(float(at), UTC))
        for execution, at in zip(executions, answers, strict=True)
        if at is not None
    }


def _worker(name: str, facts: dict[str, str], job: tuple[str, datetime] | None) -> WorkerView:
    kind, row = of_job(job[0]) if job else (None, None)
    known = KINDS.get(kind) if kind else None
    return WorkerView(
        name,
        facts.get("queues", ""),
        _number(facts, "pid"),
        _moment(facts.get("last_heartbeat")),
        job_kind=kind,
        job_row=row,
        job_since=job[1] if job else None,
        timeout=known.timeout if known else None,
        host=facts.get("hostname", ""),
        since=_moment(facts.get("birth")),
        state=facts.get("state", ""),
        memory=_number(facts, MEMORY),
        done=_number(facts, "successful_job_count") or 0,
        failed=_number(facts, "failed_job_count") or 0,
    )


def _facts(told: dict[str, Any]) -> RedisFacts:
    return RedisFacts(
        memory=int(told.get("used_memory", 0)),
        most=int(told.get("maxmemory", 0)) or None,
        policy=str(told.get("maxmemory_policy", "")),
        kept=bool(told.get("aof_enabled", 0)),
        written=told.get("aof_last_write_status", "ok") == "ok",
        evicted=int(told.get("evicted_keys", 0)),
        clients=int(told.get("connected_clients", 0)),
        up=timedelta(seconds=int(told.get("uptime_in_seconds", 0))),
        version=str(told.get("valkey_version") or told.get("redis_version", "")),
    )


def _name(key: str) -> str:
    return key.removeprefix(Worker.redis_worker_namespace_prefix)


def _text(value: bytes | str | None) -> str:
    return value.decode(errors="replace") if isinstance(value, bytes) else value or ""


def _texts(facts: dict[bytes, bytes]) -> dict[str, str]:
    return {_text(name): _text(value) for name, value in facts.items()}


def _number(facts: dict[str, str], name: str) -> int | None:
    return int(facts[name]) if facts.get(name, "").isdecimal() else None


def _moment(at: str | None) -> datetime | None:
    """RQ's stamps, in UTC. None for none, and for what somebody else has written there."""
    try:
        return datetime.fromisoformat(at).replace(tzinfo=UTC) if at else None  # RQ's own reading takes ten times longer
    except ValueError:
        return None
