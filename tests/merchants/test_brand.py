"""Any brand can be read in both themes, stays itself where it can, and the merchant is told where it cannot."""

from __future__ import annotations

import itertools

import pytest

from domain.merchants.brand import READABLE, contrast, readable_look
from kit.errors import DomainError

LIGHT, DARK = ("#ffffff", "#f6f7f8"), ("#181f25", "#11161a")


def test_the_ratio_is_the_standards() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.478, abs=0.001)  # known to fail by a hair


@pytest.mark.parametrize(
    "brand", ["#" + "".join(part) for part in itertools.product(("00", "66", "cc", "ff"), repeat=3)]
)
@pytest.mark.parametrize("ink", ["#ffffff", "#000000", "#808080"])
def test_every_colour_ends_readable(brand: str, ink: str) -> None:
    look = readable_look(brand, ink)
    for colours, grounds in ((look.light, LIGHT), (look.dark, DARK)):
        assert contrast(colours.brand, colours.ink) >= READABLE
        assert all(contrast(colours.brand, ground) >= READABLE for ground in grounds)


def test_a_good_brand_is_left_alone_and_nothing_is_said_of_it() -> None:
    look = readable_look("#0f5c5c", "#ffffff")
    assert (look.light.brand, look.light.ink) == ("#0f5c5c", "#ffffff")
    assert not any("light theme" in note for note in look.notes)


def test_what_was_changed_is_told() -> None:
    look = readable_look("#ffee00", "#ffffff")
    assert any("too pale" in note and look.light.brand in note for note in look.notes)
    assert look.dark.brand == "#ffee00" and look.dark.ink != "#ffffff"
    assert any("too dark" in note for note in readable_look("#001122", "#ffffff").notes)


@pytest.mark.parametrize("wrong", ["red", "#fff", "#12345g", "#1234567", "url(#x)", ""])
def test_what_is_no_colour_is_refused(wrong: str) -> None:
    with pytest.raises(DomainError, match="not a colour"):
        readable_look(wrong, "#ffffff")
