"""How a backlog goes, and a series as a line of points. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from dashboard.pages.operations import said
from domain.operations.health_shapes import Restart
from domain.operations.shapes import Clearing
from kit.i18n import _, listed, ngettext

_WIDE, _HIGH, _POINTS = 120, 28, 40


def clearing(one: Clearing | None, now: datetime) -> str:
    """When a backlog ends at this pace; empty where there is none."""
    if one is None or not one.rows:
        return ""
    if one.end is not None:
        return _("clear by %(time)s at this pace") % {"time": said.moment(one.end, now)}
    if one.growing:
        return _("it grows: more comes than is done")
    return _("nothing of it is being done") if one.stalled else ""


def points(series: Sequence[int]) -> str:
    """The points of an SVG polyline in a box of 120 × 28, whole numbers; empty for nothing."""
    if not series:
        return ""
    width = max(-(-len(series) // _POINTS), 1)
    sums = [sum(series[first : first + width]) for first in range(0, len(series), width)]
    top, last = max(*sums, 1), max(len(sums) - 1, 1)
    at = enumerate(sums)
    return " ".join(f"{_WIDE * place // last},{_HIGH - 1 - (_HIGH - 2) * n // top}" for place, n in at)


def in_flight(one: Restart) -> str:
    """What a restart would interrupt, in words; empty for nothing."""
    said_of = [
        ngettext("%(n)d attempt at the processor", "%(n)d attempts at the processor", one.attempts)
        % {"n": one.attempts},
        ngettext("%(n)d refund", "%(n)d refunds", one.refunds) % {"n": one.refunds},
        ngettext("%(n)d job in hand", "%(n)d jobs in hand", len(one.jobs)) % {"n": len(one.jobs)},
    ]
    counts = (one.attempts, one.refunds, len(one.jobs))
    return listed([words for words, count in zip(said_of, counts, strict=True) if count])
