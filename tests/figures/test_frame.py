"""What all charts share: a scale in round numbers, amounts and rates without needless decimals."""

from __future__ import annotations

import pytest

from dashboard.figures.frame import round_amount, scale, whole_unit
from domain.reports.shapes import percent
from kit.money import Money


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


def test_percentages_are_rounded_half_up_and_never_of_nothing() -> None:
    assert [str(percent(part, whole)) for part, whole in ((1, 3), (1, 2000), (1, 1), (5, 0))] == [
        "33.3", "0.1", "100.0", "None",
    ]  # fmt: skip
