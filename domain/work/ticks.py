"""Ticks: one row for each occurrence of a timetable line. Made once, run once, by whoever comes first."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from domain.work.timetable import TIMETABLE, CatchUp, Line
from domain.work.wake import Work, wake
from kit.clock import utc_now
from kit.ids import uuid7
from kit.log import log
from models.base import connected, unit_of_work
from models.work import Tick

_LEASE = timedelta(minutes=15)  # longer than a tick's job may take
_STILL_ON_TIME = timedelta(minutes=5)


def make(now: datetime, timetable: Iterable[Line] = TIMETABLE) -> int:
    """Makes the ticks that have come due since the last one of each line; returns how many rows it offered.

    Two clocks that do this at once make one row: (name, moment) is unique.
    """
    offered = 0
    for line in timetable:
        with connected():
            last = Tick.select(Tick.due_at).where(Tick.name == line.name).order_by(Tick.due_at.desc()).first()
        moments = missing(line, last and last.due_at, now)
        if moments:
            _insert(line.name, moments)
            offered += len(moments)
    return offered


def missing(line: Line, last: datetime | None, now: datetime) -> list[datetime]:
    """The moments of a line that want a tick, given its latest tick. Pure.

    A line that never ran gets its latest moment, whatever its catch-up: a new install starts with its checks done.
    """
    moments = list(line.when.between(last or now - line.when.period, now))
    if line.catch_up == CatchUp.SKIP and last is not None:
        return [moment for moment in moments if now - moment <= _STILL_ON_TIME]
    return moments if line.catch_up == CatchUp.ALL else moments[-1:]


def _insert(name: str, moments: list[datetime]) -> None:
    with unit_of_work():
        for moment in moments:
            tick_id = uuid7()
            Tick.insert(id=tick_id, name=name, due_at=moment).on_conflict_ignore().execute()
            wake(Work.TICK, tick_id)  # a hint for a row that another clock made first finds nothing and does nothing


def run(tick_id: UUID, timetable: Iterable[Line] = TIMETABLE) -> None:
    """Runs a tick if it is due, not done and not claimed; else does nothing. What its line raises is raised.

    A tick that failed, or whose worker died, is due again when its lease of 15 minutes has passed. Only one that failed
    says so beside its lease: that lease is a rest, and nobody has the tick.
    """
    lease = utc_now() + _LEASE
    with connected():
        if not _claim(tick_id, lease):
            return
        tick = Tick.get_by_id(tick_id)
        line = next((line for line in timetable if line.name == tick.name), None)
        try:
            result = line.run() if line else "no such line any more"
        except Exception as problem:
            _note(tick_id, lease, result=f"failed: {type(problem).__name__}")
            raise
        _note(tick_id, lease, result=result, done_at=utc_now())
    log().info("tick.done", name=tick.name, tick=str(tick_id), result=result)


def _claim(tick_id: UUID, lease: datetime) -> bool:
    now = utc_now()
    free = Tick.lease_until.is_null() | (Tick.lease_until <= now)
    mine = (Tick.id == tick_id) & Tick.done_at.is_null() & (Tick.due_at <= now) & free
    return bool(Tick.update(lease_until=lease, result="").where(mine).execute() == 1)


def _note(tick_id: UUID, lease: datetime, *, result: str, done_at: datetime | None = None) -> None:
    """Writes only while the claim is still ours: a run that outlived its lease has lost the tick."""
    query = Tick.update(result=result[:200], done_at=done_at)
    query.where(Tick.id == tick_id, Tick.lease_until == lease, Tick.done_at.is_null()).execute()
