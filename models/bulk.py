"""Many rows at once: for imports and the demo, where a model instance a row would take minutes."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from peewee import SQL, DateField, Field, ForeignKeyField, UUIDField, fn

from models.base import Row, db, is_sqlite, require_unit_of_work
from models.fields import Choice, UtcDateTime


@dataclass(frozen=True)
class Rows:
    """Rows in the form that the store takes: made ready before the transaction, so that it is short."""

    statement: str
    values: list[tuple[Any, ...]]

    def insert(self) -> None:
        """Inserts them in the caller's unit of work."""
        require_unit_of_work()
        if self.values:
            db.cursor().executemany(self.statement, self.values)


def rows_for(model: type[Row], columns: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> Rows:
    """Makes rows ready. `columns` are field names, in the order of each row's values; foreign keys are given as ids.

    A missing `id` is made up. Other defaults are not filled in: every column that may not be empty is named.
    """
    if "id" not in columns:
        columns = ("id", *columns)
        rows = [(made, *row) for made, row in zip(_new_ids(len(rows)), rows, strict=True)]
    fields = [model._meta.fields[name] for name in columns]
    by_column = zip(*rows, strict=True)
    stored = [_stored(field, values) for field, values in zip(fields, by_column, strict=bool(rows))]
    names = ", ".join(f'"{field.column_name}"' for field in fields)
    marks = ", ".join([db.param] * len(fields))
    statement = f'INSERT INTO "{model._meta.table_name}" ({names}) VALUES ({marks})'  # noqa: S608 - our own names
    return Rows(statement, list(zip(*stored, strict=True)))


def one_of(column: Field, values: Iterable[str]) -> Any:
    """`column IN values` with one parameter: hundreds of them as expressions cost more than the query itself."""
    if is_sqlite():
        return column.in_(SQL("(SELECT value FROM json_each(?))", (json.dumps(list(values)),)))
    return column == fn.ANY(SQL("%s", (list(values),)))


def _stored(field: Field, values: Iterable[Any]) -> Iterable[Any]:
    """A column's values as the store takes them: what `db_value` gives, asked once for each different value."""
    while isinstance(field, ForeignKeyField):
        field = field.rel_field
    if isinstance(field, UUIDField):  # mostly different, and slow to hash
        return [value.hex if isinstance(value, UUID) else value for value in values]
    convert = _converter(field)
    if convert is None:
        return values
    known: dict[Any, Any] = {None: None}
    return [known[value] if value in known else known.setdefault(value, convert(value)) for value in values]


def _converter(field: Field) -> Callable[[Any], Any] | None:
    if isinstance(field, UtcDateTime | Choice):
        return field.db_value
    if isinstance(field, DateField):
        return lambda value: value.isoformat()
    return None


def _new_ids(count: int) -> list[str]:
    """UUIDv7s as `kit.ids.uuid7` makes them, in hexadecimal, many from one draw of randomness."""
    head = f"{time.time_ns() // 1_000_000:012x}7"
    drawn = os.urandom(10 * count).hex()
    return [
        f"{head}{drawn[at : at + 3]}{'89ab'[int(drawn[at + 3], 16) & 3]}{drawn[at + 4 : at + 19]}"
        for at in range(0, 20 * count, 20)
    ]
