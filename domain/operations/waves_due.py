"""Automatic charges that are due, by merchant: each has its accounts' pace, and may be suspended."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from peewee import SQL, Case, fn

from domain.operations.shapes import LATE, LATELY
from domain.work.wake import Work
from models.merchants import GatewayAccount, Merchant
from models.orders import Order
from models.payments import PlannedTry, TryState

_GOING = timedelta(seconds=30)  # a wave takes its slots at most a second ahead; workers may be at something else
_MOST = 200_000  # rows: beyond, merchants are told of the oldest ones
PLANNED = PlannedTry.state == SQL(f"'{TryState.PLANNED}'")  # said as the index says it


@dataclass(frozen=True)
class Wave:
    """A merchant's due automatic charges of a kind. `a_second`: its accounts' pace, 0 when none is in use."""

    kind: Work
    merchant: UUID
    rows: int
    lying: int  # for longer than LATE and in nobody's hands
    lying_since: datetime | None  # the oldest of them
    a_second: int
    paced_until: datetime | None
    suspended: bool

    def going(self, now: datetime) -> bool:
        """Whether slots of its pace were taken just now: somebody works through it."""
        return bool(self.a_second and self.paced_until and self.paced_until > now - _GOING)


def waves_due(now: datetime, merchant: UUID | None, suspended: frozenset[UUID]) -> list[Wave]:
    """By merchant, from an index of its own. Rows that a wave has in hand are leased."""
    found = [
        (kind, *row)
        for kind, table, due_at, is_open in (
            (Work.COLLECT, Order, Order.collect_at, Order.collect_at.is_null(False)),
            (Work.RETRY, PlannedTry, PlannedTry.due_at, PLANNED),
        )
        for row in _by_merchant(table, due_at, is_open, now, merchant)
    ]
    accounts = _accounts({row[1] for row in found})
    return [
        Wave(
            kind,
            whose,
            int(rows),
            int(lying or 0),
            Order.collect_at.python_value(since),
            *accounts.get(whose, (0, None)),
            whose in suspended,
        )
        for kind, whose, rows, lying, since in found
    ]


def _by_merchant(table: Any, due_at: Any, is_open: Any, now: datetime, merchant: UUID | None) -> list[Any]:
    """Merchant, rows, those that lie about, since when. Found by due time: what comes later may be far more."""
    free = table.lease_until.is_null() | (table.lease_until <= now)
    late = (due_at < now - LATE) & free
    wanted = is_open & (due_at <= now)
    if merchant is not None:
        wanted = wanted & (table.merchant == merchant)
    lies, since = Case(None, ((late, 1),), 0).alias("lies"), Case(None, ((late, due_at),)).alias("since")
    rows = table.select(table.merchant.alias("whose"), lies, since).where(wanted).order_by(due_at).limit(_MOST)
    columns = (SQL("whose"), fn.COUNT(SQL("*")), fn.SUM(SQL("lies")), fn.MIN(SQL("since")))
    query = table.select(*columns).from_(rows.alias("behind")).group_by(SQL("whose")).tuples()
    return [(Merchant.id.python_value(whose), *figures) for whose, *figures in query]


def _accounts(merchants: set[UUID]) -> dict[UUID, tuple[int, datetime | None]]:
    """The pace of each merchant's accounts in use, and until when it is taken."""
    wanted = (GatewayAccount.active) & (GatewayAccount.charges_a_second > 0)
    columns = (GatewayAccount.merchant, GatewayAccount.charges_a_second, GatewayAccount.paced_until)
    found: dict[UUID, tuple[int, datetime | None]] = {}
    query: Any = GatewayAccount.select(*columns).where(wanted).tuples()
    for whose, a_second, until in query:
        if whose in merchants:
            before, latest = found.get(whose, (0, None))
            found[whose] = (before + a_second, max((at for at in (until, latest) if at), default=None))
    return found


def coming(now: datetime, merchant: UUID | None) -> dict[Work, int]:
    """Automatic charges that come due in the next ten minutes: the store knows them, nobody has to guess."""
    until = now + LATELY
    orders = (Order.collect_at > now) & (Order.collect_at <= until)
    tries = PLANNED & (PlannedTry.due_at > now) & (PlannedTry.due_at <= until)
    if merchant is not None:
        orders, tries = orders & (Order.merchant == merchant), tries & (PlannedTry.merchant == merchant)
    return {
        Work.COLLECT: Order.select().where(orders).count(),
        Work.RETRY: PlannedTry.select().where(tries).count(),
    }
