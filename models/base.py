"""The store: one database behind a proxy, one unit of work, work that starts after the commit."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import TYPE_CHECKING, Any, ClassVar, Self
from uuid import UUID

from peewee import OP, DatabaseProxy, Expression, Model, OperationalError, SqliteDatabase, UUIDField
from playhouse.pool import PooledPostgresqlDatabase

from kit.errors import ConfigError
from kit.ids import uuid7
from kit.log import log

db = DatabaseProxy()

# A decimal comes back from SQLite as text only if it went in as text; we store quantities as text, so nothing to adapt.
_SQLITE_PRAGMAS = {"journal_mode": "wal", "foreign_keys": 1, "busy_timeout": 5000, "synchronous": 1, "temp_store": 2}
_BEGIN_PATIENCE = 10.0  # seconds: an import commits 500 rows at a time, so a writer's turn comes well within it


class _Sqlite(SqliteDatabase):
    returns_aware = False


class _Postgres(PooledPostgresqlDatabase):  # type: ignore[misc]
    returns_aware = True


class _Local(threading.local):
    after: list[Callable[[], None]] | None = None
    gathered: dict[Callable[[Iterable[Any]], None], set[Any]] | None = None


_local = _Local()


def connect_to(url: str) -> Any:
    """A database for `sqlite:///path` or `postgresql://…`. Raises ConfigError for anything else."""
    if url.startswith("sqlite:///"):
        return _Sqlite(url.removeprefix("sqlite:///"), pragmas=_SQLITE_PRAGMAS)
    if url.startswith(("postgres://", "postgresql://")):
        return _Postgres(url, prefer_psycopg3=True, max_connections=32, stale_timeout=300)
    raise ConfigError("DATABASE_URL is neither sqlite:///path nor postgresql://user:password@host/name.")


def configure(url: str) -> None:
    """Chooses the store for this process."""
    db.initialize(connect_to(url))


def is_sqlite() -> bool:
    """Whether the store is SQLite (one writer at a time) and not PostgreSQL (row locks)."""
    return isinstance(db.obj, SqliteDatabase)


@contextmanager
def connected() -> Iterator[None]:
    """An open connection for one request or job; closed afterwards so that a restarted server heals."""
    if not db.is_closed():
        yield
        return
    db.connect()
    try:
        yield
    finally:
        if not db.is_closed():
            db.close()


@contextmanager
def unit_of_work() -> Iterator[None]:
    """All or nothing. IMMEDIATE on SQLite, so that what was read stays true until the commit.

    Not nested: a use case is one unit of work. What `after_commit` was given runs after the commit, never on rollback.
    """
    if _local.after is not None:
        raise RuntimeError("a unit of work is one use case: it does not nest")
    _local.after, _local.gathered = [], {}
    try:
        with connected():
            with _begin():
                yield
                for write, items in _local.gathered.items():
                    write(items)
            waiting, _local.after = _local.after, None
            for act in waiting:
                try:
                    act()
                except Exception as problem:  # the commit stands; the clock finds what was not woken
                    log().warning("after_commit.failed", error=type(problem).__name__)
    finally:
        _local.after = _local.gathered = None


@contextmanager
def _begin() -> Iterator[None]:
    if not is_sqlite():
        with db.atomic():
            yield
        return
    transaction = db.atomic("IMMEDIATE")
    _patiently(transaction.__enter__)
    try:
        yield
    except BaseException:
        transaction.__exit__(*sys.exc_info())
        raise
    else:
        transaction.__exit__(None, None, None)


def _patiently(begin: Callable[[], Any]) -> None:
    """SQLite's own wait is unfair: under many writers one may lose again and again. So ask again for a bounded time."""
    until = time.monotonic() + _BEGIN_PATIENCE
    while True:
        try:
            begin()
            return
        except OperationalError as problem:
            if "locked" not in str(problem) or time.monotonic() > until:
                raise


def in_unit_of_work() -> bool:
    """Whether a unit of work is open in this thread. The gateway is never called while it is."""
    return _local.after is not None


def require_unit_of_work() -> None:
    """For functions that are only right inside one: raises RuntimeError outside."""
    if _local.after is None:
        raise RuntimeError("this must run inside a unit of work")


def after_commit(act: Callable[[], None]) -> None:
    """Runs `act` after the commit of the open unit of work, or at once when there is none."""
    if _local.after is None:
        act()
    else:
        _local.after.append(act)


def gather(item: Any, write: Callable[[Iterable[Any]], None]) -> None:
    """Gives `write` all that was gathered for it, each item once, right before the commit and as a part of it.

    For what follows from many places of a unit of work and is written in one go. Raises RuntimeError outside of one.
    """
    require_unit_of_work()
    assert _local.gathered is not None  # as long as there is a unit of work
    _local.gathered.setdefault(write, set()).add(item)


def locked(query: Any) -> Any:
    """The query with its rows locked until the commit. SQLite's IMMEDIATE has locked them already."""
    return query if is_sqlite() else query.for_update()


class Row(Model):
    """A row with a UUIDv7 key."""

    id = UUIDField(primary_key=True, default=uuid7)

    TABLES: ClassVar[list[type[Row]]] = []

    class Meta:
        database = db
        legacy_table_names = False

    if TYPE_CHECKING:  # Peewee makes `merchant_id` and back-references at run time; its stubs do not know them

        def __getattr__(self, name: str) -> Any: ...

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        Row.TABLES.append(cls)

    @classmethod
    def get(cls, *query: Any, **filters: Any) -> Self:
        """As Peewee's; a row asked for by its key (a followed foreign key, too) has a statement made beforehand.

        Peewee makes it anew each time, which takes far longer than the store's answer: 0.4 ms against 0.03.
        """
        if len(query) == 1 and not filters and isinstance(query[0], Expression):
            lhs, op, key = query[0].lhs, query[0].op, query[0].rhs
            if lhs is cls.id and op == OP.EQ and isinstance(key, UUID):
                found: Self = cls._by_key(key)
                return found
        return super().get(*query, **filters)

    @classmethod
    def _by_key(cls: Any, key: UUID) -> Any:
        fields = cls._meta.sorted_fields
        found = db.execute_sql(_statement(cls, db.param), (cls.id.db_value(key),)).fetchone()
        if found is None:
            raise cls.DoesNotExist(f"no {cls.__name__} {key}")
        row = cls(__no_default__=1)
        row.__data__ = {field.name: field.python_value(value) for field, value in zip(fields, found, strict=True)}
        return row


@lru_cache(maxsize=256)
def _statement(table: type[Row], mark: str) -> str:
    columns = ", ".join(f'"{field.column_name}"' for field in table._meta.sorted_fields)
    return f'SELECT {columns} FROM "{table._meta.table_name}" WHERE "id" = {mark}'  # noqa: S608 - our own names
