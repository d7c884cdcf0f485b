"""Letters that nobody waits for are not sent at night: a phone that rings at three has never made anybody pay."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from kit.calendar import at_local_hour

FIRST_HOUR, LAST_HOUR = 7, 21  # from 7:00 until 21:00 in the merchant's zone


def by_day(now: datetime, zone: str) -> datetime:
    """`now` when it is day in that zone, else the next morning there. Pure; aware, in UTC as `now` is."""
    local = now.astimezone(ZoneInfo(zone))
    if FIRST_HOUR <= local.hour < LAST_HOUR:
        return now
    day = local.date() if local.hour < FIRST_HOUR else local.date() + timedelta(days=1)
    return at_local_hour(day, FIRST_HOUR, zone)
