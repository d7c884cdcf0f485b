"""What operators have stopped, as everybody who works asks it: the store is the truth, Redis plays no part.

A stop with an end is over when that has come, whether somebody has lifted it or not. Processes look once a second at
most; what decides about money (`of_merchant`) is asked in the transaction that reserves.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from peewee import JOIN, SQL, fn

from domain.work.wake import Work
from integrations.queue.kinds import KINDS
from models.base import connected, db
from models.merchants import Merchant, Staff
from models.operations import Stop, StopWhat

_HOLDS = 1.0  # seconds that a process believes what it read
# Asking what became of a charge starts none, and a customer may be waiting; operators are told in any case.
NEVER_STOPPED = frozenset({Work.ATTEMPT, Work.ALARM})


@dataclass(frozen=True)
class StopLine:
    """A stop that stands. `name` is a queue, a worker or a merchant's id; `by` is empty for a command."""

    id: UUID
    what: StopWhat
    name: str
    drain: bool
    reason: str
    set_at: datetime
    until: datetime | None
    merchant: UUID | None = None
    slug: str = ""
    merchant_name: str = ""
    by: str = ""

    def stands(self, now: datetime) -> bool:
        """Whether its end has not come."""
        return self.until is None or self.until > now


@dataclass(frozen=True)
class _Seen:
    store: object
    at: float
    lines: tuple[StopLine, ...]


_seen: _Seen | None = None


def active(now: datetime) -> list[StopLine]:
    """Every stop that stands now, the oldest first. One query; writes nothing."""
    return [line for line in _read() if line.stands(now)]


def stopped_queues(now: datetime) -> dict[str, StopLine]:
    """The queues whose work nobody does, with why. As old as a second."""
    return {line.name: line for line in _lately(now) if line.what == StopWhat.QUEUE}


def stopped_kinds(now: datetime) -> frozenset[Work]:
    """The kinds of work that nobody does now. As old as a second."""
    queues = stopped_queues(now)
    return frozenset(kind for kind in Work if KINDS[kind.value].queue in queues) - NEVER_STOPPED if queues else _NONE


_NONE: frozenset[Work] = frozenset()


def is_held(kind: Work, now: datetime) -> bool:
    """Whether a worker puts away a job of this kind. Asked anew before one is: its hint would be missed for a while."""
    if kind not in stopped_kinds(now):
        return False
    forget()
    return kind in stopped_kinds(now)


def merchant_suspended(merchant: UUID, now: datetime) -> bool:
    """Whether the clock charges nobody for this merchant. As old as a second: the reserve asks the store itself."""
    return any(line.what == StopWhat.MERCHANT and line.merchant == merchant for line in _lately(now))


def must_leave(worker: str, now: datetime) -> bool:
    """Whether this worker is to end after the job in hand. As old as a second."""
    return any(line.what == StopWhat.WORKER and line.name == worker for line in _lately(now))


def of_merchant(merchant: Any, now: datetime) -> Any:
    """The condition that a merchant's automatic charges are suspended, for a query of its own. `merchant`: a column."""
    stands = Stop.lifted_at.is_null() & (Stop.until.is_null() | (Stop.until > now))
    mine = (Stop.what == StopWhat.MERCHANT) & (Stop.merchant == merchant)
    return fn.EXISTS(Stop.select(SQL("1")).where(mine & stands))


def lift_ended(now: datetime) -> int:
    """Writes down the end of stops whose time has come; returns how many. Nobody waits for it: they are over anyway."""
    if not any(not line.stands(now) for line in _fresh().lines):
        return 0
    ended = Stop.lifted_at.is_null() & (Stop.until <= now)
    with connected():
        lifted = int(Stop.update(lifted_at=Stop.until).where(ended).execute())
    forget()
    return lifted


def forget() -> None:
    """The next question is put to the store: something was stopped or lifted here."""
    global _seen
    _seen = None


def _lately(now: datetime) -> list[StopLine]:
    return [line for line in _fresh().lines if line.stands(now)]


def _fresh() -> _Seen:
    global _seen
    seen, store, moment = _seen, db.obj, time.monotonic()
    if seen is None or seen.store is not store or moment - seen.at >= _HOLDS:
        seen = _seen = _Seen(store, moment, tuple(_read()))
    return seen


def _read() -> list[StopLine]:
    query: Any = (
        Stop.select(Stop, Merchant.slug, Merchant.name, Staff.name)
        .join(Merchant, JOIN.LEFT_OUTER)
        .switch(Stop)
        .join(Staff, JOIN.LEFT_OUTER, on=(Stop.set_by == Staff.id))
        .where(Stop.lifted_at.is_null())
        .order_by(Stop.set_at, Stop.id)
    )
    with connected():
        return [_line(*row) for row in query.tuples()]


def _line(*row: Any) -> StopLine:
    fields = dict(zip((field.name for field in Stop._meta.sorted_fields), row, strict=False))
    slug, merchant_name, by = row[len(fields) :]
    return StopLine(
        fields["id"], StopWhat(fields["what"]), fields["name"], fields["drain"], fields["reason"], fields["set_at"],
        fields["until"], fields["merchant"], slug or "", merchant_name or "", by or "",
    )  # fmt: skip
