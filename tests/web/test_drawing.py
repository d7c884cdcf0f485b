"""Fragment, macros, brand colours, dates in words."""

from __future__ import annotations

import json
import re
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from dash._utils import to_json
from jinja2 import UndefinedError
from markupsafe import Markup

from dashboard import brand, render
from dashboard.fragment import Fragment
from domain.merchants.brand import contrast
from kit.dates import humane_day, humane_moment

TODAY = date(2026, 11, 23)


def _wire(component: Fragment) -> str:
    return str(to_json(component))


@pytest.mark.parametrize("html", ["<b>x</b>", None, 7, b"<b>"])
def test_fragment_refuses_what_no_template_made(html: object) -> None:
    with pytest.raises(TypeError, match="Markup"):
        Fragment(html)  # type: ignore[arg-type]


def test_fragment_takes_markup() -> None:
    made = Fragment(Markup("<b>x</b>"), id="a")
    assert json.loads(_wire(made)) == {
        "props": {"id": "a", "html": "<b>x</b>", "tag": "div"},
        "type": "Fragment",
        "namespace": "settle_fragment",
    }


def test_values_are_escaped() -> None:
    made = _wire(render.fragment("errors/failure.html", heading="<script>", sentence="&", trace=""))
    assert "&lt;script&gt;" in json.loads(made)["props"]["html"]


def test_a_missing_value_is_an_error() -> None:
    with pytest.raises(UndefinedError):
        render.fragment("errors/failure.html", heading="x")


def test_a_wrong_field_is_wired_to_its_sentence() -> None:
    macros: Any = render._environment().get_template("macros.html").module
    html = macros.field("email", "Email", value='a"b', errors={"email": "Write it like a@b.com."}, hint="Yours")
    assert 'aria-invalid="true"' in html and 'aria-describedby="email-error email-hint"' in html
    assert 'value="a&#34;b"' in html and '<label for="email">Email</label>' in html
    assert "value=" not in macros.field("password", "Password", type="password", value="secret")


def test_every_icon_is_one_small_picture() -> None:
    for path in (render.TEMPLATES / "icons").glob("*.svg"):
        drawn = render.icon(path.stem)
        assert drawn.startswith('<svg class="i" viewBox="0 0 16 16" aria-hidden="true"'), path.name
        assert drawn.count("<svg") == 1 and "<script" not in drawn and len(drawn) < 4000


def test_a_spoken_icon_has_its_label() -> None:
    assert 'role="img" aria-label="A &lt;b&gt;"' in render.icon("bell", "A <b>")


@pytest.mark.parametrize(
    "wished", ["#0f5c5c", "#ffff00", "#ffffff", "#000000", "#ff0000", "#8ab4f8", "#777777", "junk"]
)
def test_any_brand_becomes_readable_in_both_themes(wished: str) -> None:
    themes = re.findall(r"--brand:(#\w{6});--brand-ink:(#\w{6})", brand.brand_css(wished, "#ffffff"))
    assert len(themes) == 3
    for (colour, ink), ground in zip(themes, ("#f6f7f8", "#181f25", "#181f25"), strict=True):
        assert contrast(colour, ground) >= 4.5
        assert contrast(colour, ink) >= 4.5


def test_a_good_brand_is_left_alone() -> None:
    assert "--brand:#0f5c5c;--brand-ink:#ffffff" in brand.brand_css("#0f5c5c", "#ffffff")


def test_initials_cannot_break_out_of_the_icon() -> None:
    assert "<" not in brand.icon_url('"<', "#0f5c5c") and '"' not in brand.icon_url('"<', "#0f5c5c")


@pytest.mark.parametrize(
    ("day", "words"),
    [
        (date(2026, 11, 24), "Tuesday 24 November"),
        (date(2027, 1, 20), "Wednesday 20 January"),
        (date(2026, 11, 18), "Wednesday 18 November"),
        (date(2026, 10, 3), "3 October"),
        (date(2027, 3, 3), "3 March 2027"),
        (date(2025, 11, 23), "23 November 2025"),
    ],
)
def test_days_in_words(day: date, words: str) -> None:
    assert humane_day(day, TODAY, "en_US") == words


def test_a_moment_is_told_in_the_readers_zone() -> None:
    at, now = datetime(2026, 11, 24, 2, 30, tzinfo=UTC), datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
    assert humane_moment(at, now, ZoneInfo("America/New_York")) == "Monday 23 November at 21:30"
    assert humane_moment(at, now, ZoneInfo("Asia/Tokyo")) == "Tuesday 24 November at 11:30"
