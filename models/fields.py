"""Column kinds of ours: aware UTC moments, money in minor units, statuses that are enums."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from peewee import BigIntegerField, CharField, Field


class UtcDateTime(Field):
    """An aware moment in UTC: timestamptz on PostgreSQL, fixed-width text on SQLite (so that it sorts).

    Peewee's plain DateTimeField loses the zone on PostgreSQL; a house test bans it. Refuses naive values.
    """

    field_type = "TIMESTAMPTZ"

    def db_value(self, value: Any) -> Any:
        """What is stored. Raises ValueError for a naive datetime."""
        if not isinstance(value, datetime):
            return value
        if value.tzinfo is None:
            raise ValueError(f"naive datetime for {self.name}")
        utc = value.astimezone(UTC)
        if getattr(self.model._meta.database, "returns_aware", False):
            return utc
        return utc.replace(tzinfo=None).isoformat(" ", "microseconds")

    def python_value(self, value: Any) -> datetime | None:
        """What the program sees."""
        if value is None:
            return None
        if isinstance(value, datetime):
            return value.astimezone(UTC)
        return datetime.fromisoformat(value).replace(tzinfo=UTC)


class Minor(BigIntegerField):
    """Minor units of a currency. BIGINT: a plain integer overflows on PostgreSQL at 21 million dollars."""


class Choice(CharField):
    """A StrEnum stored as its value; anything else raises ValueError, going in and coming out."""

    def __init__(self, kind: type[StrEnum] | None = None, **kwargs: Any) -> None:
        self.kind = kind
        kwargs.setdefault("max_length", 32)
        super().__init__(**kwargs)

    def db_value(self, value: Any) -> Any:
        """The enum's value."""
        return str(self.kind(value)) if value is not None and self.kind else value

    def python_value(self, value: Any) -> Any:
        """The enum's member."""
        return self.kind(value) if value is not None and self.kind else value
