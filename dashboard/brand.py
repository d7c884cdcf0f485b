"""A merchant's colours as the browser gets them. What is readable is reckoned in domain/merchants/brand.py."""

from __future__ import annotations

from functools import lru_cache
from urllib.parse import quote

from markupsafe import Markup, escape

from domain.merchants.brand import Colours, Look, readable_look
from kit.errors import DomainError

_OURS = ("#0f5c5c", "#ffffff")


def _look(brand: str, ink: str) -> Look:
    try:
        return readable_look(brand, ink)
    except DomainError:  # a stored value that is no colour: the page is drawn in ours
        return readable_look(*_OURS)


def _tokens(colours: Colours) -> str:
    return f"--brand:{colours.brand};--brand-ink:{colours.ink};--brand-soft:{colours.soft}"


@lru_cache(maxsize=512)
def brand_css(brand: str, ink: str) -> Markup:
    """The style that sets a merchant's colours in both themes. A value that is no colour gives our own."""
    look = _look(brand, ink)
    light, dark = _tokens(look.light), _tokens(look.dark)
    css = f":root{{{light}}}[data-bs-theme=dark]{{{dark}}}"
    css += f"@media (prefers-color-scheme:dark){{:root:not([data-bs-theme]){{{dark}}}}}"
    return Markup(css)  # noqa: S704 - made of checked #rrggbb colours only


@lru_cache(maxsize=512)
def icon_url(initials: str, brand: str) -> str:
    """The browser tab's icon: the merchant's initials on its colour, as a `data:` address."""
    colours = _look(brand, _OURS[1]).light
    picture = (
        "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 32 32'><rect width='32' height='32' rx='8' "
        f"fill='{colours.brand}'/><text x='16' y='21.5' font-family='sans-serif' font-size='15' font-weight='700' "
        f"text-anchor='middle' fill='{colours.ink}'>{escape(initials[:2])}</text></svg>"
    )
    return "data:image/svg+xml," + quote(picture)
