"""Automatic work is taken in batches: a lease in the row keeps others off, and brings it back when the taker dies."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from peewee import SQL, Expression, Field

from domain.operations import stops
from domain.work.wake import Work
from models.base import connected, is_sqlite, unit_of_work
from models.merchants import GatewayAccount
from models.orders import Order
from models.payments import PlannedTry, TryState

LEASE = timedelta(minutes=2)  # longer than a wave's job may take


@dataclass(frozen=True)
class Claimed:
    """A row in the hands of a wave until `lease`."""

    kind: Work
    id: UUID
    lease: datetime


@dataclass(frozen=True)
class _Kind:
    kind: Work
    table: Any  # a Row with `merchant` and `lease_until`
    due_at: Field
    open: Expression

    def free(self, merchant: Any, now: datetime) -> Expression:
        """The condition of a merchant's rows that are due and unclaimed."""
        lease = self.table.lease_until
        free: Expression = (self.table.merchant == merchant) & self.open & (self.due_at <= now)
        return free & (lease.is_null() | (lease <= now))  # type: ignore[no-any-return]


_KINDS = (
    _Kind(Work.COLLECT, Order, Order.collect_at, Order.collect_at.is_null(False)),
    # Said as the index says it: a parameter may hide from the store that the index fits.
    _Kind(Work.RETRY, PlannedTry, PlannedTry.due_at, PlannedTry.state == SQL(f"'{TryState.PLANNED}'")),
)
_TABLES = {kind.kind: kind.table for kind in _KINDS}


def claim(merchant: UUID, *, limit: int, now: datetime) -> list[Claimed]:
    """Takes the oldest due rows of a merchant, at most `limit`, for LEASE. What somebody else holds is passed over."""
    lease = now + LEASE
    with unit_of_work():
        found = sorted((at, n, id) for n, kind in enumerate(_KINDS) for id, at in _free(kind, merchant, limit, now))
        taken = [Claimed(_KINDS[n].kind, id, lease) for _at, n, id in found[:limit]]
        _set(taken, lease)
    return taken


def _free(kind: _Kind, merchant: UUID, limit: int, now: datetime) -> list[tuple[UUID, datetime]]:
    query: Any = (
        kind.table.select(kind.table.id, kind.due_at)
        .where(kind.free(merchant, now))
        .order_by(kind.due_at)
        .limit(limit)
        .tuples()
    )
    if not is_sqlite():  # its key stays: payments that are being written to the order need not wait
        query = query.for_update("FOR NO KEY UPDATE", skip_locked=True)
    return list(query)


def _set(rows: Iterable[Claimed], lease: datetime | None) -> None:
    for kind, table in _TABLES.items():
        ids = [row.id for row in rows if row.kind == kind]
        if ids:
            table.update(lease_until=lease).where(table.id.in_(ids)).execute()


def give_back(rows: list[Claimed]) -> None:
    """Lets others have what was claimed and not begun. A row that somebody else holds by now is left to them."""
    with unit_of_work():
        for kind, table in _TABLES.items():
            mine = {row.id: row.lease for row in rows if row.kind == kind}
            if mine:
                held = table.id.in_(list(mine)) & (table.lease_until.in_(sorted(set(mine.values()))))
                table.update(lease_until=None).where(held).execute()


def accounts_with_work(now: datetime) -> list[tuple[UUID, datetime]]:
    """Processor accounts in use whose merchant has automatic work that is free, and since when. Oldest first.

    One look into an index for each account and kind, however many rows are due. An account whose pace is taken for the
    moment is passed over, and so are one that was switched off (its merchant's rows wait for the next) and one of a
    suspended merchant.
    """
    paced = GatewayAccount.paced_until
    oldest = [_oldest(kind, now) for kind in _KINDS]
    query: Any = (
        GatewayAccount.select(GatewayAccount.id, *oldest)
        .where(GatewayAccount.active & (paced.is_null() | (paced <= now)))
        .where(~stops.of_merchant(GatewayAccount.merchant, now))
        .tuples()
    )
    with connected():
        rows = [(row[0], [at for at in map(Order.collect_at.python_value, row[1:]) if at]) for row in query]
    return sorted(((account, min(since)) for account, since in rows if since), key=lambda one: one[1])


def _oldest(kind: _Kind, now: datetime) -> Any:
    free = kind.table.select(kind.due_at).where(kind.free(GatewayAccount.merchant, now))
    return free.order_by(kind.due_at).limit(1)  # the first in the index that is free; MIN would look at all of them
