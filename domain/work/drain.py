"""Does what is due here and now, without a queue: for the clock when Redis is away, for commands and for tests."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from domain.operations import stops
from domain.work import ticks
from domain.work.due import Due, due
from domain.work.perform import perform
from domain.work.wake import Work
from kit.clock import utc_now
from kit.log import log
from models.base import connected


@dataclass
class Drained:
    """What a drain did: rows per kind, and what raised (it stays due and comes back by its own rules)."""

    done: Counter[Work] = field(default_factory=Counter)
    failed: list[tuple[Due, str]] = field(default_factory=list)

    @property
    def total(self) -> int:
        """How many rows were acted on without an error."""
        return sum(self.done.values())


def drain(
    *, keep_on: Callable[[], bool] = lambda: True, limit: int = 200, leave: frozenset[Work] = frozenset()
) -> Drained:
    """Makes ticks and performs whatever is due, one by one, until nothing new is due or `keep_on()` says no.

    `leave` names kinds that stay due, as those of a stopped queue do. A row is performed once per drain for the same
    due time, so one that stays due cannot hold it up for ever.
    """
    drained, seen = Drained(), set[Due]()
    ticks.make(utc_now())
    while keep_on():
        left = leave | stops.stopped_kinds(utc_now())
        fresh = [row for row in due(utc_now(), limit + len(seen)) if row not in seen and row.kind not in left]
        if not fresh:
            break
        for row in fresh:
            if not keep_on():
                break
            seen.add(row)
            if row.kind not in stops.stopped_kinds(utc_now()):
                _one(row, drained)
    return drained


def _one(row: Due, drained: Drained) -> None:
    try:
        with connected():
            perform(row.kind, row.id)
    except Exception as problem:  # one bad row must not keep the others waiting
        log().error("work.failed", kind=row.kind.value, id=str(row.id), error=type(problem).__name__, exc_info=True)
        drained.failed.append((row, type(problem).__name__))
    else:
        drained.done[row.kind] += 1
