"""The demo's clock: real time plus an offset in the store, so that every process sees the same day."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

from peewee import PeeweeException

from domain.work import rounds
from kit import clock
from models.base import connected
from models.work import Fact

_KEY = "clock_offset"
_LONG_REST = timedelta(days=1)
_TRUSTED = 1.0  # seconds that a read offset is used before it is read again


class _Shifted:
    """A source of time for kit.clock."""

    def __init__(self) -> None:
        self._offset = timedelta(0)
        self._read_at: float | None = None

    def __call__(self) -> datetime:
        if self._read_at is None or time.monotonic() - self._read_at > _TRUSTED:
            self._refresh()
        return datetime.now(UTC) + self._offset

    def _refresh(self) -> None:
        try:
            self._offset = offset()
        except PeeweeException:
            pass  # the store is away, or this transaction has failed: the offset known so far is still the best
        self._read_at = time.monotonic()

    def forget(self) -> None:
        """Reads the offset anew at the next question."""
        self._read_at = None


_shifted = _Shifted()


def install() -> None:
    """Makes kit.clock tell the demo's time in this process, at most a second behind a change of the offset."""
    clock.use(_shifted)


def offset() -> timedelta:
    """How far the demo's time is ahead of real time."""
    with connected():
        found = Fact.get_or_none(Fact.key == _KEY)
    return timedelta(seconds=int(found.value) if found else 0)


def set_offset(ahead: timedelta) -> None:
    """Moves the demo's clock to real time plus `ahead`, in whole seconds."""
    value = str(int(ahead.total_seconds()))
    with connected():
        Fact.insert(key=_KEY, value=value).on_conflict(conflict_target=[Fact.key], update={Fact.value: value}).execute()
    _shifted.forget()


def advance(by: timedelta) -> None:
    """Moves the demo's clock forward."""
    set_offset(offset() + by)


def begin_at(moment: datetime) -> None:
    """Makes that moment the demo's present: its time runs on from there."""
    set_offset(moment - datetime.now(UTC))
    rounds.note(moment)


def resume() -> timedelta:
    """Lets the demo go on where it stopped when it has rested for a day or more, so that it sends nothing by itself.

    Returns how old the demo is: by how much its time is behind real time, zero when it is not.
    """
    last = rounds.latest()
    rested = clock.utc_now() - last if last else timedelta(0)
    if rested >= _LONG_REST:
        advance(-rested)
    return max(-offset(), timedelta(0))
