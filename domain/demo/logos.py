"""The demo's logos, drawn when it is made: a square mark, and a wide one that spells its name. The third has none."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from math import pi, sin

from PIL import Image, ImageDraw, ImageFont

_FINE = 4  # drawn four times as large and then reduced: smooth edges
_HIGH = 160


def drawn_for(slug: str, brand: str) -> bytes | None:
    """A merchant's logo as PNG, or None for one that shows its initials."""
    draw = _DRAWN.get(slug)
    return None if draw is None else draw(brand)


def _harbor(brand: str) -> bytes:
    """A sun over three waves."""
    picture, pen, side = _sheet(_HIGH, _HIGH)
    pen.rounded_rectangle((0, 0, side - 1, side - 1), side // 5, fill=brand)
    pen.ellipse((side * 30 // 100, side * 17 // 100, side * 70 // 100, side * 57 // 100), fill="#ffd9a0")
    for wave, shade in enumerate(("#8fd0c6", "#bfe6df", "#ffffff")):
        middle = side * (54 + 13 * wave) // 100
        thick = side * 3 // 100
        for x in range(side * 17 // 100, side * 83 // 100):
            y = middle + int(sin(x * 4 * pi / side + wave * 1.4) * side // 34)
            pen.ellipse((x - thick, y - thick, x + thick, y + thick), fill=shade)
    return _png(picture)


def _kumo(brand: str) -> bytes:
    """A cloud over a cup, and the name."""
    picture, pen, high = _sheet(432, 136)
    unit = high // 34
    for x, y, r in ((6, 15, 5), (13, 10, 7), (20, 14, 6)):
        pen.ellipse(((x - r) * unit, (y - r) * unit, (x + r) * unit, (y + r) * unit), fill=brand)
    pen.rectangle((6 * unit, 13 * unit, 20 * unit, 20 * unit), fill=brand)
    pen.rounded_rectangle((3 * unit, 22 * unit, 23 * unit, 24 * unit), unit, fill=brand)
    pen.pieslice((5 * unit, 17 * unit, 21 * unit, 33 * unit), 0, 180, fill=brand)
    face = ImageFont.load_default(size=high * 52 // 100)
    pen.text((30 * unit, high // 2), "kumo", font=face, fill=brand, anchor="lm", stroke_width=_FINE, stroke_fill=brand)
    return _png(picture)


def _sheet(width: int, height: int) -> tuple[Image.Image, ImageDraw.ImageDraw, int]:
    picture = Image.new("RGBA", (width * _FINE, height * _FINE))
    return picture, ImageDraw.Draw(picture), height * _FINE


def _png(picture: Image.Image) -> bytes:
    kept = BytesIO()
    picture.reduce(_FINE).save(kept, "PNG")
    return kept.getvalue()


_DRAWN: dict[str, Callable[[str], bytes]] = {"harbor-yoga": _harbor, "kumo-coffee": _kumo}
