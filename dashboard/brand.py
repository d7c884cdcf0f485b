"""A merchant's colour, made readable on our grounds in light and dark (WCAG 2.2, 1.4.3: 4.5 to 1 for text)."""

from __future__ import annotations

import re
from colorsys import hls_to_rgb, rgb_to_hls
from functools import lru_cache
from urllib.parse import quote

from markupsafe import Markup, escape

_HEX = re.compile(r"#[0-9a-fA-F]{6}")
_LIGHT_GROUND, _DARK_GROUND = "#f6f7f8", "#181f25"
_OURS = "#0f5c5c"
_ENOUGH = 4.5


def _channels(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _luminance(colour: str) -> float:
    linear = [c / 3294.6 if c <= 10 else ((c / 255 + 0.055) / 1.055) ** 2.4 for c in _channels(colour)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """The WCAG contrast ratio of two `#rrggbb` colours, 1 to 21."""
    high, low = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def mix(colour: str, other: str, percent: int) -> str:
    """`percent` of `colour`, the rest of `other`."""
    pairs = zip(_channels(colour), _channels(other), strict=True)
    return "#" + "".join(f"{(a * percent + b * (100 - percent)) // 100:02x}" for a, b in pairs)


def _enough(one: str, other: str) -> bool:
    return contrast(one, other) >= _ENOUGH


def readable(colour: str, ground: str) -> str:
    """The colour, moved just far enough towards black or white, in its own hue, to be read on `ground`."""
    hue, light, saturation = rgb_to_hls(*(channel / 255 for channel in _channels(colour)))
    end = 0.0 if _luminance(ground) > 0.5 else 1.0
    steps = (_from_hls(hue, light + (end - light) * step / 40, saturation) for step in range(41))
    return next(step for step in (colour, *steps) if _enough(step, ground))


def _from_hls(hue: float, light: float, saturation: float) -> str:
    return "#" + "".join(f"{round(channel * 255):02x}" for channel in hls_to_rgb(hue, light, saturation))


def _ink(ground: str, wished: str) -> str:
    if _HEX.fullmatch(wished) and _enough(wished, ground):
        return wished
    return "#ffffff" if contrast("#ffffff", ground) >= contrast("#06141a", ground) else "#06141a"


def _tokens(brand: str, wished_ink: str, ground: str, soft: str) -> str:
    colour = readable(brand, ground)
    return f"--brand:{colour};--brand-ink:{_ink(colour, wished_ink)};--brand-soft:{mix(colour, soft, 11)}"


@lru_cache(maxsize=512)
def brand_css(brand: str, ink: str) -> Markup:
    """The style that sets a merchant's colours in both themes. A value that is no colour gives our own."""
    brand = brand if _HEX.fullmatch(brand or "") else _OURS
    light, dark = _tokens(brand, ink or "", _LIGHT_GROUND, "#ffffff"), _tokens(brand, "", _DARK_GROUND, _DARK_GROUND)
    css = f":root{{{light}}}[data-bs-theme=dark]{{{dark}}}"
    css += f"@media (prefers-color-scheme:dark){{:root:not([data-bs-theme]){{{dark}}}}}"
    return Markup(css)  # noqa: S704 - made of checked #rrggbb colours only


@lru_cache(maxsize=512)
def icon_url(initials: str, brand: str) -> str:
    """The browser tab's icon: the merchant's initials on its colour, as a `data:` address."""
    brand = readable(brand if _HEX.fullmatch(brand or "") else _OURS, _LIGHT_GROUND)
    picture = (
        "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 32 32'><rect width='32' height='32' rx='8' "
        f"fill='{brand}'/><text x='16' y='21.5' font-family='sans-serif' font-size='15' font-weight='700' "
        f"text-anchor='middle' fill='{_ink(brand, '')}'>{escape(initials[:2])}</text></svg>"
    )
    return "data:image/svg+xml," + quote(picture)
