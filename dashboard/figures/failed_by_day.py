"""Declined payments by the day on which they were declined."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dashboard.figures.frame import bars, height, layout, lines, said_value, value_title
from dashboard.figures.spans import Bar, Step, grouped, labels, name, names, title
from kit.i18n import _


def figure(days: Sequence[Bar], currency: str | None) -> dict[str, Any]:
    """One bar a day, a week or a month. `currency` of the minor units; None: counts."""
    step, spans = grouped(days)
    drawn = bars(
        names(spans),
        [height(bar.parts[0], currency) for bar in spans],
        [_said(bar, step, currency) for bar in spans],
    )
    return {
        "data": [drawn],
        "layout": layout(
            mode="stack",
            shown=labels([bar.start for bar in spans], step),
            lines=lines(max((bar.parts[0] for bar in spans), default=0), currency),
            across=title(step),
            up=value_title(currency),
        ),
    }


def _said(bar: Bar, step: Step, currency: str | None) -> str:
    return _("%(day)s: %(value)s failed") % {"day": name(bar.start, step), "value": said_value(bar.parts[0], currency)}
