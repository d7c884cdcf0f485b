"""The workers as operators see them, with what is asked of each queue's."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from domain.operations import stops
from domain.operations.hands import worker_lines
from domain.operations.shapes import WorkerLine
from integrations.queue.kinds import QUEUES
from integrations.queue.snapshot import snapshot
from models.base import connected
from models.operations import StopWhat


@dataclass(frozen=True)
class WorkersBoard:
    """Every worker that Redis knows, by queue; empty when it did not answer. `unmanned`: queues that nobody serves."""

    at: datetime
    reachable: bool
    workers: tuple[WorkerLine, ...]
    unmanned: tuple[str, ...]
    stopped: frozenset[str]  # queues that an operator paused


def workers_board(now: datetime) -> WorkersBoard:
    """The workers now. Never waits for Redis longer than its clients do."""
    hints = snapshot()
    with connected():
        active = stops.active(now)
    leaving = frozenset(line.name for line in active if line.what == StopWhat.WORKER)
    lines = tuple(sorted(worker_lines(hints, leaving), key=_place))
    served = {name for one in lines for name in one.queue.split(",")}
    return WorkersBoard(
        at=now,
        reachable=hints.reachable,
        workers=lines,
        unmanned=tuple(name for name in QUEUES if name not in served) if hints.reachable else (),
        stopped=frozenset(line.name for line in active if line.what == StopWhat.QUEUE),
    )


def _place(one: WorkerLine) -> tuple[int, str]:
    first = one.queue.partition(",")[0]
    return (QUEUES.index(first) if first in QUEUES else len(QUEUES), one.name)
