"""Clients for the queues' Redis: an impatient one that people may wait for, a patient one for workers."""

from __future__ import annotations

import threading
import time
from functools import lru_cache
from typing import Any

from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from kit.config import Settings, settings

PATIENCE = 0.2  # seconds that a press on *Pay* may wait for a hint to be placed
WORKER_PATIENCE = 45.0  # seconds: longer than RQ's blocking read, so an answer that late never comes
REST = 10.0  # seconds without another try after a failure


def _client(chosen: Settings, **options: Any) -> Redis:
    """The embedded Valkey goes by its path, not by an address: a folder's name may hold any character."""
    if chosen.redis_url is None:
        return Redis(unix_socket_path=str(chosen.valkey_socket), **options)
    return Redis.from_url(chosen.redis_url, **options)


@lru_cache(maxsize=4)
def _impatient(chosen: Settings) -> Redis:
    return _client(chosen, socket_timeout=PATIENCE, socket_connect_timeout=PATIENCE, retry=Retry(NoBackoff(), 0))


def impatient() -> Redis:
    """A client that waits 0.2 s at most for each answer and does not retry. Safe to share between threads."""
    return _impatient(settings())


def patient() -> Redis:
    """A client for a worker. A connection that fell silent is given up; RQ itself waits for a Redis that is away."""
    return _client(settings(), socket_timeout=WORKER_PATIENCE, socket_connect_timeout=5, retry=Retry(NoBackoff(), 1))


class Breaker:
    """Remembers that Redis failed, so that nobody waits for it again for a while. Shared by all threads."""

    def __init__(self, rest: float = REST) -> None:
        self._rest = rest
        self._until = 0.0
        self._lock = threading.Lock()

    def closed(self) -> bool:
        """Whether a try is worth it now."""
        with self._lock:
            return time.monotonic() >= self._until

    def failed(self) -> None:
        """No tries for the rest time."""
        with self._lock:
            self._until = time.monotonic() + self._rest

    def reset(self) -> None:
        """Tries are worth it again at once."""
        with self._lock:
            self._until = 0.0


breaker = Breaker()
