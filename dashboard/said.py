"""One sentence carried over a redirect to the next page, in the signed cookie: never in an address."""

from __future__ import annotations

from typing import NamedTuple

from flask import session

_KEY = "said"


class Said(NamedTuple):
    """The sentence, and its tone: bad, warn, good or info."""

    tone: str
    sentence: str


def say(sentence: str, tone: str = "warn") -> None:
    """Keeps a sentence for the next page that asks."""
    if sentence:
        session[_KEY] = [tone, sentence[:300]]


def heard() -> Said | None:
    """The sentence that waits, once."""
    kept = session.pop(_KEY, None)
    return Said(str(kept[0]), str(kept[1])) if isinstance(kept, list) and len(kept) == 2 else None
