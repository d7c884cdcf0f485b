"""How often things happen and how long they take, added up in this process until somebody takes it along.

Measuring never fails and never waits: no store, no network. Whoever runs a process takes the sums every few seconds and
puts them into the store (domain/operations/measures.py); a killed process loses those seconds, and nothing else.
"""

from __future__ import annotations

import threading
from bisect import bisect_left
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from kit.clock import utc_now

# Milliseconds; the bucket after the last one holds all that took longer.
BOUNDS = (5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000, 30_000, 60_000, 300_000, 3_600_000)
_MOST = 20_000  # sums that are kept when nobody takes them: hours of a busy process


class What(StrEnum):
    """What is measured. Stored."""

    PLACED = "placed"  # a hint was placed; who: the kind of work
    WAITED = "waited"  # a job waited in its queue so long; who: the kind
    RAN = "ran"  # a row was worked on for so long and it ended well; who: the kind
    FAILED = "failed"  # the same, and it raised; who: the kind
    GATEWAY = "gateway"  # a call to a processor took so long, however it ended; who: the account's id
    GATEWAY_SILENT = "gateway_silent"  # no usable answer: time-out, connection, 5xx; who: the account
    GATEWAY_KEY = "gateway_key"  # 401 or 403: the key is refused; who: the account
    GATEWAY_BUSY = "gateway_busy"  # 429: too many calls; who: the account


@dataclass(frozen=True)
class Series:
    """What is added up together: a thing, whose, in which minute, in which bucket."""

    what: What
    who: str
    minute: datetime
    bucket: int


@dataclass
class Sum:
    """How often, and how many milliseconds together."""

    n: int = 0
    ms: int = 0


_sums: dict[Series, Sum] = {}
_lock = threading.Lock()


def count(what: What, who: str, n: int = 1) -> None:
    """It happened `n` times now."""
    _add(what, who, 0, n, 0)


def took(what: What, who: str, seconds: float) -> None:
    """It happened now, and took so long."""
    ms = int(max(seconds, 0.0) * 1000)
    _add(what, who, bisect_left(BOUNDS, ms), 1, ms)


def _add(what: What, who: str, bucket: int, n: int, ms: int) -> None:
    minute = utc_now().replace(second=0, microsecond=0)
    series = Series(what, who, minute, bucket)
    with _lock:
        if series not in _sums and len(_sums) >= _MOST:
            return
        kept = _sums.setdefault(series, Sum())
        kept.n += n
        kept.ms += ms


def take() -> dict[Series, Sum]:
    """All sums since the last time; they are the caller's now."""
    with _lock:
        taken = dict(_sums)
        _sums.clear()
    return taken


def give_back(sums: dict[Series, Sum]) -> None:
    """The store was away: what was taken is added to what has come since."""
    with _lock:
        for series, back in sums.items():
            if series not in _sums and len(_sums) >= _MOST:
                continue
            kept = _sums.setdefault(series, Sum())
            kept.n += back.n
            kept.ms += back.ms
