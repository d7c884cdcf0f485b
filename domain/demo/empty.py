"""Throws a demo's rows away, so that one can be made anew. Nothing else in the house deletes money."""

from __future__ import annotations

from domain.demo.logins import forget
from kit.config import settings
from models import append_only, schema
from models.base import connected, db, is_sqlite


def store() -> None:
    """Empties every table, in demo mode only. Raises RuntimeError in any other."""
    if not settings().demo:
        raise RuntimeError("only a demo's store is ever emptied")
    forget()
    names = [f'"{table._meta.table_name}"' for table in schema.tables()]
    with connected():
        if not is_sqlite():
            db.execute_sql(f"TRUNCATE {', '.join(names)} CASCADE")
            return
        db.execute_sql("PRAGMA foreign_keys=OFF")
        try:
            with db.atomic("IMMEDIATE"), append_only.lifted():
                for name in names:
                    db.execute_sql(f"DELETE FROM {name}")  # noqa: S608 - our own tables
        finally:
            db.execute_sql("PRAGMA foreign_keys=ON")
