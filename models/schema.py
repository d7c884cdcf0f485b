"""Brings a store to this version's tables, and says whether it is there."""

from __future__ import annotations

from pathlib import Path

from playhouse.migrations import Runner

import models.console
import models.customers
import models.ledger
import models.merchants
import models.methods
import models.operations
import models.orders
import models.payments
import models.reports
import models.schedules
import models.work  # noqa: F401 - every family registers its tables
from models.base import Row, connected, db

_MIGRATIONS = Path(__file__).parent / "migrations"


def tables() -> list[type[Row]]:
    """Every table of ours."""
    return list(Row.TABLES)


def _runner() -> Runner:
    return Runner(db.obj, directory=str(_MIGRATIONS))


def migrate() -> list[str]:
    """Applies what is missing; returns the names of what was applied."""
    with connected():
        return list(_runner().up())


def pending() -> list[str]:
    """The migrations that this store still needs; empty when it is at head."""
    with connected():
        return [row.name for row in _runner().status() if row.applied is None]
