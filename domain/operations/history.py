"""The last days by hour: how queues worked and how processors answered. From measures and from what attempts became."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from peewee import SQL, fn

from domain.operations.kept import kept
from domain.operations.measures import bound
from integrations.queue.kinds import KINDS, QUEUES
from kit.measure import BOUNDS, What
from models.base import connected, is_sqlite
from models.merchants import GatewayAccount
from models.operations import Measured, Span
from models.payments import Attempt, AttemptState

BACK = timedelta(days=7)
_HOUR = timedelta(hours=1)
_WHOS = 500  # accounts of one query
_VERDICTS = (AttemptState.SUCCEEDED, AttemptState.FAILED)


@dataclass(frozen=True)
class QueueHour:
    """An hour of a queue: rows done, runs that failed, the time within which 95 of 100 jobs were taken (ms)."""

    at: datetime
    done: int
    failed: int
    wait_p95: int | None


@dataclass(frozen=True)
class GatewayHour:
    """An hour of processors: calls, those without a usable answer, the time within which 95 of 100 were answered (ms),
    attempts that came to a verdict, and how many of them were declined."""

    at: datetime
    calls: int
    silent: int
    p95: int | None
    verdicts: int
    declined: int


def queue_hours(queue: str, now: datetime) -> list[QueueHour]:
    """The last 7 days of a queue, hour by hour, oldest first, the one that goes on included."""
    kinds = [kind.name for kind in KINDS.values() if kind.queue == queue]
    hours = _hours(now)
    with connected():
        found = {what: _buckets(what, kinds, hours) for what in (What.RAN, What.FAILED, What.WAITED)}
    return [
        QueueHour(
            at=at,
            done=sum(found[What.RAN][at]),
            failed=sum(found[What.FAILED][at]),
            wait_p95=bound(found[What.WAITED][at], 95),
        )
        for at in hours
    ]


def gateway_hours(now: datetime, *, house: UUID | None = None) -> list[GatewayHour]:
    """The same of the processors: of one merchant's accounts, or of all."""
    hours = _hours(now)
    with connected():
        accounts = None if house is None else _accounts(house)
        calls = _buckets(What.GATEWAY, accounts, hours)
        silent = _buckets(What.GATEWAY_SILENT, accounts, hours)
        verdicts, _at = kept("verdicts", lambda: _verdicts(house, now), house, now=now, seconds=300)
    return [
        GatewayHour(at, sum(calls[at]), sum(silent[at]), bound(calls[at], 95), *verdicts.get(at, (0, 0)))
        for at in hours
    ]


def queues() -> tuple[str, ...]:
    """The queues that have a history."""
    return QUEUES


def _hours(now: datetime) -> list[datetime]:
    last = now.replace(minute=0, second=0, microsecond=0)
    count = BACK // _HOUR
    return [last - _HOUR * (count - 1 - number) for number in range(count)]


def _accounts(house: UUID) -> list[str]:
    rows: Any = GatewayAccount.select(GatewayAccount.id).where(GatewayAccount.merchant == house).limit(_WHOS)
    return [str(row.id) for row in rows]


def _buckets(what: What, whos: Collection[str] | None, hours: Sequence[datetime]) -> dict[datetime, list[int]]:
    """For each hour how often, by bucket. `whos` is None for everybody."""
    whose = [] if whos is None else [Measured.who.in_(list(whos))]
    found: dict[datetime, list[int]] = defaultdict(lambda: [0] * (len(BOUNDS) + 1))
    query: Any = (
        Measured.select(Measured.at, Measured.bucket, fn.SUM(Measured.n))
        .where(Measured.what == what, Measured.span == Span.HOUR, Measured.at.between(hours[0], hours[-1]), *whose)
        .group_by(Measured.at, Measured.bucket)
        .tuples()
    )
    for at, bucket, n in query:
        found[at][bucket] = int(n)
    return found


def _verdicts(house: UUID | None, now: datetime) -> dict[datetime, tuple[int, int]]:
    """By hour: attempts that came to a verdict, and the declined ones. By the index of closing times."""
    hour: Any = (
        fn.SUBSTR(Attempt.closed_at, 1, 13)
        if is_sqlite()
        else fn.TO_CHAR(fn.TIMEZONE("UTC", Attempt.closed_at), "YYYY-MM-DD HH24")
    )
    hour = hour.converter(str)
    asked: Any = Attempt.select(hour, Attempt.state, fn.COUNT(Attempt.id))
    if house is not None:
        asked = asked.join(GatewayAccount).where(GatewayAccount.merchant == house)
    asked = asked.where(Attempt.closed_at > now - BACK, Attempt.state.in_(_VERDICTS)).group_by(SQL("1"), Attempt.state)
    found: dict[datetime, tuple[int, int]] = {}
    for name, state, n in asked.tuples():
        at = datetime.strptime(name, "%Y-%m-%d %H").replace(tzinfo=UTC)
        all_, declined = found.get(at, (0, 0))
        found[at] = (all_ + n, declined + (n if state == AttemptState.FAILED else 0))
    return found
