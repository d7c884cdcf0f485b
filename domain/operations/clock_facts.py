"""The clock: when it last went round, what the timetable did last, what comes next, what was missed."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from domain.operations.shapes import LATE, Invariants, TickLine
from domain.work.timetable import TIMETABLE, Line
from models.base import connected
from models.work import Tick

_CHECK = "check-invariants"  # the timetable's line
_HOLDS = "all hold"
_FAILED = "failed: "


def tick_lines(now: datetime, timetable: Iterable[Line] = TIMETABLE) -> tuple[TickLine, ...]:
    """Every line of the timetable with its latest tick that has come due, the next to come first."""
    with connected():
        lines = [tick_line(line, _latest(line.name, now), now) for line in timetable]
    return tuple(sorted(lines, key=lambda line: (line.next_at, line.name)))


def _latest(name: str, now: datetime) -> Tick | None:
    query = Tick.select().where((Tick.name == name) & (Tick.due_at <= now))
    found: Tick | None = query.order_by(Tick.due_at.desc()).first()
    return found


def tick_line(line: Line, tick: Tick | None, now: datetime) -> TickLine:
    """How a line of the timetable stands. Pure.

    Missed: its latest time has no tick, or the tick lies about undone. One that somebody runs just now is neither.
    """
    latest = max(line.when.between(now - line.when.period, now), default=None)
    under_way = tick is not None and tick.done_at is None and tick.lease_until is not None and tick.lease_until > now
    undone = tick is not None and tick.done_at is None and not under_way
    made = tick is not None and (latest is None or tick.due_at >= latest)
    return TickLine(
        name=line.name,
        last_due=tick.due_at if tick else None,
        done_at=tick.done_at if tick else None,
        result=tick.result if tick else "",
        failed=bool(tick and tick.done_at is None and tick.result.startswith(_FAILED)),
        next_at=next(line.when.between(now, now + line.when.period)),
        missed=bool(
            (undone and tick and now - tick.due_at > LATE) or (not made and latest is not None and now - latest > LATE)
        ),
        tick=tick.id if tick else None,
        under_way=under_way,
    )


def invariants() -> Invariants | None:
    """The last finished check of the promises about money."""
    done = Tick.select().where((Tick.name == _CHECK) & Tick.done_at.is_null(False)).order_by(Tick.due_at.desc()).first()
    return Invariants(done.result == _HOLDS, done.result, done.done_at) if done else None
