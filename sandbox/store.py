"""The sandbox's own store: one SQLite file, one connection, one writer at a time."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sandbox.wire import Json, bad_request

_TABLES = """
CREATE TABLE IF NOT EXISTS thing (
  seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, account TEXT NOT NULL, kind TEXT NOT NULL,
  created INTEGER NOT NULL, customer TEXT, parent TEXT, body TEXT NOT NULL, hidden TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS thing_list ON thing (account, kind, seq);
CREATE INDEX IF NOT EXISTS thing_customer ON thing (customer, kind) WHERE customer IS NOT NULL;
CREATE INDEX IF NOT EXISTS thing_parent ON thing (parent, kind) WHERE parent IS NOT NULL;
CREATE TABLE IF NOT EXISTS answered (
  account TEXT NOT NULL, key TEXT NOT NULL, asked TEXT NOT NULL, status INTEGER NOT NULL, body TEXT NOT NULL,
  created INTEGER NOT NULL, PRIMARY KEY (account, key)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS timer (seq INTEGER PRIMARY KEY, at INTEGER NOT NULL, what TEXT NOT NULL, id TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS timer_at ON timer (at);
CREATE TABLE IF NOT EXISTS delivery (
  seq INTEGER PRIMARY KEY, event TEXT NOT NULL, endpoint TEXT NOT NULL, due REAL NOT NULL, tries INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS plan (target TEXT PRIMARY KEY, steps TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS setting (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
"""


@dataclass
class Thing:
    """One object: `body` is what Stripe would show, `hidden` what only the sandbox knows."""

    id: str
    account: str
    kind: str
    body: Json
    hidden: Json


class Store:
    """Objects, remembered answers, timers, deliveries and settings."""

    def __init__(self, path: str | Path, *, fast: bool = False) -> None:
        self.lock = threading.RLock()
        self._depth = 0
        self.db = sqlite3.connect(str(path), check_same_thread=False, isolation_level=None, timeout=10)
        self.db.execute("PRAGMA journal_mode=WAL")
        self.db.execute(f"PRAGMA synchronous={'OFF' if fast else 'NORMAL'}")
        self.db.executescript(_TABLES)

    def close(self) -> None:
        """Closes the file."""
        with self.lock:
            self.db.close()

    @contextmanager
    def work(self) -> Iterator[None]:
        """One transaction, alone in this process; nested ones join the outer."""
        with self.lock:
            if self._depth:
                yield
                return
            self._depth = 1
            try:
                self.db.execute("BEGIN IMMEDIATE")
                try:
                    yield
                except BaseException:
                    self.db.execute("ROLLBACK")
                    raise
                self.db.execute("COMMIT")
            finally:
                self._depth = 0

    def rows(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        """What a query answers."""
        with self.lock:
            return self.db.execute(sql, values).fetchall()

    def add(self, thing: Thing, *, customer: str | None = None, parent: str | None = None) -> Thing:
        """Stores a new object."""
        self.rows(
            "INSERT INTO thing (id, account, kind, created, customer, parent, body, hidden) VALUES (?,?,?,?,?,?,?,?)",
            thing.id,
            thing.account,
            thing.kind,
            thing.body["created"],
            customer,
            parent,
            json.dumps(thing.body),
            json.dumps(thing.hidden),
        )
        return thing

    def save(self, thing: Thing) -> None:
        """Stores an object's change."""
        customer = thing.body.get("customer")
        self.rows(
            "UPDATE thing SET body = ?, hidden = ?, customer = ? WHERE id = ?",
            json.dumps(thing.body),
            json.dumps(thing.hidden),
            customer if isinstance(customer, str) else None,
            thing.id,
        )

    def remove(self, key: str) -> None:
        """Forgets an object."""
        self.rows("DELETE FROM thing WHERE id = ?", key)

    def get(self, key: str, *, account: str | None = None, kind: str | None = None) -> Thing | None:
        """An object by id, if it is this account's and of this kind."""
        found = self.rows("SELECT id, account, kind, body, hidden FROM thing WHERE id = ?", key)
        if not found:
            return None
        thing = _thing(found[0])
        if (account and thing.account != account) or (kind and thing.kind != kind):
            return None
        return thing

    def every(self, kind: str, **where: str) -> list[Thing]:
        """All objects of a kind, oldest first; `where` compares account, customer or parent."""
        sql = "".join(f" AND {column} = ?" for column in where)
        found = self.rows(
            f"SELECT id, account, kind, body, hidden FROM thing WHERE kind = ?{sql} ORDER BY seq",
            kind,
            *where.values(),
        )
        return [_thing(row) for row in found]

    def page(self, kind: str, account: str, params: Json, where: dict[str, str], types: list[str]) -> Json:
        """Stripe's list object: newest first, `starting_after` and `ending_before` are ids."""
        limit = params.get("limit", 10)
        if not 1 <= limit <= 100:
            raise bad_request("limit must be between 1 and 100", "parameter_invalid_integer", "limit")
        sql, values = "kind = ? AND account = ?", [kind, account]
        for column, value in where.items():
            sql, values = sql + f" AND {column} = ?", [*values, value]
        for name, bound in params.get("created", {}).items():
            sql, values = sql + f" AND created {_COMPARE[name]} ?", [*values, bound]
        if types:
            sql, values = sql + f" AND parent IN ({','.join('?' * len(types))})", [*values, *types]
        back = "ending_before" in params
        for name, sign in (("starting_after", "<"), ("ending_before", ">")):
            if name in params:
                sql, values = (
                    sql + f" AND seq {sign} (SELECT seq FROM thing WHERE id = ?)",
                    [*values, params[name]],
                )
        order = "ASC" if back else "DESC"
        found = self.rows(f"SELECT body FROM thing WHERE {sql} ORDER BY seq {order} LIMIT ?", *values, limit + 1)
        data = [json.loads(row[0]) for row in found[:limit]]
        return {"object": "list", "data": data[::-1] if back else data, "has_more": len(found) > limit}

    def setting(self, name: str, otherwise: Any = None) -> Any:
        """A stored setting."""
        found = self.rows("SELECT value FROM setting WHERE name = ?", name)
        return json.loads(found[0][0]) if found else otherwise

    def set(self, name: str, value: Any) -> None:
        """Stores a setting."""
        self.rows("INSERT OR REPLACE INTO setting (name, value) VALUES (?, ?)", name, json.dumps(value))


_COMPARE = {"gt": ">", "gte": ">=", "lt": "<", "lte": "<="}


def _thing(row: tuple[Any, ...]) -> Thing:
    return Thing(row[0], row[1], row[2], json.loads(row[3]), json.loads(row[4]))
