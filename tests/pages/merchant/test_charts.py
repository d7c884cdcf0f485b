"""Charts are plain values: a scale in round numbers, exact heights, a label for every place that is named."""

from __future__ import annotations

import pytest

from dashboard.figures import failures_by_day
from dashboard.figures.frame import round_amount, scale, whole_unit
from domain.reports.failures import Counted, added_up, percent
from domain.reports.window import days
from kit.money import Money
from models.payments import Origin, RecoveredBy, RecoveryState
from tests.conftest import NOON

OPEN, BACK, SPENT = RecoveryState.OPEN, RecoveryState.RECOVERED, RecoveryState.EXHAUSTED


@pytest.mark.parametrize(
    ("top", "smallest", "lines"),
    [
        (0, 1, [0, 1]),
        (1, 1, [0, 1]),
        (9, 1, [0, 5, 10]),
        (17, 1, [0, 5, 10, 15, 20]),
        (17800, 100, [0, 5000, 10000, 15000, 20000]),
        (30, 100, [0, 100]),
        (22700, 1, [0, 10000, 20000, 30000]),
    ],
)
def test_a_scale_holds_its_top_in_at_most_four_steps(top: int, smallest: int, lines: list[int]) -> None:
    assert scale(top, smallest) == lines


def test_scales_of_money_carry_no_needless_decimals() -> None:
    assert [round_amount(Money(minor, code)) for minor, code in ((150000, "USD"), (4000, "JPY"), (5000, "KWD"))] == [
        "$1,500",
        "¥4,000",
        "KWD5",
    ]
    assert [whole_unit(code) for code in ("USD", "JPY", "KWD")] == [100, 1, 1000]


def test_bars_are_exact_and_stand_on_their_day() -> None:
    rows = [
        Counted(
            5, BACK, RecoveredBy.RETRY, Origin.RETRY, "insufficient_funds", "USD", False, 2, 10_000_000_000_000_001
        ),
        Counted(5, SPENT, None, None, "lost_card", "USD", False, 1, 4000),
        Counted(29, OPEN, None, None, "lost_card", "USD", True, 1, 7),
    ]
    drawn = failures_by_day.figure(added_up(rows, days(NOON, "UTC"), "USD"))
    came, rest = drawn["data"]
    assert (came["x"][5], came["y"][5], rest["y"][5]) == ("2026-10-30", "100000000000000.01", "40.00")
    assert (came["y"][29], rest["y"][29], rest["y"][0]) == (None, "0.07", None)
    assert came["customdata"][29].endswith("still being tried")
    assert {series["type"] for series in drawn["data"]} == {"bar"}
    band = drawn["layout"]["shapes"][0]
    assert (band["x0"], band["x1"]) == (28.5, 29.5)
    assert drawn["layout"]["xaxis"]["ticktext"][0] == "23 Nov"


def test_percentages_are_rounded_half_up_and_never_of_nothing() -> None:
    assert [str(percent(part, whole)) for part, whole in ((1, 3), (1, 2000), (1, 1), (5, 0))] == [
        "33.3", "0.1", "100.0", "None",
    ]  # fmt: skip
