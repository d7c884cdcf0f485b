"""What RQ knows of single jobs, for operators, who see it beside the store's truth. Reads raw keys: no clean-up starts.

RQ's own reads of a registry tidy it up, and that may enqueue a job a second time (reference: RQ's registry.py). Nothing
here walks through a registry: a page of it, or the jobs whose names are known. Nobody waits for a Redis that is away.
"""

from __future__ import annotations

import re
import zlib
from base64 import b64decode
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

from redis import Redis, RedisError
from rq import Queue
from rq.job import Job
from rq.registry import BaseRegistry, DeferredJobRegistry, FailedJobRegistry, ScheduledJobRegistry, StartedJobRegistry
from rq.results import Result

from integrations.queue.connection import breaker, impatient
from integrations.queue.kinds import QUEUES

_FIELDS = ("status", "origin", "enqueued_at", "started_at", "ended_at", "worker_name", "timeout")
_TOGETHER = 16  # names of one question whether any of them is there
_LONGEST = 120  # characters of a name: a forged job may have any
_MOST_RUNNING = 200  # of a queue
_MOST_TRACE = 200_000  # bytes: a forged result may blow up
_Answer = TypeVar("_Answer")
_TYPE = re.compile(r"[A-Za-z_][\w.]{0,79}")


@dataclass(frozen=True)
class JobView:
    """A job as RQ tells of it. `status` is RQ's own word: queued, started, failed, … `timeout` in seconds."""

    name: str
    status: str
    queue: str
    enqueued_at: datetime | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    worker: str = ""
    timeout: int | None = None
    error: str = ""  # the exception's type, where it was asked for
    listed: bool | None = None  # whether its name stands in its queue's list, where it was asked for

    @property
    def waits(self) -> bool:
        """Whether it stands for a worker to take."""
        return self.status in ("queued", "deferred", "scheduled")

    @property
    def runs(self) -> bool:
        """Whether a worker has it, as far as RQ knows."""
        return self.status == "started"

    @property
    def failed(self) -> bool:
        """Whether RQ takes it for failed; the store may know better."""
        return self.status in ("failed", "stopped", "canceled")


def find(names: Iterable[str]) -> dict[str, JobView] | None:
    """The jobs of these names that Redis knows, in two round trips at most. None when it does not answer."""
    wanted = list(dict.fromkeys(names))
    return _asking(lambda redis: _views(redis, _there(redis, wanted))) if wanted else {}


def _there(redis: Redis, names: list[str]) -> list[str]:
    """Without most of those that are not: of an account's sixteen lanes, few have a job, and each look costs."""
    if len(names) <= _TOGETHER:
        return names
    parts = [names[first : first + _TOGETHER] for first in range(0, len(names), _TOGETHER)]
    with redis.pipeline(transaction=False) as asked:
        for part in parts:
            asked.exists(*map(Job.key_for, part))
        return [name for part, count in zip(parts, asked.execute(), strict=True) if count for name in part]


def look(name: str) -> JobView | None:
    """One job with its error and whether it stands in its list; None when there is none, or no answer."""
    return _asking(lambda redis: _whole(redis, name))


def waiting(queue: str, offset: int, limit: int, *, kind: str = "", look_at: int = 1000) -> list[JobView] | None:
    """The jobs that stand in a queue's list, the next one first. None when Redis does not answer.

    Of one kind: those among the first `look_at` names.
    """
    key = Queue.redis_queue_namespace_prefix + queue
    if not kind:
        return _page(lambda redis: redis.lrange(key, offset, offset + limit - 1))

    def of_kind(redis: Redis) -> list[Any]:
        names = [name for name in redis.lrange(key, 0, look_at - 1) if _text(name).startswith(f"{kind}-")]
        return names[offset : offset + limit]

    return _page(of_kind)


def failed(queues: Iterable[str], limit: int) -> list[JobView] | None:
    """Jobs that RQ lists as failed in these queues, the newest first, with their errors. None without an answer."""
    keys = [_key(FailedJobRegistry, queue) for queue in queues]

    def newest(redis: Redis) -> list[Any]:
        with redis.pipeline(transaction=False) as asked:
            for key in keys:
                asked.zrange(key, 0, limit - 1, desc=True, withscores=True)
            listed = [(score, name) for found in asked.execute() for name, score in found]
        return [name for _score, name in sorted(listed, reverse=True)[:limit]]

    return _page(newest, errors=True)


def put_off(queue: str, limit: int) -> list[JobView] | None:
    """Jobs that RQ keeps for later or behind others. We make none: whoever sees one here did not get it from us."""
    keys = [_key(each, queue) for each in (DeferredJobRegistry, ScheduledJobRegistry)]
    return _page(lambda redis: [name for key in keys for name in redis.zrange(key, 0, limit - 1)])


def running() -> list[JobView] | None:
    """Jobs that workers have now, of all queues. None when Redis does not answer."""
    return _page(_taken)


def _taken(redis: Redis) -> list[Any]:
    with redis.pipeline(transaction=False) as asked:
        for queue in QUEUES:
            asked.zrange(_key(StartedJobRegistry, queue), 0, _MOST_RUNNING - 1)
        return [_text(name).rpartition(":")[0] for found in asked.execute() for name in found]  # job:execution


def _key(registry: type[BaseRegistry], queue: str) -> str:
    return str(registry.key_template.format(queue))


def _asking(ask: Callable[[Redis], _Answer]) -> _Answer | None:
    if not breaker.closed():
        return None
    try:
        return ask(impatient())
    except (RedisError, OSError):
        breaker.failed()
        return None


def _page(names: Callable[[Redis], Iterable[Any]], *, errors: bool = False) -> list[JobView] | None:
    def ask(redis: Redis) -> list[JobView]:
        listed = list(dict.fromkeys(_text(name) for name in names(redis)))
        return list(_views(redis, listed, errors=errors).values())

    return _asking(ask)


def _results(name: str) -> str:
    return str(Result.get_key(name))  # type: ignore[no-untyped-call]


def _views(redis: Redis, names: list[str], *, errors: bool = False) -> dict[str, JobView]:
    with redis.pipeline(transaction=False) as asked:
        for name in names:
            asked.hmget(Job.key_for(name), _FIELDS)
            if errors:
                asked.xrevrange(_results(name), "+", "-", count=1)
        answers = asked.execute(raise_on_error=False)
    each = 2 if errors else 1
    found = {}
    for place, name in enumerate(names):
        fields, results = answers[place * each], answers[place * each + 1] if errors else None
        if isinstance(fields, list) and any(fields):
            found[name] = _view(name, fields, results)
    return found


def _whole(redis: Redis, name: str) -> JobView | None:
    seen = _views(redis, [name], errors=True).get(name)
    if seen is None or not seen.queue:
        return seen
    listed = redis.lpos(Queue.redis_queue_namespace_prefix + seen.queue, name) is not None
    return JobView(**{**vars(seen), "listed": listed})


def _view(name: str, fields: list[Any], results: Any) -> JobView:
    status, origin, enqueued, started, ended, worker, timeout = (_text(field) for field in fields)
    return JobView(
        name=name[:_LONGEST],
        status=status,
        queue=origin,
        enqueued_at=_moment(enqueued),
        started_at=_moment(started),
        ended_at=_moment(ended),
        worker=worker,
        timeout=int(timeout) if timeout.isdecimal() else None,
        error=_error(results),
    )


def _text(raw: Any) -> str:
    return raw.decode(errors="replace") if isinstance(raw, bytes) else str(raw or "")


def _moment(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text).replace(tzinfo=UTC) if text else None  # as snapshot.py reads them
    except ValueError:
        return None


def _error(results: Any) -> str:
    """The type of the exception that the latest result ends with; no words of it, which may be anybody's."""
    if not isinstance(results, list) or not results:
        return ""
    packed = results[0][1].get(b"exc_string")
    if not packed:
        return ""
    try:
        trace = zlib.decompressobj().decompress(b64decode(packed), _MOST_TRACE).decode(errors="replace")
    except (ValueError, zlib.error):
        return ""
    last = trace.strip().rpartition("\n")[2]
    found = _TYPE.match(last)
    return found.group().rpartition(".")[2] if found else ""
