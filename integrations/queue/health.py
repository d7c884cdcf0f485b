"""How Redis itself is: memory, log of changes, what it does when memory is full."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from redis import RedisError

from integrations.queue.connection import breaker, impatient


@dataclass(frozen=True)
class QueueHealth:
    """What Redis says of itself; bytes. A server that hides some of it leaves it empty."""

    version: str
    memory: int | None
    memory_most: int | None  # None: no limit but the machine's
    policy: str
    aof: bool | None
    aof_ok: bool | None
    up: timedelta | None


def health() -> QueueHealth | None:
    """Asks once; None when Redis does not answer. Never raises, and waits 0.2 s at most."""
    if not breaker.closed():
        return None
    try:
        said: dict[str, Any] = impatient().info("server", "memory", "persistence")
    except (RedisError, OSError):
        breaker.failed()
        return None
    aof = said.get("aof_enabled")
    return QueueHealth(
        version=str(said.get("valkey_version") or said.get("redis_version") or ""),
        memory=said.get("used_memory"),
        memory_most=said.get("maxmemory") or None,
        policy=str(said.get("maxmemory_policy") or ""),
        aof=None if aof is None else bool(aof),
        aof_ok=said["aof_last_write_status"] == "ok" if aof and "aof_last_write_status" in said else None,
        up=timedelta(seconds=said["uptime_in_seconds"]) if "uptime_in_seconds" in said else None,
    )
