"""Portal adoption by week: customers who paid by themselves, and customers who signed in."""

from __future__ import annotations

from typing import Any

from babel.numbers import format_decimal

from dashboard.figures.failures_by_day import short_day
from dashboard.figures.frame import bars, layout, scale
from domain.reports.adoption import Adoption, Week
from kit.i18n import current_locale, ngettext

_EVERY = 3  # weeks from label to label


def figure(report: Adoption) -> dict[str, Any]:
    """Bars beside each other, one pair a week: paid by themselves (first series), signed in (second)."""
    names = [week.monday.isoformat() for week in report.weeks]
    top = max(max(week.paid, week.signed_in) for week in report.weeks)
    return {
        "data": [
            bars(
                names,
                [week.paid or None for week in report.weeks],
                [_said(week, week.paid, paid=True) for week in report.weeks],
            ),
            bars(
                names,
                [week.signed_in or None for week in report.weeks],
                [_said(week, week.signed_in, paid=False) for week in report.weeks],
            ),
        ],
        "layout": layout(
            mode="group",
            shown={week.monday.isoformat(): short_day(week.monday) for week in report.weeks[::-_EVERY]},
            lines=[(line, format_decimal(line, locale=current_locale())) for line in scale(top)],
        ),
    }


def _said(week: Week, count: int, *, paid: bool) -> str:
    if paid:
        words = ngettext(
            "%(n)d customer paid in the week of %(day)s", "%(n)d customers paid in the week of %(day)s", count
        )
    else:
        words = ngettext(
            "%(n)d customer signed in in the week of %(day)s", "%(n)d customers signed in in the week of %(day)s", count
        )
    return words % {"n": count, "day": short_day(week.monday)}
