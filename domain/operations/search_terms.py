"""What may be asked of the jobs, and what is answered: one line for a job that waits, runs, is due or has ended."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from domain.operations.about import About
from domain.operations.about_rows import Row
from domain.work.wake import Work
from integrations.queue.kinds import KINDS, QUEUES, job_id, of_job
from kit.ids import as_uuid

__all__ = [
    "PAGE",
    "PAGES",
    "QUEUES",
    "Filter",
    "Found",
    "Line",
    "Row",
    "State",
    "Subject",
    "Wanted",
    "name_of",
    "row_of",
]

PAGE = 50  # lines of a page
PAGES = 20  # whoever has not found it by then asks more closely


class State(StrEnum):
    """Where a job stands: by its row, by the queue, or by how its run ended."""

    WAITING = "waiting"  # its hint stands in the queue
    RUNNING = "running"
    DUE = "due"  # the row is due, and no hint of it waits or runs
    LATER = "later"  # the row's time has not come
    FAILED = "failed"  # raised, and neither done since nor discarded
    DONE = "done"
    DONE_LATER = "done_later"  # raised, and a later run of the row went well
    DISCARDED = "discarded"


class Wanted(StrEnum):
    """The states that can be asked for."""

    WAITING = "waiting"
    RUNNING = "running"
    DUE = "due"
    FAILED = "failed"
    DONE = "done"
    DISCARDED = "discarded"


@dataclass(frozen=True)
class Subject:
    """Whom or what the jobs are about. None where nothing was asked; an empty set where what was asked is not there.

    `ids` may be of anything: a row of work, a customer, an order, a payment.
    """

    customers: frozenset[UUID] | None = None
    orders: frozenset[UUID] | None = None
    payments: frozenset[UUID] | None = None
    ids: frozenset[UUID] | None = None
    row: Row | None = None

    @property
    def all_of_it(self) -> tuple[frozenset[UUID] | None, ...]:
        """Everything that may be asked about by id."""
        return self.customers, self.orders, self.payments, self.ids

    @property
    def asked(self) -> bool:
        """Whether the jobs of somebody or something are looked for."""
        return self.row is not None or any(each is not None for each in self.all_of_it)

    @property
    def nobody(self) -> bool:
        """Whether what was asked for is not there, so that no job can be about it."""
        return any(each is not None and not each for each in self.all_of_it)


@dataclass(frozen=True)
class Filter:
    """What jobs are looked for; empty where it does not matter."""

    kind: Work | None = None
    queue: str = ""
    state: Wanted | None = None
    merchant: UUID | None = None
    subject: Subject = field(default_factory=Subject)
    since: datetime | None = None
    until: datetime | None = None
    group: str = ""  # of errors

    @property
    def kinds(self) -> frozenset[Work]:
        """The kinds that fit kind and queue."""
        return frozenset(
            kind
            for kind in Work
            if (self.kind is None or kind == self.kind) and (not self.queue or KINDS[kind.value].queue == self.queue)
        )

    def at(self, moment: datetime | None) -> bool:
        """Whether a moment is within the time asked for."""
        if moment is None:
            return self.since is None and self.until is None
        return (self.since is None or moment >= self.since) and (self.until is None or moment < self.until)


@dataclass(frozen=True)
class Line:
    """A job. `hint` is RQ's word for it, empty when RQ knows no such job."""

    name: str
    state: State
    at: datetime | None
    queue: str
    row: Row | None = None  # None: a name that is not one of ours
    hint: str = ""
    error: str = ""
    message: str = ""
    group: str = ""
    run: UUID | None = None
    about: About | None = None


@dataclass(frozen=True)
class Found:
    """A page of lines. `reachable`: Redis answered, where it was asked. `cut`: not all that waits was looked at."""

    lines: tuple[Line, ...] = ()
    more: bool = False
    reachable: bool = True
    cut: bool = False


def name_of(row: Row) -> str:
    """The job's name."""
    kind, id_ = row
    return job_id(kind.value, id_)


def row_of(name: str) -> Row | None:
    """The row behind a job's name, or None for a name that is not one of ours."""
    kind, id_ = of_job(name)
    found = as_uuid(id_) if len(id_) == 36 else None
    return (Work(kind), found) if kind in KINDS and found is not None else None
