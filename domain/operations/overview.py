"""What operators see: the store's truth beside the queue's hints, and one sentence about what is late.

Nothing heavy is run here: the invariants are checked by the timetable, and only their last result is read.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import reduce
from operator import or_
from typing import Any

from peewee import SQL, fn

from domain.reconciliation.differences import OpenDifference, all_open
from domain.work import rounds
from domain.work.due import Backlog, backlog
from domain.work.wake import Work
from integrations.queue.kinds import KINDS
from integrations.queue.snapshot import QueueSnapshot, snapshot
from models.base import connected
from models.orders import Order
from models.payments import Attempt, AttemptState, Payment, PlannedTry, Recovery, TryState
from models.work import Tick

LATE = timedelta(minutes=2)  # the clock hints every second and again after 15: by then a row should be done
CLOCK_SILENT = timedelta(seconds=30)  # it notes every five seconds that it goes round
WORKER_SILENT = timedelta(minutes=2)  # beyond twice the 45 s that a worker waits for its next job
_CHECK = "check-invariants"  # the timetable's line


@dataclass(frozen=True)
class DueLine:
    """A kind of work: what the store has due and not done, and the queue that its hints wait in."""

    kind: Work
    queue: str
    count: int
    oldest: timedelta | None
    late: bool


@dataclass(frozen=True)
class QueueLine:
    """A queue: its hints, and beside them what the store has due for it. `oldest` is an age."""

    name: str
    waiting: int
    oldest: timedelta | None
    failed: int
    due: int
    workers: int


@dataclass(frozen=True)
class WorkerLine:
    """A worker: its queue, how long ago it gave a sign, what it does and for how long."""

    name: str
    queue: str
    heartbeat: timedelta | None
    silent: bool
    job: Work | None
    job_row: str | None
    job_for: timedelta | None
    over_time: bool


@dataclass(frozen=True)
class Unknown:
    """Attempts whose outcome is not known: asked about by workers, or left to a person."""

    asked: int
    for_a_person: int
    next_look: datetime | None


@dataclass(frozen=True)
class Invariants:
    """The last finished check of the promises about money; None for an install that has not had one."""

    holds: bool
    result: str
    at: datetime


@dataclass(frozen=True)
class Late:
    """Due for longer than two minutes: rows, the customers whose money waits, letters among the rows."""

    rows: int
    customers: int
    letters: int
    oldest: timedelta


@dataclass(frozen=True)
class Overview:
    """How the install stands at `at`."""

    at: datetime
    due: tuple[DueLine, ...]
    late: Late | None
    reachable: bool  # whether Redis answered; if not, queues and workers are empty
    queues: tuple[QueueLine, ...]
    workers: tuple[WorkerLine, ...]
    unknown: Unknown
    invariants: Invariants | None
    differences: tuple[OpenDifference, ...]  # between our books and the processors' lists, oldest first, at most 200
    clock_at: datetime | None

    @property
    def due_count(self) -> int:
        """Everything that is due and not done."""
        return sum(line.count for line in self.due)

    @property
    def due_oldest(self) -> timedelta | None:
        """For how long the oldest of it has been due."""
        return max((line.oldest for line in self.due if line.oldest is not None), default=None)

    @property
    def waiting(self) -> int:
        """Hints in all queues."""
        return sum(queue.waiting for queue in self.queues)

    @property
    def clock_age(self) -> timedelta | None:
        """How long ago the clock last went round; None when it never has."""
        return _age(self.at, self.clock_at)

    @property
    def clock_silent(self) -> bool:
        """Whether the clock has not gone round as it should."""
        return self.clock_age is None or self.clock_age > CLOCK_SILENT

    @property
    def unmanned(self) -> tuple[str, ...]:
        """Queues that no worker serves, though something is due for them."""
        return tuple(queue.name for queue in self.queues if not queue.workers and (queue.due or queue.waiting))


def overview(now: datetime) -> Overview:
    """How the install stands. Never waits for Redis longer than its clients do, and never raises because of it."""
    hints = snapshot()
    with connected():
        due = [_due_line(one, now) for one in backlog(now)]
        return Overview(
            at=now,
            due=tuple(due),
            late=_late(due, now),
            reachable=hints.reachable,
            queues=_queues(hints, due),
            workers=_workers(hints),
            unknown=_unknown(),
            invariants=_invariants(),
            differences=tuple(all_open()),
            clock_at=rounds.latest(),
        )


def _due_line(one: Backlog, now: datetime) -> DueLine:
    age = _age(now, one.oldest)
    return DueLine(one.kind, KINDS[one.kind.value].queue, one.count, age, age is not None and age > LATE)


def _late(due: list[DueLine], now: datetime) -> Late | None:
    late = [line for line in due if line.late]
    if not late:
        return None
    limit = now - LATE
    rows = {one.kind: one.count for one in backlog(limit)}
    return Late(
        rows=sum(rows.values()),
        customers=_customers_behind(limit),
        letters=rows[Work.MAIL],
        oldest=max(line.oldest for line in late if line.oldest is not None),
    )


def _customers_behind(limit: datetime) -> int:
    """Different customers whose charge, try or open outcome has been due since before `limit`."""
    queries: list[Any] = [
        Attempt.select(Payment.customer.alias("who")).join(Payment).where(Attempt.next_look_at <= limit),
        Order.select(Order.customer.alias("who")).where(Order.collect_at <= limit),
        PlannedTry.select(Recovery.customer.alias("who"))
        .join(Recovery)
        .where((PlannedTry.state == TryState.PLANNED) & (PlannedTry.due_at <= limit)),
    ]
    every = reduce(or_, queries)
    counted: Any = Attempt.select(fn.COUNT(SQL("who"))).from_(every.alias("behind"))
    return int(counted.scalar() or 0)


def _queues(hints: QueueSnapshot, due: list[DueLine]) -> tuple[QueueLine, ...]:
    return tuple(
        QueueLine(
            name=queue.name,
            waiting=queue.waiting,
            oldest=_age(hints.at, queue.oldest),
            failed=queue.failed,
            due=sum(line.count for line in due if line.queue == queue.name),
            workers=sum(queue.name in worker.queue.split(",") for worker in hints.workers),
        )
        for queue in hints.queues
    )


def _workers(hints: QueueSnapshot) -> tuple[WorkerLine, ...]:
    lines = []
    for worker in hints.workers:
        beat, busy = _age(hints.at, worker.heartbeat_at), _age(hints.at, worker.job_since)
        over_time = bool(busy and worker.timeout and busy > timedelta(seconds=worker.timeout))
        quiet = beat is None or beat > WORKER_SILENT  # at work it gives no sign before its job is done
        lines.append(
            WorkerLine(
                name=worker.name,
                queue=worker.queue,
                heartbeat=beat,
                silent=quiet and (busy is None or over_time),
                job=Work(worker.job_kind) if worker.job_kind in KINDS else None,
                job_row=worker.job_row,
                job_for=busy,
                over_time=over_time,
            )
        )
    return tuple(lines)


def _unknown() -> Unknown:
    states = (AttemptState.UNKNOWN, AttemptState.REVIEW)
    query: Any = (
        Attempt.select(Attempt.state, fn.COUNT(Attempt.id), fn.MIN(Attempt.next_look_at))
        .where(Attempt.state.in_(states))
        .group_by(Attempt.state)
        .tuples()
    )
    found = {state: (count, first) for state, count, first in query}
    asked, first = found.get(AttemptState.UNKNOWN, (0, None))
    return Unknown(asked, found.get(AttemptState.REVIEW, (0, None))[0], first)


def _invariants() -> Invariants | None:
    done = (
        Tick.select().where((Tick.name == _CHECK) & Tick.done_at.is_null(False)).order_by(Tick.done_at.desc()).first()
    )
    return Invariants(done.result == "all hold", done.result, done.done_at) if done else None


def _age(now: datetime | None, since: datetime | None) -> timedelta | None:
    return None if now is None or since is None else max(now - since, timedelta(0))
