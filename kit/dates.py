"""Dates and moments in words. Pure: the day or moment that counts as now is passed in."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_time

from kit.i18n import _, current_locale

_NEAR_BEHIND, _NEAR_AHEAD = 6, 70  # days within which people think in weekdays


def humane_day(day: date, today: date, locale: str) -> str:
    """The day as people say it: `Tuesday 24 November` when near, `3 October` in this year, else `3 March 2027`."""
    if -_NEAR_BEHIND <= (day - today).days <= _NEAR_AHEAD:
        return format_date(day, "EEEE d MMMM", locale=locale)
    return format_date(day, "d MMMM" if day.year == today.year else "d MMMM y", locale=locale)


def humane_moment(at: datetime, now: datetime, zone: ZoneInfo) -> str:
    """The moment in the reader's zone: `Tuesday 24 November at 9:00`. `at` and `now` are aware."""
    local = at.astimezone(zone)
    locale = current_locale()
    day = humane_day(local.date(), now.astimezone(zone).date(), locale)
    return _("%(day)s at %(time)s") % {"day": day, "time": format_time(local, "H:mm", tzinfo=zone, locale=locale)}
