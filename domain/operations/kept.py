"""Figures that are dear to reckon are kept in the process for a few seconds: many screens ask the same.

Nobody waits for them twice: what is a little old is given as it is, while a thread reckons it anew. What takes long is
kept for longer, so that at most a twentieth of a process's time goes into figures.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

from kit.log import log
from models.base import connected, db

_SLOW = 0.5  # seconds: hundreds of thousands of due rows
_TWENTIETH = 20
_STALE = 6  # times as long as it is kept: older figures are reckoned before they are given
_MOVED = timedelta(minutes=5)  # a clock that went so far was moved
_BESIDE = timedelta(seconds=5)  # another thread may have looked at the clock a little later
_T = TypeVar("_T")
_Place = tuple[Any, ...]


@dataclass
class _Kept:
    value: Any
    at: datetime
    fresh_until: float
    good_until: float
    store: Any
    being_made: bool = False

    def is_of(self, store: Any, now: datetime) -> bool:
        """Whether it was reckoned from this store, by this clock."""
        return self.store is store and self.at - _BESIDE <= now <= self.at + _MOVED


_kept: dict[_Place, _Kept] = {}
_lock = threading.Lock()


def kept(name: str, make: Callable[[], _T], *key: object, now: datetime, seconds: int) -> tuple[_T, datetime]:
    """What `make` says, and as of when: a few times `seconds` old at most. A clock that was moved, another store: anew.

    `make` opens the store itself, and says nothing in words: it may run in a thread of its own.
    """
    place, moment = (name, *key), time.monotonic()
    with _lock:
        found = _kept.get(place)
        if found is not None and found.is_of(db.obj, now) and moment < found.good_until:
            if moment >= found.fresh_until and not found.being_made:
                found.being_made = True
                threading.Thread(target=_renew, args=(place, make, now, seconds), name=name, daemon=True).start()
            return found.value, found.at
    return _make(place, make, now, seconds), now


def _make(place: _Place, make: Callable[[], _T], now: datetime, seconds: int) -> _T:
    store, begun = db.obj, time.monotonic()
    value = make()
    ended = time.monotonic()
    took = ended - begun
    rest = max(seconds, took * _TWENTIETH if took > _SLOW else 0)
    with _lock:
        _kept[place] = _Kept(value, now, ended + rest, ended + rest * _STALE, store)
    return value


def _renew(place: _Place, make: Callable[[], object], now: datetime, seconds: int) -> None:
    try:
        with connected():
            _make(place, make, now, seconds)
    except Exception as problem:  # whoever asks next is told of it, or gets it anew
        log().warning("figures.not_renewed", figures=place[0], error=type(problem).__name__)
        with _lock:
            _kept.pop(place, None)


def forget() -> None:
    """Everything is reckoned anew next time."""
    with _lock:
        _kept.clear()
