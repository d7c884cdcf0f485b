"""A merchant's colours, made readable. Pure.

Contrast is WCAG 2.2's (https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio); 4.5:1 is success criterion 1.4.3 for text.
The brand colour is text too (links), so it is checked against our page grounds as well as under its own ink.
"""

from __future__ import annotations

import re
from colorsys import hls_to_rgb, rgb_to_hls
from dataclasses import dataclass
from functools import lru_cache

from kit.errors import DomainError
from kit.i18n import _

READABLE = 4.5
_HEX = re.compile(r"#[0-9a-f]{6}\Z")
_LIGHT_GROUNDS = ("#ffffff", "#f6f7f8")  # theme.css: --card and --ground
_DARK_GROUNDS = ("#181f25", "#11161a")
_INKS = ("#ffffff", "#0b1216")
_STEP, _WHOLE = 2, 100  # percent of the way to white or black at a time

_Rgb = tuple[int, int, int]


@dataclass(frozen=True)
class Colours:
    """What one theme uses: `brand` for links and filled buttons, `ink` for the text on them, `soft` for grounds."""

    brand: str
    ink: str
    soft: str


@dataclass(frozen=True)
class Look:
    """A brand in both themes, and in sentences what had to be changed for it (empty when nothing had)."""

    light: Colours
    dark: Colours
    notes: tuple[str, ...]


def checked_colour(text: str) -> str:
    """A colour as `#rrggbb`. Raises DomainError for anything else."""
    colour = text.strip().lower()
    if not _HEX.match(colour):
        raise DomainError(_("“%(text)s” is not a colour. Write it like #0f5c5c.") % {"text": text[:20]})
    return colour


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours, from 1 to 21."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


@lru_cache(maxsize=256)
def readable_look(brand: str, ink: str) -> Look:
    """The brand as it can be read in both themes, as near to what the merchant chose as 4.5:1 allows.

    Links in the brand colour stand on our own grounds, which differ, so most brands are another shade in one theme.
    """
    brand, ink = checked_colour(brand), checked_colour(ink)
    light = _theme(brand, ink, grounds=_LIGHT_GROUNDS, towards="#000000")
    dark = _theme(brand, ink, grounds=_DARK_GROUNDS, towards="#ffffff")
    return Look(light, dark, tuple(_notes(brand, ink, light, dark)))


def _theme(brand: str, ink: str, *, grounds: tuple[str, ...], towards: str) -> Colours:
    seen = next(
        shade
        for percent in range(0, 101, _STEP)
        if all(contrast(shade := _shade(brand, towards, percent), ground) >= READABLE for ground in grounds)
    )
    best = max(_INKS, key=lambda other: contrast(other, seen))
    return Colours(seen, ink if contrast(ink, seen) >= READABLE else best, _mix(grounds[0], seen, 12))


def _notes(brand: str, ink: str, light: Colours, dark: Colours) -> list[str]:
    notes = []
    if light.brand != brand:
        notes.append(
            _("Your colour %(chosen)s is too pale to read on white, so the light theme uses %(used)s.")
            % {"chosen": brand, "used": light.brand}
        )
    if dark.brand != brand:
        notes.append(
            _("Your colour %(chosen)s is too dark to read on the dark theme, which uses %(used)s.")
            % {"chosen": brand, "used": dark.brand}
        )
    for theme, colours in ((_("light"), light), (_("dark"), dark)):
        if colours.ink != ink:
            notes.append(
                _("Text of %(chosen)s cannot be read on %(brand)s, so the %(theme)s theme's buttons use %(used)s.")
                % {"chosen": ink, "brand": colours.brand, "theme": theme, "used": colours.ink}
            )
    return notes


def _rgb(colour: str) -> _Rgb:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _mix(colour: str, other: str, percent: int) -> str:
    pairs = zip(_rgb(colour), _rgb(other), strict=True)
    return "#" + "".join(f"{(a * (100 - percent) + b * percent + 50) // 100:02x}" for a, b in pairs)


def _shade(colour: str, towards: str, percent: int) -> str:
    """The colour moved towards black or white in its own hue: mixing with white would make it grey."""
    hue, light, strength = rgb_to_hls(*(part / 255 for part in _rgb(colour)))
    end = 1.0 if towards == "#ffffff" else 0.0
    moved = hls_to_rgb(hue, light + (end - light) * percent / _WHOLE, strength) if percent else None
    return "#" + "".join(f"{int(part * 255 + 0.5):02x}" for part in moved) if moved else colour


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(part / 255) for part in _rgb(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else float(((part + 0.055) / 1.055) ** 2.4)
