"""What the overview says of the things around the work: letters, webhooks, Redis, the store, a restart. Values only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID


@dataclass(frozen=True)
class MailFacts:
    """Letters: due, accepted by the relay in the last hour, how long that took, what failed."""

    due: int
    oldest_due: timedelta | None
    sent_hour: int
    p95: timedelta | None  # from written to accepted, of the last hour's
    failed_day: int
    unreachable: int  # addresses that the relay refused for good, of the whole install
    last_error: str  # the relay's answer, redacted; empty when there was none in the last day
    last_error_at: datetime | None


@dataclass(frozen=True)
class WebhooksIn:
    """Webhooks of a processor account."""

    account: UUID
    slug: str
    name: str
    gateway: str
    hour: int
    last: datetime | None
    waiting: int
    failed: int
    unknown: int


@dataclass(frozen=True)
class WebhookFacts:
    """Webhooks in, of all accounts together and the 20 with most trouble; our own calls out (alarms)."""

    hour: int
    waiting: int
    failed: int
    unknown: int  # about an object with our mark that we do not know
    accounts: tuple[WebhooksIn, ...]
    more_accounts: int
    out_waiting: int
    out_sent_hour: int
    out_failing: int  # waiting after at least one try
    out_error: str


@dataclass(frozen=True)
class ValkeyFacts:
    """Redis' own health; None fields are what it did not say. `bad` names what must be mended: memory, aof, policy."""

    reachable: bool
    version: str = ""
    memory: int | None = None  # bytes
    memory_most: int | None = None  # bytes; None: no limit
    policy: str = ""
    aof: bool | None = None
    aof_ok: bool | None = None
    evicted: int = 0  # hints that it threw away
    up: timedelta | None = None
    bad: tuple[str, ...] = ()


@dataclass(frozen=True)
class StoreFacts:
    """The store's health. `asked_ms`: how long one trivial query took just now, in tenths of a millisecond."""

    kind: str  # SQLite or PostgreSQL
    size: int | None  # bytes
    pending: tuple[str, ...]  # migrations that are not applied
    disk_free: int | None  # bytes under DATA_DIR
    disk_all: int | None
    asked: timedelta
    wal: int | None = None  # bytes, SQLite
    connections: int | None = None  # PostgreSQL
    connections_most: int | None = None


@dataclass(frozen=True)
class Running:
    """A job that a worker has in hand."""

    kind: str
    row: str | None
    worker: str
    since: timedelta | None


@dataclass(frozen=True)
class Restart:
    """Whether a restart would interrupt anything: calls to processors that are out, jobs in hand."""

    attempts: int  # being sent, with a live lease
    refunds: int
    jobs: tuple[Running, ...]
    known: bool  # False: Redis did not answer, so jobs cannot be seen

    @property
    def safe(self) -> bool:
        """Nothing is in flight. What a restart interrupts is asked about afterwards, never charged again."""
        return not (self.attempts or self.refunds or self.jobs)
