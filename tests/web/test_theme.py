"""Reads assets/theme.css and checks every pair of colours that stand on each other (WCAG 2.2: 1.4.3 and 1.4.11)."""

from __future__ import annotations

import re

import pytest

from dashboard.assets_build import ROOT
from domain.merchants.brand import contrast

CSS = (ROOT / "theme.css").read_text()
TOKEN = re.compile(r"--([a-z0-9-]+): (#[0-9a-f]{3,6});")


def _tokens(opening: str) -> dict[str, str]:
    start = CSS.index(opening) + len(opening)
    found = dict(TOKEN.findall(CSS[start : CSS.index("}", start)]))
    return {
        name: value if len(value) == 7 else "#" + "".join(c * 2 for c in value[1:]) for name, value in found.items()
    }


LIGHT = _tokens("\n:root {")
DARK = _tokens("\n[data-bs-theme=dark] {")
DARK_BY_MEDIA = _tokens(":root:not([data-bs-theme]) {")

TEXT = [(ink, ground) for ink in ("ink", "ink-2", "ink-3", "brand") for ground in ("ground", "card")]
TEXT += [(tone, ground) for tone in ("bad", "warn", "good", "info") for ground in ("card", "ground", f"{tone}-soft")]
TEXT += [("ink", f"{tone}-soft") for tone in ("brand", "bad", "warn", "good", "info")]
TEXT += [("ink-2", "brand-soft"), ("brand-ink", "brand"), ("brand", "bad-soft"), ("brand", "warn-soft")]


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize(("ink", "ground"), TEXT)
def test_text_can_be_read(theme: dict[str, str], ink: str, ground: str) -> None:
    assert contrast(theme[ink], theme[ground]) >= 4.5, f"{ink} on {ground}"


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("ground", ["card", "ground"])
@pytest.mark.parametrize("edge", ["field", "brand"])
def test_edges_can_be_seen(theme: dict[str, str], edge: str, ground: str) -> None:
    assert contrast(theme[edge], theme[ground]) >= 3


def test_dark_is_the_same_by_choice_and_by_device() -> None:
    assert DARK == DARK_BY_MEDIA
    assert DARK.keys() == LIGHT.keys()


def test_no_page_needs_another_host_for_its_look() -> None:
    for sheet in ROOT.rglob("*.css"):
        assert not re.search(r"url\([\"']?(?:https?:)?//", sheet.read_text()), sheet.name
        assert "@import" not in sheet.read_text()
