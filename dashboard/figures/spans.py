"""What stands on a time axis: days, or weeks and months where days would be too thin to see. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from babel.dates import format_date

from kit.i18n import _, current_locale

_DAYS, _WEEKS = 62, 430  # up to so many days by day; up to so many by week; then by month
_LABELS = 4  # on a phone too


class Step(StrEnum):
    """How wide a bar is in time."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


@dataclass(frozen=True)
class Bar:
    """What one day, or one span of days, adds up to: minor units or counts, in the order of the chart's series."""

    start: date
    parts: tuple[int, ...]
    young: bool = False  # its outcome is not known yet


def step_of(days: int) -> Step:
    """How wide a bar is, so that so many days can be seen."""
    return Step.DAY if days <= _DAYS else Step.WEEK if days <= _WEEKS else Step.MONTH


def grouped(days: Sequence[Bar]) -> tuple[Step, list[Bar]]:
    """The days as bars that can be seen. A span that holds a young day is young."""
    step = step_of(len(days))
    spans: dict[date, Bar] = {}
    for day in days:
        start = start_of(day.start, step)
        known = spans.get(start)
        spans[start] = Bar(
            start,
            tuple(map(sum, zip(known.parts, day.parts, strict=True))) if known else day.parts,
            day.young or bool(known and known.young),
        )
    return step, list(spans.values())


def start_of(day: date, step: Step) -> date:
    """The first day of the bar that a day belongs to."""
    if step is Step.WEEK:
        return day - timedelta(days=day.weekday())
    return day.replace(day=1) if step is Step.MONTH else day


def labels(starts: Sequence[date], step: Step) -> dict[str, str]:
    """A few places of the axis and their names, the last one always among them."""
    every = max(-(-len(starts) // _LABELS), 1)
    return {at.isoformat(): name(at, step) for at in starts[::-1][::every]}


def name(start: date, step: Step) -> str:
    """A span on an axis or under the pointer: `3 Nov`, `Nov 2026`."""
    return format_date(start, "MMM y" if step is Step.MONTH else "d MMM", locale=current_locale())


def title(step: Step) -> str:
    """The axis in words."""
    names = {
        Step.DAY: _("Day of failure"),
        Step.WEEK: _("Week of failure, from Monday"),
        Step.MONTH: _("Month of failure"),
    }
    return names[step]


def names(bars: Iterable[Bar]) -> list[str]:
    """The places of the bars on the axis."""
    return [bar.start.isoformat() for bar in bars]
