"""What the overview says: values only. Ages and spans are timedeltas, durations of calls and jobs milliseconds.

Where a merchant is asked for, some figures are still of the whole install: `Overview.whole_install` names them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from domain.operations.alarms.lines import AlarmLine
from domain.operations.health_shapes import MailFacts, Restart, StoreFacts, ValkeyFacts, WebhookFacts
from domain.operations.whose import Whose
from domain.reconciliation.differences import OpenDifference
from domain.work.wake import Work

LATE = timedelta(minutes=2)  # the clock hints every second and again after 15: by then a row should be done
CLOCK_SILENT = timedelta(seconds=30)  # it notes every five seconds that it goes round
WORKER_SILENT = timedelta(minutes=2)  # beyond twice the 45 s that a worker waits for its next job
LATELY = timedelta(minutes=10)  # what "in a minute" is the mean of


@dataclass(frozen=True)
class VerdictLine:
    """A sentence of the first line. `tone` is bad, warn, info or good; `link` an address under /operations or empty."""

    whose: Whose
    tone: str
    sentence: str
    link: str = ""


class Going(StrEnum):
    """How rows that are due stand."""

    NOTHING = "nothing"  # none is due
    IN_HAND = "in_hand"  # on time, or a wave that goes at its account's pace
    ON_PURPOSE = "on_purpose"  # all of it waits because somebody stopped it
    LATE = "late"


@dataclass(frozen=True)
class Clearing:
    """How a backlog goes: of `rows`, so many came and were done a minute, lately. `end` is None when it has none in
    sight: `growing` (more comes than is done) or `stalled` (nothing is done at all)."""

    rows: int
    came: int  # in the last ten minutes
    done: int  # in the last ten minutes
    end: datetime | None = None
    growing: bool = False
    stalled: bool = False


@dataclass(frozen=True)
class DueLine:
    """A kind of work: what the store has due and not done, and the queue that its hints wait in.

    Of `count` rows, `paced` go at their account's pace and `waiting` wait on purpose (merchant suspended, queue
    stopped); the rest should be done at once. `oldest` is of all of them, `late_rows` only of those that nobody holds.
    """

    kind: Work
    queue: str
    count: int
    oldest: timedelta | None
    going: Going
    late_rows: int = 0
    paced: int = 0
    waiting: int = 0
    clearing: Clearing | None = None
    at_most: bool = False  # `count` is where counting stopped: there are more

    @property
    def late(self) -> bool:
        """Whether rows of it should have been done."""
        return self.going == Going.LATE


@dataclass(frozen=True)
class Stopped:
    """Why nobody takes a queue's work."""

    since: datetime | None
    reason: str
    until: datetime | None = None
    drain: bool = False


@dataclass(frozen=True)
class QueueLine:
    """A queue: its hints, beside them what the store has due for it, and how it went lately.

    `failed` are runs that failed in the last day; `failed_jobs` is what Redis keeps of them.
    p50 and p95 are of the last hour, None when nothing ran. The two series are of the last two hours, a number a
    minute, oldest first.
    """

    name: str
    waiting: int
    oldest: timedelta | None
    failed: int
    due: int
    workers: int
    failed_jobs: int = 0
    came: int = 0  # hints placed in the last ten minutes
    done: int = 0  # rows done in the last ten minutes, failures included
    wait_p50: int | None = None
    wait_p95: int | None = None
    run_p50: int | None = None
    run_p95: int | None = None
    came_by_minute: tuple[int, ...] = ()
    done_by_minute: tuple[int, ...] = ()
    stopped: Stopped | None = None
    late: bool = False
    known: bool = True  # whether Redis said how many hints wait; if not, `waiting` and `workers` are 0

    @property
    def in_a_minute(self) -> str:
        """Hints placed a minute, lately: a whole number, or one decimal below ten."""
        return a_minute(self.came)

    @property
    def out_a_minute(self) -> str:
        """Rows done a minute, lately: a whole number, or one decimal below ten."""
        return a_minute(self.done)


@dataclass(frozen=True)
class WorkerLine:
    """A worker: its queue, how long ago it gave a sign, what it does and for how long, since when it lives."""

    name: str
    queue: str
    heartbeat: timedelta | None
    silent: bool
    job: Work | None
    job_row: str | None
    job_for: timedelta | None
    over_time: bool
    host: str = ""
    pid: int | None = None
    memory: int | None = None  # bytes
    up: timedelta | None = None
    jobs_done: int = 0  # since it was started
    jobs_failed: int = 0
    stopping: bool = False  # somebody asked it to end after its job

    @property
    def state(self) -> str:
        """silent, over_time, busy, stopping or idle."""
        if self.silent:
            return "silent"
        if self.over_time:
            return "over_time"
        if self.stopping:
            return "stopping"
        return "busy" if self.job or self.job_row else "idle"


@dataclass(frozen=True)
class AccountLine:
    """A processor account: how it answers, what came out, what it still owes us an answer about.

    Declines are shares in thousandths of what came to a verdict; None when there was none. `slow_since`: the first
    minute of the present run of slow answers.
    """

    account: UUID
    merchant: UUID
    slug: str
    name: str
    gateway: str
    livemode: bool
    active: bool
    calls: int = 0  # last ten minutes
    calls_hour: int = 0
    p95: int | None = None  # ms, last ten minutes
    mean: int | None = None  # ms, last ten minutes
    silent: int = 0  # no usable answer: last ten minutes
    silent_hour: int = 0
    refused: int = 0  # key refused: last ten minutes
    refused_hour: int = 0
    busy: int = 0  # too many calls: last ten minutes
    busy_hour: int = 0
    unknown: int = 0  # attempts that are asked about
    review: int = 0  # attempts that a person must judge
    verdicts: int = 0  # attempts that ended in the last hour
    declined: int | None = None  # of 1000, last hour
    declined_before: int | None = None  # of 1000, the same hour of the last four weeks
    verdicts_before: int = 0
    last_webhook: datetime | None = None
    slow_since: datetime | None = None
    paced_until: datetime | None = None

    @property
    def calls_a_minute(self) -> str:
        """Calls a minute, lately."""
        return a_minute(self.calls)

    @property
    def to_show(self) -> bool:
        """Whether anything happened with it or is open."""
        return bool(self.calls_hour or self.unknown or self.review or self.verdicts)

    @property
    def badness(self) -> tuple[int, ...]:
        """What sorts the worst first."""
        return (self.refused, self.silent, self.busy, self.review, self.unknown, self.p95 or 0, self.calls)


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
    """Due for longer than two minutes though nobody stopped it: rows, customers whose money waits, letters."""

    rows: int
    customers: int
    letters: int
    oldest: timedelta


@dataclass(frozen=True)
class TickLine:
    """A line of the timetable: its latest occurrence and the next. `missed`: due for too long, or failed to be made."""

    name: str
    last_due: datetime | None
    done_at: datetime | None
    result: str
    failed: bool
    next_at: datetime
    missed: bool
    tick: UUID | None = None  # the latest occurrence's row
    under_way: bool = False


@dataclass(frozen=True)
class Overview:
    """How the install stands at `at`, or what of it is a merchant's."""

    at: datetime
    due: tuple[DueLine, ...]
    late: Late | None
    reachable: bool  # whether Redis answered; if not, hints and workers are not known
    queues: tuple[QueueLine, ...]
    workers: tuple[WorkerLine, ...]
    unknown: Unknown
    invariants: Invariants | None
    differences: tuple[OpenDifference, ...]  # between our books and the processors' lists, oldest first, at most 200
    clock_at: datetime | None
    verdict: tuple[VerdictLine, ...] = ()
    alarms: tuple[AlarmLine, ...] = ()  # open ones, as of the latest look, the worst first
    clearing: Clearing | None = None  # of everything that is due and not stopped
    accounts: tuple[AccountLine, ...] = ()  # the 20 worst that have something to show
    more_accounts: int = 0
    ticks: tuple[TickLine, ...] = ()
    mail: MailFacts | None = None
    webhooks: WebhookFacts | None = None
    valkey: ValkeyFacts | None = None
    store: StoreFacts | None = None
    restart: Restart | None = None
    suspended: tuple[str, ...] = ()  # names of merchants whose automatic charges somebody stopped
    without_account: tuple[str, ...] = ()  # names of merchants whose charges wait for a processor account in use
    merchant: str | None = None  # the slug that the figures are of; None: of the whole install
    merchant_name: str = ""
    whole_install: frozenset[str] = frozenset()  # fields of this class that are of the whole install all the same
    as_of: Mapping[str, datetime] = field(default_factory=dict)  # fields that are older than `at`: they are dear

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
        return None if self.clock_at is None else max(self.at - self.clock_at, timedelta(0))

    @property
    def clock_silent(self) -> bool:
        """Whether the clock has not gone round as it should."""
        return self.clock_age is None or self.clock_age > CLOCK_SILENT

    @property
    def unmanned(self) -> tuple[str, ...]:
        """Queues that no worker serves, though something is due for them. A stopped one is meant to be."""
        empty = (queue for queue in self.queues if queue.known and not queue.workers and queue.stopped is None)
        return tuple(queue.name for queue in empty if queue.due or queue.waiting)


def a_minute(in_ten: int) -> str:
    """What happened so often in ten minutes, a minute: a whole number, or one decimal below ten. Pure."""
    return str((in_ten + 5) // 10) if in_ten >= 100 else f"{in_ten // 10}.{in_ten % 10}" if in_ten else "0"
