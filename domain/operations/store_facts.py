"""How the store and Redis are: size, room, migrations, connections, how long a trivial question takes."""

from __future__ import annotations

import shutil
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

from domain.operations.health_shapes import StoreFacts, ValkeyFacts
from integrations.queue.snapshot import RedisFacts
from kit.config import settings
from models.base import connected, db, is_sqlite
from models.schema import pending

_NEARLY_FULL = 90  # percent of Redis' memory limit
_KEEPS = "noeviction"  # any other policy throws hints away when memory is full


def asked() -> timedelta:
    """How long the store takes to answer one trivial question."""
    with connected():
        begun = time.perf_counter()
        db.execute_sql("SELECT 1").fetchone()
        return timedelta(seconds=time.perf_counter() - begun)


def store_facts() -> StoreFacts:
    """Size, what is not migrated, room on the disk, connections or the log of changes."""
    disk = _disk(settings().data_dir)
    with connected():
        took = asked()
        size, wal, connections, most = _sqlite() if is_sqlite() else _postgres()
        return StoreFacts(
            kind="SQLite" if is_sqlite() else "PostgreSQL",
            size=size,
            pending=tuple(pending()),
            disk_free=disk and disk[0],
            disk_all=disk and disk[1],
            asked=took,
            wal=wal,
            connections=connections,
            connections_most=most,
        )


def valkey_facts(said: RedisFacts | None) -> ValkeyFacts:
    """Redis' own figures, with what of them must be mended; None when it does not answer. Pure."""
    if said is None:
        return ValkeyFacts(reachable=False)
    return ValkeyFacts(
        reachable=True,
        version=said.version,
        memory=said.memory,
        memory_most=said.most,
        policy=said.policy,
        aof=said.kept,
        aof_ok=said.written,
        evicted=said.evicted,
        up=said.up,
        bad=bad(said),
    )


def bad(said: RedisFacts) -> tuple[str, ...]:
    """What must be mended: memory (nearly full), aof (off, or its last write failed), policy (throws hints away). Pure.

    What a server does not say is not held against it.
    """
    full = bool(said.most) and said.memory * 100 > (said.most or 0) * _NEARLY_FULL
    found = {"memory": full, "aof": not (said.kept and said.written), "policy": said.policy not in ("", _KEEPS)}
    return tuple(name for name, wrong in found.items() if wrong)


def _disk(folder: Path) -> tuple[int, int] | None:
    try:
        room = shutil.disk_usage(folder)
    except OSError:
        return None
    return room.free, room.total


_Sizes = tuple[int | None, int | None, int | None, int | None]


def _sqlite() -> _Sizes:
    file = Path(str(db.obj.database))
    return _bytes(file), _bytes(file.with_name(f"{file.name}-wal")), None, None


def _bytes(file: Path) -> int | None:
    try:
        return file.stat().st_size
    except OSError:
        return None


def _postgres() -> _Sizes:
    (size,) = _row("SELECT pg_database_size(current_database())")
    (used,) = _row("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()")
    (most,) = _row("SELECT current_setting('max_connections')")
    return int(size), None, int(used), int(most)


def _row(question: str) -> Any:
    return db.execute_sql(question).fetchone()
