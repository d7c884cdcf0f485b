"""Spans of time as operators read them: on the screen, in alarms, in the command's text. Pure."""

from __future__ import annotations

from datetime import timedelta

from kit.i18n import _


def span(age: timedelta | None) -> str:
    """The two largest units: `8 s`, `4 min`, `1 h 12 min`, `3 d 5 h`; a dash for none."""
    if age is None:
        return "–"
    seconds = int(age.total_seconds())
    minutes, hours, days = seconds // 60, seconds // 3600, seconds // 86_400
    if days:
        return _("%(d)d d %(h)d h") % {"d": days, "h": hours % 24}
    if hours:
        return _("%(h)d h %(m)d min") % {"h": hours, "m": minutes % 60}
    return _("%(m)d min") % {"m": minutes} if minutes else _("%(s)d s") % {"s": seconds}
