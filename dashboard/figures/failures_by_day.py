"""Failed payments by the day of failure: what has come back since, and what has not."""

from __future__ import annotations

from datetime import date
from typing import Any

from babel.dates import format_date

from dashboard.figures.frame import bars, layout, round_amount, scale, whole_unit
from domain.reports.failures import Day, Failures
from kit.i18n import _, current_locale
from kit.money import Money

_EVERY = 7  # days from label to label
_WORDS_FIT = 5  # days that the words beside the ground are wide


def figure(report: Failures) -> dict[str, Any]:
    """Stacked bars, one a day: recovered since (first series), still open or given up (second)."""
    currency = report.failed.amount.currency
    names = [day.day.isoformat() for day in report.days]
    said = [_said(day) for day in report.days]
    top = max(day.failed.amount.minor for day in report.days)
    lines = [Money(minor, currency) for minor in scale(top, whole_unit(currency))]
    shown = {day.day.isoformat(): short_day(day.day) for day in report.days[::-_EVERY]}
    return {
        "data": [
            bars(names, [_height(day.recovered.amount) for day in report.days], said),
            bars(names, [_height(day.still_open.amount + day.given_up.amount) for day in report.days], said),
        ],
        "layout": layout(
            mode="stack",
            shown=shown,
            lines=[(str(line.decimal()), round_amount(line)) for line in lines],
            shapes=_young(report.days),
        ),
    }


def short_day(day: date) -> str:
    """A day on an axis or in a table: `3 Nov`."""
    return format_date(day, "d MMM", locale=current_locale())


def _height(amount: Money) -> str | None:
    """Exact: plotly reads a decimal from text."""
    return str(amount.decimal()) if amount else None


def _said(day: Day) -> str:
    words = _("%(day)s: %(failed)s failed, %(recovered)s came back") % {
        "day": short_day(day.day),
        "failed": day.failed.amount,
        "recovered": day.recovered.amount,
    }
    return words + (" · " + _("still being tried") if day.still_tried else "")


def _young(days: tuple[Day, ...]) -> list[dict[str, Any]]:
    """A ground behind the days that are still being tried."""
    young = [number for number, day in enumerate(days) if day.still_tried]
    if not young:
        return []
    edges = {"x0": young[0] - 0.5, "x1": young[-1] + 0.5, "y0": 0, "y1": 1}
    wide_enough = len(young) > _WORDS_FIT  # the legend says it too
    label = {"text": _("still being tried") if wide_enough else "", "textposition": "top right", "font": {"size": 12}}
    ground = {"type": "rect", "xref": "x", "yref": "paper", "layer": "below", "line": {"width": 1, "dash": "dot"}}
    return [{**ground, **edges, "label": label}]
