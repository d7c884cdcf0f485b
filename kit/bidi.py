"""Foreign words among ours: a name in Hebrew or Arabic must not turn around what stands beside it."""

from __future__ import annotations

import unicodedata
from typing import Any

ISOLATE, END = "\u2068", "\u2069"  # Unicode's FSI and PDI (UAX 9): like <bdi>, but for texts that are no HTML
_RIGHT_TO_LEFT = frozenset({"R", "AL"})


def isolated(text: Any) -> Any:
    """A text with right-to-left letters as a piece of its own; anything else as it is.

    Markup is left alone, and so is a text with an isolated piece in it: that one is taken care of already.
    """
    if not isinstance(text, str) or text.isascii() or hasattr(text, "__html__") or ISOLATE in text:
        return text
    foreign = any(unicodedata.bidirectional(sign) in _RIGHT_TO_LEFT for sign in text)
    return f"{ISOLATE}{text}{END}" if foreign else text


def bare(text: str) -> str:
    """The text without what `isolated` added."""
    return text.replace(ISOLATE, "").replace(END, "")
