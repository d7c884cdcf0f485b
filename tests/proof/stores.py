"""An empty store for each run: a fresh copy of a migrated SQLite file, or an emptied PostgreSQL database."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from models import base, schema
from tests import postgres

Store = Callable[[], None]  # configures an empty store


def sqlite(folder: Path) -> Store:
    """Each call makes a new file in `folder` the store."""
    golden = folder / "golden.db"
    base.configure(f"sqlite:///{golden}")
    schema.migrate()
    with base.connected():
        base.db.execute_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    return copies(golden, folder)


def copies(golden: Path, folder: Path) -> Store:
    """Each call makes a new copy of a migrated file, in `folder`, the store."""
    path = folder / "run.db"

    def empty() -> None:
        for stale in folder.glob("run.db*"):
            stale.unlink()
        shutil.copy(golden, path)
        base.configure(f"sqlite:///{path}")

    return empty


def postgresql(server: str) -> Store:
    """Each call empties a database of this process on that server and makes it the store."""
    url = postgres.create(server, f"settle_proof_{os.getpid()}")
    base.configure(url)
    schema.migrate()
    return emptied(url)


def emptied(url: str) -> Store:
    """Each call empties a migrated PostgreSQL database and makes it the store."""
    base.configure(url)
    database = base.db.obj

    def empty() -> None:
        base.db.initialize(database)
        with base.connected():
            filled = ", ".join(f'"{name}"' for name in _filled())
            if filled:
                base.db.execute_sql(f"TRUNCATE {filled} CASCADE")

    return empty


def _filled() -> list[str]:
    names = [model._meta.table_name for model in schema.tables()]
    asked = " UNION ALL ".join(f"SELECT '{name}' WHERE EXISTS (SELECT 1 FROM \"{name}\")" for name in names)
    return [name for (name,) in base.db.execute_sql(asked).fetchall()]


@contextmanager
def fresh(store: Store) -> Iterator[None]:
    """An empty store, connected in this thread."""
    store()
    with base.connected():
        yield
