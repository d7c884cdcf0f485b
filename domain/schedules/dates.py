"""When a schedule runs. Pure: the anchor day is kept, a short month clamps it (31 January, 28 February, 31 March)."""

from __future__ import annotations

import calendar
from datetime import date, timedelta

from models.methods import Cadence


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
    last = calendar.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(anchor_day, last))
