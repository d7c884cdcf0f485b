"""The one list of what can be due: every kind of row that waits for somebody to act on it."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from typing import Any
from uuid import UUID

from peewee import SQL, Expression, Field, fn

from domain.operations import stops
from domain.payments.claims import accounts_with_work
from domain.work.wake import Work
from models.base import Row, connected
from models.console import ImportRun
from models.customers import Customer
from models.merchants import GatewayAccount
from models.methods import BillingSchedule, PaymentMethod
from models.operations import AlarmCall
from models.orders import Order
from models.payments import Attempt, Payment, PlannedTry, Promise, PromiseState, Refund, TryState
from models.reports import DirtyDay
from models.work import Mail, MailState, Tick, WebhookEvent, WebhookState


@dataclass(frozen=True)
class Due:
    """A row that is due and that nobody has claimed."""

    kind: Work
    id: UUID
    due_at: datetime


@dataclass(frozen=True)
class Backlog:
    """How many rows of a kind are due and not done, claimed or not, and since when the oldest has waited."""

    kind: Work
    count: int
    oldest: datetime | None


@dataclass(frozen=True)
class _Source:
    """Where a kind of work lives: its table, its due time, what says that it is not done, its lease if it has one."""

    kind: Work
    table: type[Row]
    due_at: Field
    open: Expression | None = None
    lease: Field | None = None
    since: Field | None = None  # stands in for an empty due time, which means at once
    whose: tuple[Field, ...] = ()  # the way to the merchant, key after key; empty: it is nobody's

    def due(self, now: datetime) -> Expression:
        """The condition of a row that is due and not done."""
        arrived: Expression = self.due_at <= now
        if self.since is not None:
            arrived = arrived | self.due_at.is_null()
        both: Expression = arrived if self.open is None else self.open & arrived
        return both

    def free(self, now: datetime, since: datetime | None = None) -> Expression:
        """The condition of a row that is due (since that moment or before) and unclaimed."""
        due = self.due(since or now)
        if self.lease is None:
            return due
        unclaimed: Expression = due & (self.lease.is_null() | (self.lease <= now))
        return unclaimed


def _first_of_its_day() -> Expression:
    """A day may have thousands of marks; one of them has it counted, for all."""
    before: Any = DirtyDay.alias("before")
    same = (before.merchant == DirtyDay.merchant) & (before.what == DirtyDay.what) & (before.day == DirtyDay.day)
    none: Expression = ~fn.EXISTS(before.select(SQL("1")).where(same & (before.id < DirtyDay.id)))
    return none


IN_WAVES = frozenset({Work.COLLECT, Work.RETRY})  # done in batches for an account: Work.WAVE

# Money first: when more is due than a round can take, a charge goes before a letter.
_SOURCES = (
    _Source(Work.ATTEMPT, Attempt, Attempt.next_look_at, lease=Attempt.lease_until,
            whose=(Attempt.payment, Payment.merchant)),
    _Source(Work.WEBHOOK, WebhookEvent, WebhookEvent.due_at, WebhookEvent.state == WebhookState.RECEIVED,
            since=WebhookEvent.received_at, whose=(WebhookEvent.gateway_account, GatewayAccount.merchant)),
    _Source(Work.COLLECT, Order, Order.collect_at, lease=Order.lease_until, whose=(Order.merchant,)),
    _Source(Work.RETRY, PlannedTry, PlannedTry.due_at, PlannedTry.state == TryState.PLANNED, PlannedTry.lease_until,
            whose=(PlannedTry.merchant,)),
    _Source(Work.REFUND, Refund, Refund.next_look_at, lease=Refund.lease_until,
            whose=(Refund.payment, Payment.merchant)),
    _Source(Work.SCHEDULE, BillingSchedule, BillingSchedule.run_at, whose=(BillingSchedule.merchant,)),
    _Source(Work.PROMISE, Promise, Promise.due_at, Promise.state == PromiseState.OPEN,
            whose=(Promise.order, Order.merchant)),
    _Source(Work.METHOD, PaymentMethod, PaymentMethod.detach_at, whose=(PaymentMethod.customer, Customer.merchant)),
    _Source(Work.ALARM, AlarmCall, AlarmCall.due_at, lease=AlarmCall.lease_until),
    _Source(Work.MAIL, Mail, Mail.due_at, Mail.state == MailState.DUE, Mail.lease_until, whose=(Mail.merchant,)),
    _Source(Work.ROLLUP, DirtyDay, DirtyDay.due_at, _first_of_its_day(), whose=(DirtyDay.merchant,)),
    _Source(Work.IMPORT, ImportRun, ImportRun.due_at, lease=ImportRun.lease_until, whose=(ImportRun.merchant,)),
    _Source(Work.TICK, Tick, Tick.due_at, Tick.done_at.is_null(), Tick.lease_until),
)  # fmt: skip


def due(now: datetime, limit: int = 200) -> list[Due]:
    """Rows that are due, not done and not claimed: at most `limit` of each kind, money first, oldest first."""
    with connected():
        return [found for source in _SOURCES for found in _due(source, now, limit)]


def hints(now: datetime, limit: int = 200) -> list[Due]:
    """What workers are hinted at: as `due`, but automatic charges by processor account, however many they are, and
    nothing of a queue that an operator has stopped."""
    with connected():
        left = IN_WAVES | stops.stopped_kinds(now)
        accounts = [] if Work.WAVE in left else accounts_with_work(now)
        waves = [Due(Work.WAVE, account, since) for account, since in accounts]
        rows = {source.kind: _due(source, now, limit) for source in _SOURCES if source.kind not in left}
        return [*rows.pop(Work.ATTEMPT), *waves, *(found for kind in rows.values() for found in kind)]


def _due(source: _Source, now: datetime, limit: int) -> list[Due]:
    since = source.since or source.due_at
    query: Any = (
        source.table.select(source.table.id, source.due_at, since)
        .where(source.free(now))
        .order_by(source.due_at, source.table.id)
        .limit(limit)
        .tuples()
    )
    return [Due(source.kind, row[0], row[1] or row[2]) for row in query]


def backlog(now: datetime, *, merchant: UUID | None = None) -> list[Backlog]:
    """For operators: per kind, what is due and not done, whether somebody has claimed it or not. One query.

    Of a merchant, if one is named: what is nobody's is not among it.
    """
    return _counted(lambda source: source.due(now), merchant)


def left_lying(
    since: datetime, kinds: Collection[Work], *, now: datetime, merchant: UUID | None = None
) -> list[Backlog]:
    """As `backlog`, of these kinds: what was due at `since` already, is not done, and is in nobody's hands now."""
    return _counted(lambda source: source.free(now, since), merchant, kinds) if kinds else []


def _counted(
    which: Callable[[_Source], Expression], merchant: UUID | None, kinds: Collection[Work] = frozenset(Work)
) -> list[Backlog]:
    asked = [source for source in _SOURCES if source.kind in kinds and (merchant is None or source.whose)]
    with connected():
        counts = (_count(source, which(source), merchant) for source in asked)
        union: Any = reduce(lambda before, one: before.union_all(one), counts)
        found = {kind: (count, oldest) for kind, count, oldest in union.tuples()}
    return [Backlog(source.kind, *found[source.kind.value]) for source in asked]


def _count(source: _Source, wanted: Expression, merchant: UUID | None) -> Any:
    since = source.since or source.due_at
    kind = SQL(f"'{source.kind.value}'")  # our own word; a parameter would have no type on PostgreSQL
    if merchant is not None:
        wanted = wanted & _owned(source.whose, merchant)
    return source.table.select(kind, fn.COUNT(SQL("*")), fn.MIN(since)).where(wanted)


def _owned(way: tuple[Any, ...], merchant: UUID) -> Expression:
    """The condition of a merchant's row: the due rows are few, so each is followed to its merchant."""
    key, *rest = way
    if not rest:
        owned: Expression = key == merchant
        return owned
    above = key.rel_model
    found: Any = fn.EXISTS(above.select(SQL("1")).where((above.id == key) & _owned(tuple(rest), merchant)))
    same: Expression = found
    return same
