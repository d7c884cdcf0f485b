"""The funnel of adoption: how many customers have come to each step, or further, with the rate beside each bar."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from babel.numbers import format_decimal

from dashboard.figures.frame import scale
from kit.i18n import current_locale


@dataclass(frozen=True)
class Bar:
    """A step: its name, how many came so far, and what is said beside it."""

    name: str
    count: int
    said: str


def figure(steps: Sequence[Bar], *, across: str) -> dict[str, Any]:
    """Horizontal bars, the first step on top; what each says stands behind its end. `across` names the axis."""
    names = [step.name for step in steps]
    lines = scale(max((step.count for step in steps), default=0))
    bars = {
        "type": "bar",
        "orientation": "h",
        "y": names,
        "x": [step.count for step in steps],
        "text": [step.said for step in steps],
        "textposition": "outside",
        "cliponaxis": False,
        "customdata": [f"{step.name}: {step.said}" for step in steps],
        "hovertemplate": "%{customdata}<extra></extra>",
        "marker": {"line": {"width": 1}},
    }
    return {"data": [bars], "layout": _layout(names, lines, across)}


def _layout(names: list[str], lines: list[int], across: str) -> dict[str, Any]:
    still = {"fixedrange": True, "automargin": True}
    return {
        "bargap": 0.3,
        "dragmode": False,
        "showlegend": False,
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"family": "inherit", "size": 12},
        "margin": {"l": 8, "r": 8, "t": 8, "b": 8},
        "hovermode": "closest",
        "xaxis": {
            **still,
            "range": [0, -(-lines[-1] * 3 // 2)],  # the words behind the longest bar need room
            "tickvals": lines,
            "ticktext": [format_decimal(line, locale=current_locale()) for line in lines],
            "tickangle": 0,
            "title": {"text": across, "standoff": 6},
        },
        "yaxis": {**still, "type": "category", "autorange": "reversed", "tickvals": names, "ticklabelstandoff": 6},
    }
