"""Durations, sizes, shares and moments as operators' tables say them: short, one form everywhere. Pure."""

from __future__ import annotations

from datetime import UTC, datetime

from babel.dates import format_date
from babel.numbers import format_decimal

from kit.i18n import _, current_locale

_SECOND, _MINUTE, _HOUR = 1000, 60_000, 3_600_000
_TENS = 10_000  # ms: from here on, whole seconds


def count(number: int | None) -> str:
    """`1,204`; a dash for what is not known."""
    return "–" if number is None else str(format_decimal(number, locale=current_locale()))


def ms(value: int | None) -> str:
    """A duration in ms: `250 ms`, `2.5 s`, `30 s`, `5 min`, `1 h`; a dash for none."""
    if value is None:
        return "–"
    if value < _SECOND:
        return _("%(n)d ms") % {"n": value}
    if value < _TENS and value % _SECOND:
        return _("%(n)s s") % {"n": format_decimal(f"{value // 1000}.{value % 1000 // 100}", locale=current_locale())}
    if value < _MINUTE:
        return _("%(n)d s") % {"n": value // _SECOND}
    return _("%(n)d min") % {"n": value // _MINUTE} if value < _HOUR else _("%(n)d h") % {"n": value // _HOUR}


def size(value: int | None) -> str:
    """Bytes: `12 KB`, `340 MB`, `12.3 GB`; a dash for what is not known."""
    if value is None:
        return "–"
    if value < 1 << 20:
        return _("%(n)d KB") % {"n": value >> 10}
    if value < 1 << 30:
        return _("%(n)d MB") % {"n": value >> 20}
    tenths = (value * 10) >> 30
    return _("%(n)s GB") % {"n": format_decimal(f"{tenths // 10}.{tenths % 10}", locale=current_locale())}


def share(thousandths: int | None) -> str:
    """Thousandths as percent: `2.3 %`; a dash for none."""
    if thousandths is None:
        return "–"
    return _("%(n)s%%") % {"n": format_decimal(f"{thousandths // 10}.{thousandths % 10}", locale=current_locale())}


def moment(at: datetime | None, now: datetime) -> str:
    """In UTC: `02:14` today, `22 Nov 02:14` on another day; a dash for never."""
    if at is None:
        return "–"
    told, time = at.astimezone(UTC), f"{at.astimezone(UTC):%H:%M}"
    if told.date() == now.astimezone(UTC).date():
        return time
    return f"{format_date(told.date(), 'd MMM', locale=current_locale())} {time}"


def line(name: str) -> str:
    """A line of the timetable in words; one of a later release by its name."""
    return {
        "reconcile": _("Compare the books with the processors"),
        "end-recoveries": _("End recoveries that have no try left"),
        "mail-saved-views": _("Mail saved views"),
        "check-invariants": _("Check the promises about money"),
        "judge-return-rates": _("Judge the rates of returned debits"),
        "remind-of-expiring-cards": _("Remind of cards that expire"),
        "find-duplicates": _("Find duplicate customers"),
        "count-lately": _("Count the last 40 days anew"),
        "forget-done-work": _("Forget work that was done long ago"),
        "forget-imported-files": _("Forget imported files"),
        "forget-old-sign-ins": _("Forget sign-ins that are over"),
        "write-digests": _("Write the merchants’ digests"),
    }.get(name, name)
