"""An address as a QR code: inline SVG, black on white in both themes, because a camera has to read it."""

from __future__ import annotations

from functools import lru_cache

import segno
from markupsafe import Markup

_QUIET = 4  # empty modules around it, which the standard asks for


@lru_cache(maxsize=256)
def of_portal(address: str) -> Markup:
    """The same, kept: a merchant's public address is drawn each time the first page is opened. Never for a secret."""
    return drawn(address)


def drawn(address: str) -> Markup:
    """The code as an SVG that fills its box. It is hidden from screen readers: give the box a label."""
    rows = segno.make(address, error="m", micro=False).matrix
    dark = [(x, y) for y, row in enumerate(rows) for x, filled in enumerate(row) if filled]
    path = "".join(f"M{x + _QUIET} {y + _QUIET}h1v1h-1z" for x, y in dark)
    drawing = Markup(
        '<svg viewBox="0 0 {n} {n}" shape-rendering="crispEdges" aria-hidden="true">'
        '<path fill="#fff" d="M0 0h{n}v{n}H0z"/><path fill="#000" d="{path}"/></svg>'
    )
    return drawing.format(n=len(rows) + 2 * _QUIET, path=path)
