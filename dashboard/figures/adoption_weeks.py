"""Active customers by week, and those of them who paid without help."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from babel.dates import format_date

from dashboard.figures.frame import bars, layout, lines
from domain.reports.adoption_board import Week
from kit.i18n import _, current_locale, ngettext

_EVERY = 3  # weeks from label to label


def figure(weeks: Sequence[Week]) -> dict[str, Any]:
    """Bars beside each other, a pair a week: paid without help (first series), active (second)."""
    names = [week.monday.isoformat() for week in weeks]
    series = [
        bars(names, [week.paid or None for week in weeks], [_paid(week) for week in weeks]),
        bars(names, [week.active or None for week in weeks], [_active(week) for week in weeks]),
    ]
    return {
        "data": series,
        "layout": layout(
            mode="group",
            shown={week.monday.isoformat(): short(week) for week in weeks[::-_EVERY]},
            lines=lines(max((week.active for week in weeks), default=0), None),
            across=_("Week from"),
            up=_("Customers"),
        ),
    }


def short(week: Week) -> str:
    """Its Monday: `3 Nov`."""
    return format_date(week.monday, "d MMM", locale=current_locale())


def _paid(week: Week) -> str:
    words = ngettext(
        "%(n)d customer paid without help in the week of %(day)s",
        "%(n)d customers paid without help in the week of %(day)s",
        week.paid,
    )
    return words % {"n": week.paid, "day": short(week)}


def _active(week: Week) -> str:
    words = ngettext(
        "%(n)d customer was active in the week of %(day)s",
        "%(n)d customers were active in the week of %(day)s",
        week.active,
    )
    return words % {"n": week.active, "day": short(week)}
