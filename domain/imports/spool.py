"""What has been read of a file, on disk: lines of one order meet, repeats are counted, and memory stays flat."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from pathlib import Path
from tempfile import TemporaryDirectory

from domain.imports.rows import Row

_TABLES = """
CREATE TABLE row (
    line INTEGER PRIMARY KEY, key TEXT NOT NULL, digest TEXT NOT NULL, number TEXT NOT NULL, customer TEXT NOT NULL,
    reference TEXT NOT NULL, email TEXT NOT NULL, name TEXT NOT NULL, placed TEXT, due TEXT, currency TEXT NOT NULL,
    amount INTEGER NOT NULL, check_total INTEGER, quantity TEXT NOT NULL, title TEXT NOT NULL, unpaid INTEGER,
    dust INTEGER NOT NULL);
CREATE TABLE broken (key TEXT PRIMARY KEY, line INTEGER NOT NULL);
CREATE TABLE latest (line INTEGER PRIMARY KEY);
CREATE TABLE customer (key TEXT PRIMARY KEY, id TEXT);
CREATE TABLE refused (line INTEGER PRIMARY KEY, why TEXT NOT NULL);
"""
_GROUPS = """
SELECT min(row.line) OVER (PARTITION BY row.key) AS first,
    row_number() OVER (PARTITION BY row.digest ORDER BY row.line) AS nth,
    latest.line IS NOT NULL AS latest, broken.line AS broken, row.*
FROM row LEFT JOIN latest ON latest.line = row.line LEFT JOIN broken ON broken.key = row.key
ORDER BY first, row.line
"""
_LATEST = """
INSERT INTO latest
SELECT first FROM (
    SELECT first, row_number() OVER (PARTITION BY customer ORDER BY placed DESC, first DESC) AS back
    FROM (SELECT min(line) AS first, max(customer) AS customer, max(placed) AS placed, sum(amount) AS total
          FROM row WHERE key NOT IN (SELECT key FROM broken) GROUP BY key)
    WHERE total > 0)
WHERE back <= ?
"""


@dataclass(frozen=True)
class SpooledRow:
    """A row, and what the rest of the file says about it."""

    row: Row
    nth: int  # which occurrence of the very same row this is, from 1
    latest: bool  # the first row of one of its customer's latest orders
    broken: int | None  # the refused line of the same order, if there is one


class Spool:
    """Rows, refusals and customers of one import."""

    def __init__(self, path: Path) -> None:
        self._db = sqlite3.connect(path, isolation_level=None)
        self._db.executescript("PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA cache_size=-8000;" + _TABLES)
        self._db.execute("BEGIN")

    def close(self) -> None:
        """Lets go of the file."""
        self._db.close()

    def add(self, rows: Iterable[Row]) -> None:
        """Keeps rows. Those of one order number belong together; a row without one is an order by itself."""
        self._db.executemany(f"INSERT INTO row VALUES ({','.join('?' * 17)})", map(_stored, rows))  # noqa: S608

    def refuse(self, line: int, why: str) -> None:
        """Notes a line that does not come in."""
        self._db.execute("INSERT OR IGNORE INTO refused VALUES (?, ?)", (line, why))

    def break_order(self, number: str, line: int) -> None:
        """Notes that an order cannot come in because one of its lines was refused."""
        self._db.execute("INSERT OR IGNORE INTO broken VALUES (?, ?)", (f"n{number}", line))

    def mark_latest(self, count: int) -> None:
        """Marks each customer's latest `count` orders of more than nothing."""
        if count:
            self._db.execute(_LATEST, (count,))

    def orders(self) -> Iterator[list[SpooledRow]]:
        """The rows of each order together, orders and rows as the file has them."""
        cursor = self._db.cursor()
        cursor.row_factory = sqlite3.Row
        for _first, found in groupby(cursor.execute(_GROUPS), key=lambda one: one["first"]):
            yield [_spooled(one) for one in found]

    def count_rows(self) -> int:
        """How many rows could be read."""
        return int(self._db.execute("SELECT count(*) FROM row").fetchone()[0])

    def dust_lines(self) -> list[int]:
        """The lines whose amounts were the leftovers of floating additions."""
        return [line for (line,) in self._db.execute("SELECT line FROM row WHERE dust ORDER BY line LIMIT 1000")]

    def refused(self) -> Iterator[tuple[int, str]]:
        """Every refused line and why, in the order of the file."""
        yield from self._db.execute("SELECT line, why FROM refused ORDER BY line")

    def count_refused(self) -> int:
        """How many lines were refused."""
        return int(self._db.execute("SELECT count(*) FROM refused").fetchone()[0])

    def meet_customer(self, key: str, customer_id: str | None) -> bool:
        """Notes a customer of this import (without an id in a dry run); True the first time."""
        return self._db.execute("INSERT OR IGNORE INTO customer VALUES (?, ?)", (key, customer_id)).rowcount == 1

    def count_customers(self) -> int:
        """How many customers were met."""
        return int(self._db.execute("SELECT count(*) FROM customer").fetchone()[0])

    def customers(self) -> Iterator[str | None]:
        """The ids of the customers met; None for those that a dry run would make."""
        for (customer_id,) in self._db.execute("SELECT id FROM customer ORDER BY rowid"):
            yield customer_id


@contextmanager
def spool() -> Iterator[Spool]:
    """A spool in a private temporary folder, gone afterwards: it holds names and addresses."""
    with TemporaryDirectory(prefix="settle-import-") as folder:
        made = Spool(Path(folder) / "spool.db")
        try:
            yield made
        finally:
            made.close()


def _stored(row: Row) -> tuple[object, ...]:
    return (
        row.line,
        f"n{row.number}" if row.number else f"l{row.line}",
        row.digest,
        row.number,
        row.customer,
        row.reference,
        row.email,
        row.name,
        row.placed and row.placed.isoformat(),
        row.due and row.due.isoformat(),
        row.currency,
        row.amount,
        row.check_total,
        row.quantity,
        row.title,
        row.unpaid,
        row.dust,
    )


def _spooled(one: sqlite3.Row) -> SpooledRow:
    row = Row(
        line=one["line"],
        digest=one["digest"],
        number=one["number"],
        reference=one["reference"],
        email=one["email"],
        name=one["name"],
        placed=datetime.fromisoformat(one["placed"]) if one["placed"] else None,
        due=date.fromisoformat(one["due"]) if one["due"] else None,
        currency=one["currency"],
        amount=one["amount"],
        check_total=one["check_total"],
        quantity=one["quantity"],
        title=one["title"],
        unpaid=None if one["unpaid"] is None else bool(one["unpaid"]),
        dust=bool(one["dust"]),
    )
    return SpooledRow(row, one["nth"], bool(one["latest"]), one["broken"])
