"""When a backlog will be done, at the pace of the last ten minutes. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from domain.operations.shapes import Clearing, DueLine

_TEN = 10  # minutes
_MINUTE = timedelta(minutes=1)
_FAR = timedelta(days=30)  # an end beyond that is none


def clearing(rows: int, *, came: int, done: list[int], pace: int, late: bool, now: datetime) -> Clearing:
    """When `rows` will be done, if it goes on as in the last ten minutes. Pure.

    `done` is what was done in each of them, oldest first: minutes before the first one with anything do not count, so
    that a wave's end is told from its first minute on. Until then its account's `pace` (rows a minute) stands for it.
    """
    begun = next((place for place, n in enumerate(done) if n), len(done))
    went = done[begun:]
    total, minutes = (sum(went), len(went)) if went else (pace, 1)
    if not total:
        return Clearing(rows, came, 0, stalled=late)
    soon = rows * minutes <= total  # less than a minute's work: what comes meanwhile is none of this backlog
    gained = total * _TEN - (0 if soon else came * minutes)  # rows in ten times `minutes`
    if gained <= 0 or _MINUTE * (rows * minutes * _TEN) / gained > _FAR:
        return Clearing(rows, came, sum(done), growing=True)
    return Clearing(rows, came, sum(done), end=now + _MINUTE * (rows * minutes * _TEN) / gained)


def together(lines: Iterable[DueLine]) -> Clearing | None:
    """The end of all that is due and not stopped: the last of its kinds' ends. None when nothing is due. Pure."""
    every = [line.clearing for line in lines if line.clearing is not None]
    if not every:
        return None
    ends = [one.end for one in every if one.end is not None]
    return Clearing(
        rows=sum(one.rows for one in every),
        came=sum(one.came for one in every),
        done=sum(one.done for one in every),
        end=max(ends) if len(ends) == len(every) else None,
        growing=any(one.growing for one in every),
        stalled=any(one.stalled for one in every),
    )
