"""At most half of the web threads may wait for the gateway; the others go on serving people (protocol.md 2)."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache

from kit.config import settings


@lru_cache
def _turns() -> threading.BoundedSemaphore:
    return threading.BoundedSemaphore(max(1, settings().web_threads // 2))


@contextmanager
def web_turn() -> Iterator[bool]:
    """Whether this request may wait for the gateway now. It never waits for its turn."""
    mine = _turns().acquire(blocking=False)
    try:
        yield mine
    finally:
        if mine:
            _turns().release()
