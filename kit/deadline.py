"""A total time for several calls: each asks how much is left, and a dribbling answer cannot outlive it."""

from __future__ import annotations

import time
from dataclasses import dataclass


class DeadlinePassed(Exception):
    """No time is left."""


@dataclass(frozen=True)
class Deadline:
    """A moment on the monotonic clock (never the wall clock, which may jump)."""

    at: float

    @classmethod
    def within(cls, seconds: float) -> Deadline:
        """A deadline that many seconds from now."""
        return cls(time.monotonic() + seconds)

    def left(self) -> float:
        """Seconds left; raises DeadlinePassed when there are none."""
        rest = self.at - time.monotonic()
        if rest <= 0:
            raise DeadlinePassed
        return rest
