"""The one clock. Everything that needs "now" gets it from here, so a test or the demo can move the day."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

_source: Callable[[], datetime] = lambda: datetime.now(UTC)  # noqa: E731 - a named def would hide that it is swapped


def utc_now() -> datetime:
    """The present moment, aware, in UTC."""
    return _source()


def real_now() -> datetime:
    """The time on the wall, whatever day the demo has: only for comparing with stamps that others wrote (RQ's)."""
    return datetime.now(UTC)


def use(source: Callable[[], datetime]) -> None:
    """Takes the time from `source` from now on (the demo's shifted clock)."""
    global _source
    _source = source


class Stopped:
    """A clock that stands still until it is moved."""

    def __init__(self, at: datetime) -> None:
        if at.tzinfo is None:
            raise ValueError("a clock is aware")
        self.at = at.astimezone(UTC)

    def __call__(self) -> datetime:
        return self.at

    def advance(self, by: timedelta) -> None:
        """Moves the clock forward."""
        self.at += by

    def set(self, at: datetime) -> None:
        """Moves the clock to a moment."""
        self.at = at.astimezone(UTC)


@contextmanager
def stopped(at: datetime) -> Iterator[Stopped]:
    """Within it the clock stands at `at` until it is advanced."""
    before, clock = _source, Stopped(at)
    use(clock)
    try:
        yield clock
    finally:
        use(before)
