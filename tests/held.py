"""The test store's connection, held between requests: opening the file and reading its schema takes 5 ms a time."""

from __future__ import annotations

import sqlite3
import threading
from pathlib import Path
from typing import Any

from models import base


class Held(base._Sqlite):
    """The product's SQLite, but a closed connection waits for the next request of the thread that made the store.

    Other threads open and close as in production. A file that was put in the store's place is opened anew.
    """

    @classmethod
    def of(cls, url: str) -> Held:
        """The store of an address. Nobody pulls a test's plug, so nothing waits for the disk."""
        return cls(url.removeprefix("sqlite:///"), pragmas={**base._SQLITE_PRAGMAS, "synchronous": 0})

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._thread = threading.get_ident()
        self._held: sqlite3.Connection | None = None
        self._file: tuple[int, int] | None = None

    def _connect(self) -> sqlite3.Connection:
        if threading.get_ident() != self._thread:
            return super()._connect()  # type: ignore[misc]
        held, self._held = self._held, None
        found = _identity(self.database)
        if held is not None and found is not None and found == self._file:
            return held
        if held is not None:
            held.close()
        made = super()._connect()  # type: ignore[misc]
        self._file = _identity(self.database)
        return made

    def _close(self, conn: sqlite3.Connection) -> None:
        if threading.get_ident() != self._thread or conn.in_transaction or self._held is not None:
            super()._close(conn)  # type: ignore[misc]
        else:
            self._held = conn

    def close_all(self) -> None:
        """For the end of a test, as the pool of the other store has it."""
        if not self.is_closed():
            self.close()
        held, self._held = self._held, None
        if held is not None:
            held.close()


def _identity(path: str) -> tuple[int, int] | None:
    try:
        found = Path(path).stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino
