"""Events are written once: the store itself refuses to change or delete one. Only a demo's reset takes that away.

The migration 0004 made these triggers; it holds a frozen copy of the statements.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from models.base import db, is_sqlite

_SQLITE = tuple(
    f"CREATE TRIGGER event_{name} BEFORE {verb} ON event BEGIN SELECT RAISE(ABORT, 'events are written once'); END"
    for name, verb in (("unchanged", "UPDATE"), ("undeleted", "DELETE"))
)


@contextmanager
def lifted() -> Iterator[None]:
    """Within it SQLite lets events be deleted. PostgreSQL's TRUNCATE fires no trigger and needs none of this."""
    if not is_sqlite():
        yield
        return
    for name in ("unchanged", "undeleted"):
        db.execute_sql(f"DROP TRIGGER IF EXISTS event_{name}")
    try:
        yield
    finally:
        for statement in _SQLITE:
            db.execute_sql(statement)
