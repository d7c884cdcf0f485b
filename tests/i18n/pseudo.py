"""A language that nobody speaks: every text of ours stands in ⟦brackets⟧ and is longer, so what was never marked for
translation shows, and so does what has no room. Only a test switches it on."""

from __future__ import annotations

import gettext
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

import pytest

from kit import i18n

_PLACEHOLDER = re.compile(r"(%\(\w+\)0?\d*[a-z]|%%)")
_LONGER = str.maketrans({"a": "áá", "e": "éé", "i": "íí", "o": "óó", "u": "úú"})
_OURS = re.compile(r"⟦[^⟦⟧]*⟧")
_HIDDEN = ("script", "style", "svg")
_EMPTY = ("input", "link", "meta", "br", "hr", "img")
_SPOKEN = ("aria-label", "placeholder", "title", "alt")


class Pseudo(gettext.NullTranslations):
    """Marks and stretches instead of translating."""

    def gettext(self, message: str) -> str:
        """The text in brackets, its vowels twice and accented, its placeholders as they are."""
        parts = _PLACEHOLDER.split(message)
        return "⟦" + "".join(part if at % 2 else part.translate(_LONGER) for at, part in enumerate(parts)) + "⟧"

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        """The form for n, likewise."""
        return self.gettext(msgid1 if n == 1 else msgid2)


def switch_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on, in this test, every language is the one that nobody speaks."""
    made = Pseudo()
    monkeypatch.setattr(i18n, "_catalogue", lambda _locale: made)


def outside(text: str) -> str:
    """What of a text does not stand in brackets. A text of ours may hold others of ours."""
    before = None
    while before != text:
        before, text = text, _OURS.sub(" ", text)
    return text.strip()


class _Reader(HTMLParser):
    """What of a page people see or hear."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.around: list[tuple[str, bool]] = []  # open elements, and whether they hold data

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.found += [given[name] or "" for name in _SPOKEN if name in given]
        if tag == "input" and given.get("type") in ("submit", "button", "reset"):
            self.found.append(given.get("value") or "")
        if tag not in _EMPTY:
            self.around.append(
                (tag, tag in ("select", "textarea", "bdi", "code") or ("lang" in given and tag != "html"))
            )

    def handle_endtag(self, tag: str) -> None:
        while self.around and self.around.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        if data.strip() and not any(tag in _HIDDEN or is_data for tag, is_data in self.around):
            self.found.append(" ".join(data.split()))


def texts_of(html: str) -> list[str]:
    """The visible texts of a page, and those that a screen reader says. Choices in lists are data: countries, days."""
    reader = _Reader()
    reader.feed(html)
    return reader.found


def texts_of_components(node: Any) -> Iterator[str]:
    """The same for what a callback answers: texts of components, and the HTML of fragments."""
    if isinstance(node, list):
        for each in node:
            yield from texts_of_components(each)
    elif isinstance(node, dict):
        for name, value in node.items():
            if isinstance(value, str) and name in ("children", *_SPOKEN):
                yield value
            elif isinstance(value, str) and name == "html":
                yield from texts_of(value)
            else:
                yield from texts_of_components(value)
