"""What the store has due and not done, by kind: what is late, what goes at its pace, what waits on purpose.

The store's rows are the truth; how fast they go comes from measures.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from domain.operations.clearing import clearing
from domain.operations.late import late as late_of
from domain.operations.shapes import LATE, DueLine, Going, Late
from domain.operations.waves_due import Wave, coming, waves_due
from domain.work.due import IN_WAVES, Backlog, backlog, left_lying
from domain.work.wake import Work
from integrations.queue.kinds import KINDS
from models.base import connected


@dataclass(frozen=True)
class Standing:
    """All that is due, of which so much is late, and of whom it is that has no processor account in use."""

    lines: tuple[DueLine, ...]
    late: Late | None
    without_account: frozenset[UUID]


def standing(
    now: datetime,
    *,
    merchant: UUID | None,
    stopped: frozenset[Work],
    suspended: frozenset[UUID],
    series: Mapping[Work, tuple[list[int], list[int]]],
) -> Standing:
    """What is due, of a merchant or of all. `series`: by kind, what came and what was done in the last ten minutes."""
    with connected():
        counted = backlog(now, merchant=merchant)
        waves = waves_due(now, merchant, suspended) if any(one.count for one in counted if one.kind in IN_WAVES) else []
        old = {one.kind for one in counted if one.oldest is not None and now - one.oldest > LATE} - IN_WAVES
        lying = {one.kind: one for one in left_lying(now - LATE, old, now=now, merchant=merchant)} | _lying(waves)
        soon = coming(now, merchant) if waves else {}
        lines = tuple(
            due_line(
                one,
                lying=lying.get(one.kind),
                waves=[wave for wave in waves if wave.kind == one.kind],
                stopped=one.kind in stopped,
                came=soon.get(one.kind) if one.kind in IN_WAVES else sum(series.get(one.kind, ([], []))[0]),
                done=series.get(one.kind, ([], []))[1],
                now=now,
            )
            for one in counted
        )
        excused = frozenset(wave.merchant for wave in waves if wave.suspended or wave.going(now))
        late = late_of(lines, lying, merchant=merchant, excused=excused, stopped=stopped, now=now)
    return Standing(lines, late, frozenset(wave.merchant for wave in waves if not wave.a_second and wave.lying))


def _lying(waves: Iterable[Wave]) -> dict[Work, Backlog]:
    """Automatic charges that lie about, added up from their merchants'."""
    found = {kind: [wave for wave in waves if wave.kind == kind] for kind in IN_WAVES}
    return {
        kind: Backlog(
            kind,
            sum(one.lying for one in mine),
            min((one.lying_since for one in mine if one.lying_since), default=None),
        )
        for kind, mine in found.items()
    }


def due_line(
    one: Backlog,
    *,
    lying: Backlog | None,
    waves: Iterable[Wave],
    stopped: bool,
    came: int | None,
    done: list[int],
    now: datetime,
) -> DueLine:
    """How a kind of work stands. Pure. A wave that goes at its account's pace is in hand, however long it takes."""
    waves = list(waves)
    waiting = one.count if stopped else sum(wave.rows for wave in waves if wave.suspended)
    paced = 0 if stopped else sum(wave.rows for wave in waves if not wave.suspended and wave.going(now))
    excused = sum(wave.lying for wave in waves if wave.suspended or wave.going(now))
    late = 0 if stopped or lying is None else max(lying.count - excused, 0)
    at_work = one.count - waiting
    pace = sum(60 * wave.a_second for wave in waves if not wave.suspended and wave.going(now))
    return DueLine(
        kind=one.kind,
        queue=KINDS[one.kind.value].queue,
        count=one.count,
        oldest=None if one.oldest is None else max(now - one.oldest, timedelta(0)),
        going=_going(one.count, waiting, late),
        late_rows=late,
        paced=paced,
        waiting=waiting,
        clearing=clearing(at_work, came=came or 0, done=done, pace=pace, late=bool(late), now=now) if at_work else None,
    )


def _going(count: int, waiting: int, late: int) -> Going:
    if not count:
        return Going.NOTHING
    if late:
        return Going.LATE
    return Going.ON_PURPOSE if waiting == count else Going.IN_HAND
