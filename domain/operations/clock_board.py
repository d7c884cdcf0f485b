"""The clock as operators see it: who goes round, what the timetable did and when it does it next, what was missed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from domain.operations.shapes import CLOCK_SILENT, LATE
from domain.work import rounds
from domain.work.rounds import Seen
from domain.work.timetable import TIMETABLE, CatchUp, Daily, Line
from domain.work.wake import Work
from models.base import connected
from models.operations import JobRun
from models.work import Tick

BACK = timedelta(days=7)
_RECENT = 30  # occurrences listed
_FAILED = "failed: "  # how domain/work/ticks.py begins the result of a tick that raised
_FAR = timedelta(days=2)  # beyond the longest period of the timetable


@dataclass(frozen=True)
class Occurrence:
    """One occurrence of a line. `took` is of its latest run, kept for three days."""

    id: UUID
    name: str
    due_at: datetime
    done_at: datetime | None
    result: str
    failed: bool
    under_way: bool
    late: bool
    took: timedelta | None


@dataclass(frozen=True)
class LineBoard:
    """A line of the timetable: when it runs, its latest occurrence, the next, how many were never made in 7 days."""

    name: str
    daily: bool
    at: str  # 02:40, or :02 of every hour; UTC
    catch_up: CatchUp
    latest: Occurrence | None
    next_at: datetime
    missed: int


@dataclass(frozen=True)
class ClockBoard:
    """How the clock goes. `clocks`: each process that has gone round in the last day, the latest first."""

    at: datetime
    round_at: datetime | None
    age: timedelta | None
    silent: bool
    clocks: tuple[Seen, ...]
    lines: tuple[LineBoard, ...]
    recent: tuple[Occurrence, ...]


def clock_board(now: datetime) -> ClockBoard:
    """Everything about the clock and its timetable."""
    with connected():
        query: Any = Tick.select().where(Tick.due_at > now - BACK).order_by(Tick.due_at.desc(), Tick.name)
        ticks = list(query)
        took = _took([tick.id for tick in ticks[:200]], now)
        every = [_occurrence(tick, took.get(str(tick.id)), now) for tick in ticks]
        latest = {tick.name: _occurrence(tick, None, now) for tick in _latest()}
    latest.update({one.name: one for one in reversed(every)})
    round_at = rounds.latest()
    age = None if round_at is None else max(now - round_at, timedelta(0))
    return ClockBoard(
        at=now,
        round_at=round_at,
        age=age,
        silent=age is None or age > CLOCK_SILENT,
        clocks=tuple(rounds.seen(now)),
        lines=tuple(_line(line, latest.get(line.name), every, now) for line in TIMETABLE),
        recent=tuple(every[:_RECENT]),
    )


def _latest() -> list[Tick]:
    """The latest occurrence of each line that has none in the last days."""
    found = (Tick.select().where(Tick.name == line.name).order_by(Tick.due_at.desc()).first() for line in TIMETABLE)
    return [tick for tick in found if tick is not None]


def _took(ids: list[UUID], now: datetime) -> dict[str, int]:
    """Milliseconds of the latest run of each."""
    wanted = {str(id_) for id_ in ids}
    runs: Any = (
        JobRun.select(JobRun.row_id, JobRun.run_ms)
        .where(JobRun.kind == Work.TICK.value, JobRun.ended_at > now - BACK)
        .order_by(JobRun.ended_at)
        .limit(1000)
        .tuples()
    )
    return {row: ms for row, ms in runs if row in wanted}


def _occurrence(tick: Tick, ms: int | None, now: datetime) -> Occurrence:
    under_way = tick.done_at is None and tick.lease_until is not None and tick.lease_until > now
    failed = tick.done_at is None and tick.result.startswith(_FAILED)
    return Occurrence(
        id=tick.id,
        name=tick.name,
        due_at=tick.due_at,
        done_at=tick.done_at,
        result=tick.result,
        failed=failed,
        under_way=under_way and not failed,
        late=tick.done_at is None and now - tick.due_at > LATE,
        took=None if ms is None else timedelta(milliseconds=ms),
    )


def _line(line: Line, latest: Occurrence | None, every: list[Occurrence], now: datetime) -> LineBoard:
    return LineBoard(
        name=line.name,
        daily=isinstance(line.when, Daily),
        at=f"{line.when.at:%H:%M}" if isinstance(line.when, Daily) else f":{line.when.minute:02d}",
        catch_up=line.catch_up,
        latest=latest,
        next_at=next(line.when.between(now, now + _FAR)),
        missed=missed(line, [one.due_at for one in every if one.name == line.name], now),
    )


def missed(line: Line, made: list[datetime], now: datetime) -> int:
    """How many moments between the first made and now have no occurrence: nothing ran, and they were not made up. Pure.

    The youngest two minutes are not judged yet.
    """
    if not made:
        return 0
    known = set(made)
    return sum(moment not in known for moment in line.when.between(min(made), now - LATE))
