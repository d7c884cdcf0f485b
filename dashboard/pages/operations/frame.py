"""What the operators' pages share: the heading with the filter by merchant, and the words that their templates use."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import Any
from urllib.parse import urlencode

from dashboard.fragment import Fragment
from dashboard.pages.operations import said
from dashboard.pages.operations.kinds import kinds
from dashboard.pages.operations.spans import span
from dashboard.render import fragment
from domain.operations.houses import House, houses


def head(
    title: str, sentence: str, *, path: str = "", merchant: str = "", back: tuple[str, str] = ("", "")
) -> Fragment:
    """The heading. With `path` it has the filter by merchant, a form that leads there; `back` is address and label."""
    return fragment(
        "operations/head.html",
        title=title,
        sentence=sentence,
        path=path,
        merchant=merchant,
        houses=houses() if path else [],
        back=back,
    )


def words(now: datetime) -> dict[str, Any]:
    """What every template of these pages may call."""
    return {
        "span": span,
        "count": said.count,
        "ms": said.ms,
        "size": said.size,
        "share": said.share,
        "line_name": said.line,
        "at": partial(said.moment, now=now),
        "kinds": kinds(),
    }


def address(path: str, **keys: str) -> str:
    """An address with those of the keys that say something."""
    asked = urlencode({name: value for name, value in keys.items() if value})
    return f"{path}?{asked}" if asked else path


def of(house: House | None) -> str:
    """The slug, or nothing for the whole install."""
    return house.slug if house else ""
