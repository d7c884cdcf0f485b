"""A copy of the store in one file, made while it is in use; and a store out of such a file.

SQLite: `VACUUM INTO`, a snapshot that keeps nobody from writing. PostgreSQL: its own `pg_dump` and `pg_restore`, which
must be of the server's version or newer. What was encrypted stays encrypted: the file is worth nothing without
SECRET_KEY, which is not in it.
"""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
import subprocess
from datetime import UTC, datetime
from pathlib import Path

from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict

from kit.errors import ConfigError
from models.base import connected, db

_STAMP = "%Y%m%dT%H%M%SZ"
_NAME = re.compile(r"settle-\d{8}T\d{6}Z\.(?:db|dump)")
_KINDS = {".db": "sqlite", ".dump": "postgresql"}


def save(url: str, folder: Path, now: datetime) -> Path:
    """Writes `settle-<moment>` into the folder, readable by its owner only, and returns it once it is whole and opens.

    Raises ConfigError, and then no file is left that looks like a backup.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    made = folder / f"settle-{now.astimezone(UTC):{_STAMP}}{_suffix(url)}"
    part = made.with_name(f".{made.name}.part")
    try:
        _private(part)
        _copy(url, part)
        check(part, like=made)
        with part.open("rb") as written:
            os.fsync(written.fileno())
        part.replace(made)
    finally:
        part.unlink(missing_ok=True)
    return made


def _private(part: Path) -> None:
    """An empty file that only its owner may read: before anything is in it, not after."""
    part.unlink(missing_ok=True)
    os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))


def check(file: Path, *, like: Path | None = None) -> None:
    """Raises ConfigError unless the file is a whole copy of a store of ours. `like` has the name that it will have."""
    if _kind(like or file) == "sqlite":
        try:
            with sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True) as opened:
                found = opened.execute("PRAGMA quick_check(1)").fetchone()[0]
                opened.execute("SELECT 1 FROM merchant LIMIT 1").fetchone()
        except sqlite3.DatabaseError as problem:
            raise ConfigError(f"{file} is not a store that can be read: {problem}.") from None
        if found != "ok":
            raise ConfigError(f"{file} is damaged: {found}.")
        return
    listed = _run("pg_restore", "--list", str(file))
    if " TABLE DATA public merchant " not in listed:
        raise ConfigError(f"{file} holds no store of ours.")


def taken_at(file: Path) -> datetime:
    """The moment of a backup, from its name. Raises ConfigError for a file that was named otherwise."""
    try:
        return datetime.strptime(file.stem.removeprefix("settle-"), _STAMP).replace(tzinfo=UTC)
    except ValueError:
        raise ConfigError(
            f"{file.name} does not say when it was made. Give the file its name back: settle-YYYYMMDDTHHMMSSZ."
        ) from None


def restore(file: Path, url: str) -> None:
    """Makes the store at `url` out of a backup. Raises ConfigError when the file is damaged or of the other kind of
    store, and when there is a store at `url` already: nothing is ever written over."""
    check(file)
    if _suffix(url) != file.suffix:
        raise ConfigError(
            f"{file.name} is of {_kind(file)}, and DATABASE_URL is not. Set DATABASE_URL to such a store."
        )
    if _kind(file) == "sqlite":
        Path(url.removeprefix("sqlite:///")).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if _holds_tables():
        raise ConfigError("There is a store at DATABASE_URL already, and nothing is written over. Give an empty one.")
    if _kind(file) == "sqlite":
        target = Path(url.removeprefix("sqlite:///"))
        part = target.with_name(f".{target.name}.part")
        _private(part)
        shutil.copyfile(file, part)
        for rest in ("-wal", "-shm"):  # of the empty store that looking for tables has made
            target.with_name(target.name + rest).unlink(missing_ok=True)
        part.replace(target)
        return
    _run("pg_restore", "--no-owner", "--no-privileges", "--exit-on-error", "--single-transaction",
         "--dbname", str(conninfo_to_dict(url)["dbname"]), str(file), url=url)  # fmt: skip


def forget_old(folder: Path, *, keep: int) -> list[Path]:
    """Deletes all backups in the folder but the newest `keep` (at least one); returns what went. What is named
    otherwise is none of them: it may be a store."""
    found = sorted(each for each in folder.glob("settle-*") if _NAME.fullmatch(each.name))
    gone = found[: -max(keep, 1)]
    for each in gone:
        each.unlink()
    return gone


def _suffix(url: str) -> str:
    return ".db" if url.startswith("sqlite:///") else ".dump"


def _kind(file: Path) -> str:
    found = _KINDS.get(file.suffix)
    if found is None:
        raise ConfigError(f"{file.name} is no backup of ours: they end with {' or '.join(_KINDS)}.")
    if not file.exists() and not file.with_name(f".{file.name}.part").exists():
        raise ConfigError(f"There is no file {file}.")
    return found


def _holds_tables() -> bool:
    with connected():
        return bool(db.obj.get_tables())


def _copy(url: str, part: Path) -> None:
    if _suffix(url) == ".dump":
        _run("pg_dump", "--format=custom", "--no-owner", "--no-privileges", "--file", str(part), url=url)
        return
    source = Path(url.removeprefix("sqlite:///"))
    if not source.exists():
        raise ConfigError(f"There is no store at {source}.")
    with sqlite3.connect(source, timeout=30, isolation_level=None) as opened:
        opened.execute("VACUUM INTO ?", (str(part),))


def _run(program: str, *words: str, url: str | None = None) -> str:
    """A program of PostgreSQL. How to reach the server goes by its environment: a command line is seen by everybody."""
    try:
        told = conninfo_to_dict(url) if url else {}
    except ProgrammingError:
        raise ConfigError("DATABASE_URL cannot be read as an address of PostgreSQL.") from None
    reach = {_variable(name): str(value) for name, value in told.items() if value}
    try:
        done = subprocess.run([program, *words], env=os.environ | reach, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        raise ConfigError(
            f"{program} is missing. Install PostgreSQL's client programs: apt-get install postgresql-client."
        ) from None
    if done.returncode != 0:
        said = (done.stderr.strip().splitlines() or ["it said nothing"])[0]
        raise ConfigError(f"{program} did not succeed: {said[:200]}")
    return done.stdout


def _variable(name: str) -> str:
    """The variable that PostgreSQL's programs read an option from: PGHOST, PGPASSWORD, PGSSLMODE."""
    return "PGDATABASE" if name == "dbname" else f"PG{name.upper()}"
