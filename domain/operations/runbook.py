"""docs/runbook.md, read for the screen. A strict reader of the few shapes that the file uses; anything else raises.

A section begins with `## Title · `name``: the name is its place on the page, for an alarm the rule's. In it stand
paragraphs, lists (`- ` or `1. `, one line each) and blocks of commands between ``` lines; `code` may stand in a text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

FILE = Path(__file__).parents[2] / "docs" / "runbook.md"
_HEAD = re.compile(r"## (?P<title>[^`]+) · `(?P<name>[a-z_]+)`")
_ITEM = re.compile(r"(?:- |\d+\. )")
_MARKS = re.compile(r"\*\w|\]\(|^#|^>|^\|", re.MULTILINE)  # what this reader would show as it is written


@dataclass(frozen=True)
class Block:
    """A paragraph, a list or commands. `lines`: its sentences, items or commands; each a row of (text, is code)."""

    kind: str
    lines: tuple[tuple[tuple[str, bool], ...], ...]


@dataclass(frozen=True)
class Section:
    """What to do about one thing. `name` is its place on the page."""

    name: str
    title: str
    blocks: tuple[Block, ...]


@lru_cache(maxsize=1)
def sections() -> tuple[Section, ...]:
    """The whole file, in its order."""
    return read(FILE.read_text())


def read(text: str) -> tuple[Section, ...]:
    """The sections of a runbook. Raises ValueError for what it would draw wrongly."""
    return tuple(_section(part) for part in re.split(r"^(?=## )", text, flags=re.MULTILINE)[1:])


def _section(part: str) -> Section:
    head, _newline, body = part.partition("\n")
    found = _HEAD.fullmatch(head)
    if found is None:
        raise ValueError(f"not a heading with a place: {head!r}")
    return Section(found["name"], found["title"], tuple(_block(raw) for raw in _parts(body)))


def _parts(body: str) -> list[str]:
    """Blocks between empty lines; commands keep theirs."""
    pieces = re.split(r"(^```\n.*?^```$)", body, flags=re.MULTILINE | re.DOTALL)
    parts = []
    for piece in pieces:
        parts += [piece] if piece.startswith("```") else [raw.strip("\n") for raw in re.split(r"\n{2,}", piece)]
    return [part for part in parts if part.strip()]


def _block(raw: str) -> Block:
    if raw.startswith("```"):
        return Block("commands", tuple(((line, True),) for line in raw.split("\n")[1:-1]))
    if _MARKS.search(raw):
        raise ValueError(f"a shape that the page does not draw: {raw[:60]!r}")
    lines = raw.split("\n")
    if _ITEM.match(lines[0]):
        items = _joined(lines)
        return Block(
            "steps" if lines[0][0].isdigit() else "list", tuple(_inline(_ITEM.sub("", each, 1)) for each in items)
        )
    return Block("text", (_inline(" ".join(lines)),))


def _joined(lines: list[str]) -> list[str]:
    """An item may go on in lines that are indented."""
    items: list[str] = []
    for line in lines:
        if _ITEM.match(line):
            items.append(line)
        elif line.startswith("  "):
            items[-1] += " " + line.strip()
        else:
            raise ValueError(f"neither an item nor its next line: {line[:60]!r}")
    return items


def _inline(text: str) -> tuple[tuple[str, bool], ...]:
    parts = text.split("`")
    if len(parts) % 2 == 0:
        raise ValueError(f"a code that does not end: {text[:60]!r}")
    return tuple((part, bool(n % 2)) for n, part in enumerate(parts) if part)
