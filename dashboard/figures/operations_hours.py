"""The last seven days by hour, one or two series of bars: rows done and failed, durations, shares."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from babel.dates import format_date

from dashboard.figures.frame import bars, layout, scale
from kit.i18n import _, current_locale

_NOON = 12


@dataclass(frozen=True)
class Hour:
    """The bars of an hour, bottom up; None: nothing was measured. `said` is what it says under the pointer."""

    at: datetime
    values: tuple[int | None, ...]
    said: str


def figure(hours: Sequence[Hour], *, up: str, label: Callable[[int], str], least: int) -> dict[str, Any]:
    """Stacked bars, one an hour; `up` names the vertical axis, which reaches to `least` at least, and `label` says what
    stands beside its lines."""
    names = [hour.at.isoformat() for hour in hours]
    count = max((len(hour.values) for hour in hours), default=0)
    top = max((sum(value or 0 for value in hour.values) for hour in hours), default=0)
    top = max(top, least)
    series = [
        bars(names, [hour.values[number] or None for hour in hours], [hour.said for hour in hours])
        for number in range(count)
    ]
    days = {hour.at.isoformat(): day(hour.at) for hour in hours if hour.at.hour == _NOON}
    return {
        "data": series,
        "layout": {
            **layout(
                mode="stack",
                shown=days,
                lines=[(line, label(line)) for line in scale(top)],
                across=_("Hour, UTC"),
                up=up,
            ),
            "bargap": 0.1,
        },
    }


def day(at: datetime) -> str:
    """`Mon` above `23`: seven of them fit a phone."""
    return str(format_date(at.date(), "EEE'<br>'d", locale=current_locale()))
