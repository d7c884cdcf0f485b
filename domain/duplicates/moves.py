"""What a merge changes, value by value, and how exactly these values come back.

`OWNED` are the tables whose rows go over with their customer. A test compares it with the models: a new table that
names a customer has to be put here or into `STAYS`, with its reason.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from peewee import BooleanField, DateField, Field, ForeignKeyField, IntegerField, UUIDField

from models.base import Row, require_unit_of_work
from models.console import CustomerLook, DuplicatePair, Merge, MergeMove, NotDuplicate, Note
from models.customers import Access, Address, ContactChange, Customer, GatewayCustomer, Session
from models.fields import UtcDateTime
from models.methods import BillingSchedule, Consent, PaymentMethod
from models.operations import JobRun
from models.orders import Order, PayIntention
from models.payments import Payment, Promise, Recovery
from models.work import Event, Mail

OWNED: tuple[tuple[type[Row], str], ...] = (
    (Order, "customer"),
    (Payment, "customer"),
    (Recovery, "customer"),
    (Promise, "customer"),
    (PayIntention, "customer"),
    (PaymentMethod, "customer"),
    (Consent, "customer"),
    (BillingSchedule, "customer"),
    (GatewayCustomer, "customer"),
    (ContactChange, "customer"),
    (Session, "customer"),
    (Note, "customer"),
    (Mail, "customer_id"),
)
STAYS: dict[type[Row], str] = {
    Address: "moves only where the survivor has none of its kind",
    Access: "moves only where the account cannot act for the survivor already",
    Event: "the trail is never rewritten: a history reads `follow.ids_of`",
    CustomerLook: "who looked at which record is part of the trail",
    JobRun: "what ran is not rewritten: operators look under every record that was made one",
    Merge: "says what became of both",
    DuplicatePair: "found anew each night",
    NotDuplicate: "was said of these two",
    Customer: "points at the survivor",
}
_MADE = "id"  # the column of a note about a row that the merge itself made
_CHANGED: tuple[type[Row], ...] = (*(table for table, _column in OWNED), Address, Access, Customer)
_TABLES = {table._meta.table_name: table for table in _CHANGED}


class Moves:
    """Writes values and keeps what stood there before. Inside the merge's unit of work."""

    def __init__(self, merge: UUID) -> None:
        require_unit_of_work()
        self.merge = merge

    def all_of(self, table: type[Row], column: str, absorbed: UUID, survivor: UUID) -> list[UUID]:
        """Every row of the absorbed record goes over; returns their ids."""
        field = getattr(table, column)
        character = not isinstance(field, ForeignKeyField)
        old, new = (str(absorbed), str(survivor)) if character else (absorbed, survivor)
        ids = [row.id for row in table.select(table.id).where(field == old)]
        if ids:
            table.update({field: new}).where(field == old).execute()
            self._keep((table, one, field, old, new) for one in ids)
        return ids

    def put(self, row: Row, **values: Any) -> None:
        """Sets columns of one row; those that have the value already are left alone."""
        table = type(row)
        changed = {name: value for name, value in values.items() if row.__data__[name] != _bare(value)}
        if not changed:
            return
        table.update({getattr(table, name): value for name, value in changed.items()}).where(
            table.id == row.id
        ).execute()
        self._keep((table, row.id, getattr(table, name), row.__data__[name], value) for name, value in changed.items())
        row.__data__.update({name: _bare(value) for name, value in changed.items()})

    def keep_as_is(self, row: Row, name: str) -> None:
        """Notes a value that the merge leaves, so that parting restores it whatever happens to it meanwhile."""
        field = getattr(type(row), name)
        self._keep([(type(row), row.id, field, row.__data__[name], row.__data__[name])])

    def made(self, row: Row) -> None:
        """Notes a row that exists only because of the merge."""
        MergeMove.create(merge=self.merge, table_name=type(row)._meta.table_name, row_id=str(row.id), column=_MADE)

    def _keep(self, changes: Iterable[tuple[type[Row], UUID, Field, Any, Any]]) -> None:
        rows = [
            {
                "merge": self.merge,
                "table_name": table._meta.table_name,
                "row_id": str(row_id),
                "column": field.name,
                "before": _text(before),
                "after": _text(after),
            }
            for table, row_id, field, before, after in changes
        ]
        for at in range(0, len(rows), 200):
            MergeMove.insert_many(rows[at : at + 200]).execute()


def moved(merge: UUID, table: type[Row], column: str = "customer") -> list[UUID]:
    """The ids of a table's rows that went over with this merge."""
    query: Any = MergeMove.select(MergeMove.row_id).where(
        MergeMove.merge == merge, MergeMove.table_name == table._meta.table_name, MergeMove.column == column
    )
    return [UUID(row_id) for (row_id,) in query.tuples()]


def made_by(merge: UUID, table: type[Row]) -> list[UUID]:
    """The ids of a table's rows that exist only because of this merge."""
    return moved(merge, table, _MADE)


def put_back(
    merge: UUID,
    *,
    always: Mapping[tuple[type[Row], str], bool],
    but: Collection[tuple[type[Row], UUID, str]] = (),
) -> None:
    """Every value as it was before. One that somebody has changed since is left, unless `always` names its column;
    what `but` names (a column of a row) is left in any case."""
    require_unit_of_work()
    rows: dict[tuple[str, str], list[MergeMove]] = {}
    changes = (MergeMove.merge == merge) & (MergeMove.column != _MADE)
    kept = MergeMove.select().where(changes).order_by(MergeMove.id.desc())  # the latest change first
    for move in kept:
        rows.setdefault((move.table_name, move.row_id), []).append(move)
    for (name, row_id), moves in rows.items():
        table = _TABLES[name]
        row = table.get_or_none(table.id == UUID(row_id))
        if row is None:
            continue
        values: dict[str, Any] = {}
        now = dict(row.__data__)
        for move in moves:
            if (table, row.id, move.column) in but:
                continue
            if _text(now[move.column]) == move.after or always.get((table, move.column), False):
                values[move.column] = now[move.column] = _value(getattr(table, move.column), move.before)
        if values:
            table.update({getattr(table, column): value for column, value in values.items()}).where(
                table.id == row.id
            ).execute()


def _bare(value: Any) -> Any:
    return value.id if isinstance(value, Row) else value


def _text(value: Any) -> str | None:
    value = _bare(value)
    if value is None:
        return None
    if isinstance(value, bool):
        return "1" if value else "0"
    return value.isoformat() if isinstance(value, date | datetime) else str(value)


def _value(field: Field, text: str | None) -> Any:
    if text is None:
        return None
    if isinstance(field, ForeignKeyField | UUIDField):
        return UUID(text)
    if isinstance(field, BooleanField):
        return text == "1"
    if isinstance(field, IntegerField):
        return int(text)
    if isinstance(field, UtcDateTime):
        return datetime.fromisoformat(text)
    if isinstance(field, DateField):
        return date.fromisoformat(text)
    return text
