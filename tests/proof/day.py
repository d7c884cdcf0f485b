"""A world of its own for one run: a clock that stands, the processor, the queue, and ids in the order of their making.

Everything that is drawn by lot elsewhere comes from the seed here, so that a seed always plays the same run.
"""

from __future__ import annotations

import random
import secrets
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from uuid import UUID

from pytest import MonkeyPatch

from domain.work import install
from domain.work import wake as waking
from domain.work.wake import Work
from integrations.queue import wake as queue
from kit import clock as kit_clock
from kit import deadline, ids
from sandbox.endpoints import TIMERS
from sandbox.inprocess import InProcess

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)  # a Monday; seven in New York


@dataclass
class Day:
    """The surroundings of a run."""

    clock: kit_clock.Stopped
    sandbox: InProcess
    hints: list[tuple[Work, UUID]] = field(default_factory=list)  # the queue: what it was told and has not forgotten
    suspended: timedelta = timedelta()  # how long machines slept: a deadline does not count that

    def move(self, by: timedelta) -> None:
        """Our clock and the processor's day together."""
        self.clock.advance(by)
        self.sandbox.world.set_day(standing=self.clock.at.timestamp())
        self.sandbox.world.fire(TIMERS)

    def monotonic(self) -> float:
        """The clock that deadlines go by."""
        return (self.clock.at - NOON - self.suspended).total_seconds()

    def hint(self, kind: str, row: UUID) -> bool:
        """Somebody tells the queue."""
        self.hints.append((Work(kind), row))
        return True


class _Counting:
    """A millisecond later each time it is asked."""

    def __init__(self) -> None:
        self._last = int(NOON.timestamp()) * 1000

    def time_ns(self) -> int:
        self._last += 1
        return self._last * 1_000_000


@contextmanager
def day(seed: int) -> Iterator[Day]:
    """A day in the store that is configured and empty."""
    with ExitStack() as stack:
        clock = stack.enter_context(kit_clock.stopped(NOON))
        patch = stack.enter_context(MonkeyPatch.context())
        _no_luck(patch, random.Random(~seed))
        sandbox = InProcess()
        stack.callback(sandbox.close)
        made = Day(clock, sandbox)
        install._of.cache_clear()  # the store before this one had another
        patch.setattr(deadline, "time", SimpleNamespace(monotonic=made.monotonic))
        patch.setattr(waking, "enqueue", made.hint)
        patch.setattr(queue, "enqueue", made.hint)
        made.move(timedelta())
        yield made


def _no_luck(patch: MonkeyPatch, drawn: random.Random) -> None:
    patch.setattr(ids, "time", _Counting())
    patch.setattr(secrets, "randbits", drawn.getrandbits)
    patch.setattr(secrets, "choice", drawn.choice)
    patch.setattr(secrets, "token_hex", lambda n=32: f"{drawn.getrandbits(8 * n):0{2 * n}x}")
    patch.setattr(secrets, "token_urlsafe", lambda n=32: f"{drawn.getrandbits(8 * n):0{2 * n}x}")
