"""When a schedule runs. Pure: the anchor day is kept, a short month clamps it (31 January, 28 February, 31 March)."""

from __future__ import annotations

import calendar
from datetime import date, timedelta

from models.methods import Cadence

_DAYS = {Cadence.DAY: 1, Cadence.WEEK: 7, Cadence.MONTH: 30, Cadence.YEAR: 365}
_RARE = 60  # days


def next_run(after: date, *, cadence: Cadence, every: int, anchor_day: int) -> date:
    """The run that follows the one on `after`. `every` counts the cadence's periods and is 1 or more.

    A yearly run on 29 February falls on the 28th in common years, and on the 29th again in leap years.
    """
    if every < 1:
        raise ValueError("a schedule runs every 1 or more periods")
    if cadence == Cadence.DAY:
        return after + timedelta(days=every)
    if cadence == Cadence.WEEK:
        return after + timedelta(weeks=every)
    months = every * (12 if cadence == Cadence.YEAR else 1)
    year, month = divmod(after.year * 12 + after.month - 1 + months, 12)
    return _clamped(year, month + 1, anchor_day)


def run_from(day: date, *, run: date, cadence: Cadence, every: int, anchor_day: int) -> date:
    """The first run on or after `day`, counting on from the one on `run`."""
    while run < day:
        run = next_run(run, cadence=cadence, every=every, anchor_day=anchor_day)
    return run


def keeps_anchor(day: date, *, cadence: Cadence, anchor_day: int) -> bool:
    """Whether a run may fall on `day`: by months and years only the anchor day, or the last of a shorter month."""
    if cadence in (Cadence.DAY, Cadence.WEEK):
        return True
    return day == _clamped(day.year, day.month, anchor_day)


def is_rare(*, cadence: Cadence, every: int) -> bool:
    """Whether two runs are so far apart (60 days and more) that people forget that a charge is coming."""
    return _DAYS[cadence] * every >= _RARE


def _clamped(year: int, month: int, anchor_day: int) -> date:
    return date(year, month, min(anchor_day, calendar.monthrange(year, month)[1]))
