"""Whether Redis keeps what it is given: hints may be lost, but not silently and not every day."""

from __future__ import annotations

from redis import RedisError

from integrations.queue.connection import breaker, impatient

_MEMORY, _PERSISTENCE = "memory", "persistence"


def unsafe() -> dict[str, str] | None:
    """What is not as it should be, by setting: another eviction policy than noeviction, a log that is not written.

    None when Redis does not answer. Never raises, waits 0.2 s at most for an answer.
    """
    if not breaker.closed():
        return None
    try:
        redis = impatient()
        memory, kept = redis.info(_MEMORY), redis.info(_PERSISTENCE)
    except (RedisError, OSError):
        breaker.failed()
        return None
    wrong = {}
    policy = str(memory.get("maxmemory_policy", "noeviction"))
    if policy != "noeviction":
        wrong["maxmemory-policy"] = policy
    for name in ("aof_last_write_status", "aof_last_bgrewrite_status", "rdb_last_bgsave_status"):
        if kept.get(name, "ok") != "ok":
            wrong[name] = str(kept[name])
    return wrong
