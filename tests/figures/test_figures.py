"""Charts are plain values: kinds that the browser can draw, exact heights, named axes, readable without colour."""

from __future__ import annotations

import json
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from dashboard.figures import equal_age, failed_by_day, recovered_by_day
from dashboard.figures.equal_age import Pair
from dashboard.figures.spans import Bar, Step, grouped

FIRST = date(2026, 10, 25)


def days(count: int, *, young: int = 0, parts: tuple[int, ...] = (100, 300)) -> list[Bar]:
    return [Bar(FIRST + timedelta(days=n), parts, n >= count - young) for n in range(count)]


def drawn() -> dict[str, Any]:
    """Each chart in each of its extremes: empty, a single point, usual, huge."""
    return {
        "failed, nothing": failed_by_day.figure([], "USD"),
        "failed, one": failed_by_day.figure([Bar(FIRST, (5,))], "USD"),
        "failed, month": failed_by_day.figure(days(30, parts=(123456,)), "USD"),
        "failed, huge": failed_by_day.figure(days(400, parts=(10**15,)), "JPY"),
        "failed, counts": failed_by_day.figure(days(30, parts=(7,)), None),
        "recovered, nothing": recovered_by_day.figure(days(30, parts=(0, 0)), "USD"),
        "recovered, one": recovered_by_day.figure(days(1, young=1), "KWD"),
        "recovered, month": recovered_by_day.figure(days(30, young=7), "USD"),
        "recovered, huge": recovered_by_day.figure(days(400, young=7, parts=(10**12, 10**12)), "USD"),
        "ages, nothing": equal_age.figure([Pair(7, None, None)], by_count=False),
        "ages, one": equal_age.figure([Pair(7, Decimal("41.2"), None)], by_count=True),
        "ages, usual": equal_age.figure(
            [Pair(7, Decimal("41.2"), Decimal("38.0")), Pair(14, Decimal("100.0"), Decimal(0)), Pair(30, None, None)],
            by_count=False,
        ),
    }


@pytest.mark.parametrize("name", drawn())
def test_every_chart_can_be_drawn_named_and_read_without_colour(name: str) -> None:
    chart = drawn()[name]
    json.dumps(chart)  # nothing but plain values
    assert {series["type"] for series in chart["data"]} == {"bar"}, "the basic bundle draws no other kind"
    assert chart["layout"]["xaxis"]["title"]["text"]
    assert chart["layout"]["yaxis"]["title"]["text"]
    solid, hatched = ([s for s in chart["data"] if ("pattern" in s["marker"]) is wanted] for wanted in (False, True))
    assert not any("color" in series["marker"] for series in chart["data"]), "theme.css has the colours"
    assert len(hatched) in (0, len(solid)), "series differ by their hatching"
    top = Decimal(chart["layout"]["yaxis"]["range"][1])
    heights = [Decimal(y) for series in chart["data"] for y in series["y"] if y is not None]
    assert top > 0 and all(height <= top for height in heights)
    assert len(chart["layout"]["xaxis"]["tickvals"]) <= 7, "labels do not run into each other"


def test_money_stands_exactly_and_the_axis_says_its_currency() -> None:
    chart = failed_by_day.figure([Bar(FIRST, (10_000_000_000_000_001,)), Bar(FIRST + timedelta(days=1), (0,))], "USD")
    assert chart["data"][0]["y"] == ["100000000000000.01", None]
    assert chart["layout"]["yaxis"]["title"]["text"] == "Amount, USD"
    assert failed_by_day.figure(days(3), None)["layout"]["yaxis"]["title"]["text"] == "Payments"


def test_young_days_are_hatched_and_said() -> None:
    came, rest, young_came, young_rest = recovered_by_day.figure(days(10, young=3), "USD")["data"]
    assert came["y"] == ["1.00"] * 7 + [None] * 3 and rest["y"] == ["3.00"] * 7 + [None] * 3
    assert young_came["y"] == [None] * 7 + ["1.00"] * 3 and young_rest["y"] == [None] * 7 + ["3.00"] * 3
    assert "pattern" in young_came["marker"] and "pattern" not in came["marker"]
    assert young_came["customdata"][9].endswith("too young to compare")
    assert not came["customdata"][0].endswith("too young to compare")


@pytest.mark.parametrize(
    ("count", "step", "bars"), [(1, Step.DAY, 1), (62, Step.DAY, 62), (63, Step.WEEK, 10), (431, Step.MONTH, 15)]
)
def test_many_days_become_weeks_and_months_and_add_up(count: int, step: Step, bars: int) -> None:
    found, spans = grouped(days(count, young=2))
    assert (found, len(spans)) == (step, bars)
    assert sum(bar.parts[0] for bar in spans) == 100 * count and sum(bar.parts[1] for bar in spans) == 300 * count
    assert spans[-1].young and (count == 1 or not spans[0].young)


def test_rates_are_written_above_their_bars() -> None:
    now, before = equal_age.figure([Pair(7, Decimal("41.2"), None)], by_count=False)["data"]
    assert (now["text"], before["text"], before["y"]) == (["41.2%"], ["–"], [None])
    assert "pattern" in before["marker"] and "pattern" not in now["marker"]
