"""Failed payments by the day of failure: what has come back since, and what has not. Young days are hatched."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dashboard.figures.frame import bars, height, layout, lines, said_value, value_title
from dashboard.figures.spans import Bar, Step, grouped, labels, name, names, title
from kit.i18n import _


def figure(days: Sequence[Bar], currency: str | None) -> dict[str, Any]:
    """Stacked bars; `parts` of a day are recovered, not recovered. Four series: those two, and both hatched for young
    days, whose rate would still rise. `currency` of the minor units; None: counts."""
    step, spans = grouped(days)
    said = [_said(bar, step, currency) for bar in spans]
    series = [
        bars(
            names(spans),
            [height(bar.parts[part], currency) if bar.young is young else None for bar in spans],
            said,
            hatched=young,
        )
        for young in (False, True)
        for part in (0, 1)
    ]
    return {
        "data": series,
        "layout": layout(
            mode="stack",
            shown=labels([bar.start for bar in spans], step),
            lines=lines(max((sum(bar.parts) for bar in spans), default=0), currency),
            across=title(step),
            up=value_title(currency),
        ),
    }


def _said(bar: Bar, step: Step, currency: str | None) -> str:
    words = _("%(day)s: %(failed)s failed, %(recovered)s came back") % {
        "day": name(bar.start, step),
        "failed": said_value(sum(bar.parts), currency),
        "recovered": said_value(bar.parts[0], currency),
    }
    return words + (" · " + _("too young to compare") if bar.young else "")
