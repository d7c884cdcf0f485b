"""Many rows at once: for imports and the demo, where a model instance a row would take minutes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from peewee import DateField, Field, ForeignKeyField, UUIDField

from models.base import Row, db, require_unit_of_work
from models.fields import Choice, UtcDateTime


def insert_rows(model: type[Row], columns: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> None:
    """Inserts rows in the caller's unit of work. `columns` are field names, in the order of each row's values.

    Foreign keys are given as ids. Defaults are not filled in: every column that may not be empty is named.
    """
    require_unit_of_work()
    if not rows:
        return
    fields = [model._meta.fields[name] for name in columns]
    stored = [_stored(field, values) for field, values in zip(fields, zip(*rows, strict=True), strict=True)]
    names = ", ".join(f'"{field.column_name}"' for field in fields)
    marks = ", ".join([db.param] * len(fields))
    statement = f'INSERT INTO "{model._meta.table_name}" ({names}) VALUES ({marks})'  # noqa: S608 - our own names
    db.cursor().executemany(statement, list(zip(*stored, strict=True)))


def _stored(field: Field, values: Iterable[Any]) -> Iterable[Any]:
    """A column's values as the store takes them; the same as `db_value`, without a call for what needs none."""
    convert = _converter(field)
    return values if convert is None else [value if value is None else convert(value) for value in values]


def _converter(field: Field) -> Callable[[Any], Any] | None:
    while isinstance(field, ForeignKeyField):
        field = field.rel_field
    if isinstance(field, UUIDField):
        return lambda value: value.hex
    if isinstance(field, UtcDateTime | Choice):
        return field.db_value
    if isinstance(field, DateField):
        return lambda value: value.isoformat()
    return None
