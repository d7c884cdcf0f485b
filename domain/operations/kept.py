"""Figures that are dear to reckon are kept in the process for a few seconds: many screens ask the same at once.

What takes long is kept for longer, so that at most a twentieth of a process's time goes into figures.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

from models.base import db

_SLOW = 0.1  # seconds
_TWENTIETH = 20
_T = TypeVar("_T")


@dataclass
class _Kept:
    value: Any
    at: datetime
    until: float
    store: Any
    being_made: bool = False


_kept: dict[tuple[Any, ...], _Kept] = {}
_lock = threading.Lock()


def kept(name: str, make: Callable[[], _T], *key: object, now: datetime, seconds: int) -> tuple[_T, datetime]:
    """What `make` says, and as of when: not older than `seconds`, or than twenty times what it took to make it.

    While one thread makes it anew the others get the old. A clock that was moved, another store: made anew at once.
    """
    place = (name, *key)
    with _lock:
        found = _kept.get(place)
        if found is not None and (found.store is not db.obj or not found.at <= now <= found.at + timedelta(minutes=5)):
            found = None
        if found is not None and (time.monotonic() < found.until or found.being_made):
            return found.value, found.at
        if found is not None:
            found.being_made = True
    begun = time.monotonic()
    try:
        value = make()
    finally:
        if found is not None:
            found.being_made = False
    ended = time.monotonic()
    took = ended - begun
    rest = max(seconds, took * _TWENTIETH if took > _SLOW else 0)
    with _lock:
        _kept[place] = _Kept(value, now, ended + rest, db.obj)
    return value, now


def forget() -> None:
    """Everything is reckoned anew next time."""
    with _lock:
        _kept.clear()
