"""One sentence carried over a redirect to the next page, in the signed cookie: never in an address."""

from __future__ import annotations

from typing import NamedTuple

from flask import session

_KEY, _TYPED = "said", "typed"


class Said(NamedTuple):
    """The sentence, and its tone: bad, warn, good or info."""

    tone: str
    sentence: str


def say(sentence: str, tone: str = "warn") -> None:
    """Keeps a sentence for the next page that asks."""
    if sentence:
        session[_KEY] = [tone, sentence[:300]]


def keep_typed(where: str, text: str) -> None:
    """Keeps what somebody typed on a page, so that a refusal loses nothing."""
    session[_TYPED] = [where, text[:40]]


def typed(where: str) -> str:
    """What was typed there and refused, once."""
    kept = session.pop(_TYPED, None)
    return str(kept[1]) if isinstance(kept, list) and len(kept) == 2 and kept[0] == where else ""


def heard() -> Said | None:
    """The sentence that waits, once."""
    kept = session.pop(_KEY, None)
    return Said(str(kept[0]), str(kept[1])) if isinstance(kept, list) and len(kept) == 2 else None
