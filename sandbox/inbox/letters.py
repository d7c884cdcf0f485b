"""The mails that were caught, in a SQLite file of their own, so that they survive a restart."""

from __future__ import annotations

import base64
import sqlite3
import threading
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

_KEPT = 5000
_COLUMNS = "id, at, sender, recipient, subject, text, html, message_id"
_SCHEMA = """
CREATE TABLE IF NOT EXISTS mail (
  id INTEGER PRIMARY KEY AUTOINCREMENT, at TEXT NOT NULL, sender TEXT NOT NULL, recipient TEXT NOT NULL,
  subject TEXT NOT NULL, text TEXT NOT NULL, html TEXT NOT NULL, message_id TEXT NOT NULL)
"""


@dataclass(frozen=True)
class Caught:
    """One mail. `at` is when it came, ISO 8601 in UTC."""

    id: int
    at: str
    sender: str
    to: str
    subject: str
    text: str
    html: str
    message_id: str

    def as_json(self) -> dict[str, str | int]:
        """For `/messages.json`."""
        return asdict(self)


class Letters:
    """The store. Safe to use from several threads."""

    def __init__(self, path: str | Path) -> None:
        self._lock = threading.Lock()
        self._db = sqlite3.connect(str(path), check_same_thread=False, isolation_level=None)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=NORMAL")
        self._db.execute(_SCHEMA)

    def keep(self, raw: bytes, recipients: list[str]) -> None:
        """Stores one mail for each recipient; the oldest go when there are too many."""
        mail = message_from_bytes(raw, policy=policy.default)
        now = datetime.now(UTC).isoformat(timespec="seconds")
        shared = str(mail["Subject"] or ""), _body(mail, "plain"), _with_pictures(mail), str(mail["Message-ID"] or "")
        rows = [(now, str(mail["From"] or ""), recipient, *shared) for recipient in recipients]
        with self._lock:
            self._db.executemany(
                "INSERT INTO mail (at, sender, recipient, subject, text, html, message_id) VALUES (?,?,?,?,?,?,?)", rows
            )
            self._db.execute("DELETE FROM mail WHERE id <= (SELECT max(id) FROM mail) - ?", (_KEPT,))

    def newest(self, *, words: str = "", before: int | None = None, most: int = 50) -> list[Caught]:
        """The newest mails, of those whose recipient or subject has the words; `before` an id, for the next page."""
        like = "%" + words.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
        found = "recipient LIKE ? ESCAPE '\\' OR subject LIKE ? ESCAPE '\\'"
        query = f"SELECT {_COLUMNS} FROM mail WHERE id < ? AND ({found}) ORDER BY id DESC LIMIT ?"
        with self._lock:
            rows = self._db.execute(query, (before or 1 << 62, like, like, most)).fetchall()
        return [Caught(*row) for row in rows]

    def one(self, mail_id: int) -> Caught | None:
        """A mail by its number."""
        with self._lock:
            row = self._db.execute(f"SELECT {_COLUMNS} FROM mail WHERE id = ?", (mail_id,)).fetchone()
        return Caught(*row) if row else None

    def close(self) -> None:
        """Lets go of the file."""
        with self._lock:
            self._db.close()


def _with_pictures(mail: EmailMessage) -> str:
    """The page with the pictures that the mail brought along, as a mail program shows it."""
    page = _body(mail, "html")
    for part in mail.walk():
        name = str(part["Content-ID"] or "").strip("<>")
        if name and part.get_content_maintype() == "image":
            drawn = base64.b64encode(part.get_content()).decode()
            page = page.replace(f"cid:{name}", f"data:{part.get_content_type()};base64,{drawn}")
    return page


def _body(mail: EmailMessage, kind: str) -> str:
    part = mail.get_body(preferencelist=(kind,))
    return str(part.get_content()) if part is not None else ""
