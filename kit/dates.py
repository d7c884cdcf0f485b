"""Dates and moments in words. Pure: the day or moment that counts as now is passed in."""

from __future__ import annotations

from datetime import date, datetime, time
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_time

from kit.i18n import _, current_locale

_NEAR_BEHIND, _NEAR_AHEAD = 6, 70  # days within which people think in weekdays
_OF_ITS_OWN = {  # languages that want words between the parts: CLDR 46, availableFormats
    "es": {"EEEE d MMMM": "EEEE d 'de' MMMM", "d MMMM": "d 'de' MMMM", "d MMMM y": "d 'de' MMMM 'de' y"}
}


def humane_day(day: date, today: date, locale: str) -> str:
    """The day as people say it: `Tuesday 24 November` when near, `3 October` in this year, else `3 March 2027`."""
    if -_NEAR_BEHIND <= (day - today).days <= _NEAR_AHEAD:
        return _written(day, "EEEE d MMMM", locale)
    return _written(day, "d MMMM", locale) if day.year == today.year else full_day(day, locale)


def full_day(day: date, locale: str) -> str:
    """The day with its year, for what is kept: `3 March 2027`."""
    return _written(day, "d MMMM y", locale)


@lru_cache(maxsize=4096)  # a table writes the same days many times over
def _written(day: date, pattern: str, locale: str) -> str:
    own = _OF_ITS_OWN.get(locale.partition("_")[0], {})
    return format_date(day, own.get(pattern, pattern), locale=locale)


def humane_moment(at: datetime, now: datetime, zone: ZoneInfo) -> str:
    """The moment in the reader's zone: `Tuesday 24 November at 9:00`. `at` and `now` are aware."""
    local = at.astimezone(zone)
    locale = current_locale()
    day = humane_day(local.date(), now.astimezone(zone).date(), locale)
    return _("%(day)s at %(time)s") % {"day": day, "time": _clock(local.hour, local.minute, locale)}


@lru_cache(maxsize=1440 * 2)  # the minutes of a day in two languages
def _clock(hour: int, minute: int, locale: str) -> str:
    return format_time(time(hour, minute), "H:mm", locale=locale)
