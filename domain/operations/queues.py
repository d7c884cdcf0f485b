"""The queues: what waits in Redis, beside what the store has due, and how each went in the last two hours."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from peewee import SQL, fn

from domain.operations.measures import bound, per_minute
from domain.operations.shapes import DueLine, QueueLine, Stopped
from domain.operations.stops import StopLine
from domain.work.wake import Work
from integrations.queue.kinds import KINDS, QUEUES
from integrations.queue.snapshot import QueueSnapshot, QueueView
from kit.measure import BOUNDS, What
from models.base import connected
from models.operations import JobRun, Measured, Span

_MINUTES = 120
_TEN = 10
_MOST = 100_000
_Counts = dict[tuple[What, str], list[int]]


@dataclass(frozen=True)
class Pulse:
    """How work went lately: by kind what came and what was done in each of the last 120 minutes; by queue how long jobs
    waited and ran in the last hour, in buckets, and how many runs failed in the last day."""

    came: Mapping[str, list[int]]
    done: Mapping[str, list[int]]
    took: Mapping[tuple[What, str], list[int]]
    failed: Mapping[str, int]

    def lately(self) -> dict[Work, tuple[list[int], list[int]]]:
        """By kind of work, what came and what was done in each of the last ten minutes, oldest first."""
        return {Work(kind): (self.came[kind][-_TEN:], self.done[kind][-_TEN:]) for kind in KINDS}


def pulse(now: datetime) -> Pulse:
    """Read from measures and runs: a few thousand rows of them, whatever the queues hold."""
    with connected():
        came, ran, failed = (
            per_minute(what, KINDS, minutes=_MINUTES, now=now) for what in (What.PLACED, What.RAN, What.FAILED)
        )
        done = {kind: [a + b for a, b in zip(ran[kind], failed[kind], strict=True)] for kind in KINDS}
        return Pulse(came, done, _took(now), _failed(now))


def queue_lines(
    hints: QueueSnapshot, due: Iterable[DueLine], pulse: Pulse, stops: Mapping[str, StopLine]
) -> tuple[QueueLine, ...]:
    """A line for each queue, Redis or not. Pure."""
    due, views = list(due), {view.name: view for view in hints.queues}
    return tuple(_line(name, views.get(name), hints, due, pulse, stops.get(name)) for name in QUEUES)


def _line(  # noqa: PLR0917 - one call, above
    name: str, view: QueueView | None, hints: QueueSnapshot, due: list[DueLine], pulse: Pulse, stop: StopLine | None
) -> QueueLine:
    mine = [line for line in due if line.queue == name]
    kinds = [kind.name for kind in KINDS.values() if kind.queue == name]
    came, done = (_added(series[kind] for kind in kinds) for series in (pulse.came, pulse.done))
    waited, ran = (pulse.took.get((what, name), []) for what in (What.WAITED, What.RAN))
    waits = view is not None and view.oldest is not None and hints.at is not None
    return QueueLine(
        name=name,
        waiting=view.waiting if view else 0,
        oldest=max(hints.at - view.oldest, timedelta(0)) if waits else None,  # type: ignore[union-attr,operator]
        failed=pulse.failed.get(name, 0),
        due=sum(line.count for line in mine),
        workers=sum(name in worker.queue.split(",") for worker in hints.workers),
        failed_jobs=view.failed if view else 0,
        came=sum(came[-_TEN:]),
        done=sum(done[-_TEN:]),
        wait_p50=bound(waited, 50),
        wait_p95=bound(waited, 95),
        run_p50=bound(ran, 50),
        run_p95=bound(ran, 95),
        came_by_minute=tuple(came),
        done_by_minute=tuple(done),
        stopped=None if stop is None else Stopped(stop.set_at, stop.reason, stop.until, stop.drain),
        late=any(line.late for line in mine),
        known=view is not None,
    )


def _added(series: Iterable[list[int]]) -> list[int]:
    return [sum(minute) for minute in zip(*series, strict=True)]


def _took(now: datetime) -> _Counts:
    """By queue, in buckets, for the last hour: how long its jobs waited, and how long they ran, failed ones too."""
    whats = (What.WAITED, What.RAN, What.FAILED)
    columns = (Measured.what, Measured.who, Measured.bucket)
    wanted = Measured.what.in_(whats) & Measured.who.in_(list(KINDS))
    wanted = wanted & (Measured.span == Span.MINUTE) & (Measured.at > now - timedelta(hours=1)) & (Measured.at <= now)
    query: Any = Measured.select(*columns, fn.SUM(Measured.n)).where(wanted).group_by(*columns).tuples()
    found: _Counts = defaultdict(lambda: [0] * (len(BOUNDS) + 1))
    for what, who, bucket, n in query:
        found[What.WAITED if what == What.WAITED else What.RAN, KINDS[who].queue][bucket] += int(n)
    return found


def _failed(now: datetime) -> dict[str, int]:
    """By queue. Found by the index of failures, which are few among the runs, in its very words; at most so many."""
    wanted: Any = (JobRun.ended_at > now - timedelta(days=1)) & SQL("state <> 'done'")
    rows = JobRun.select(JobRun.queue.alias("queue")).where(wanted).order_by(JobRun.ended_at.desc()).limit(_MOST)
    counted: Any = JobRun.select(SQL("queue"), fn.COUNT(SQL("*"))).from_(rows.alias("failed")).group_by(SQL("queue"))
    return {queue: int(count) for queue, count in counted.tuples()}
