"""Lines of a terminal of 80 columns: tables, wrapped sentences, figures as people read them. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from textwrap import wrap

from domain.operations.shapes import Clearing
from domain.operations.spans import span
from kit.i18n import _, current_zone, ngettext

WIDE = 80
_SECOND = 1000  # ms


def indented(sentence: str, indent: str) -> list[str]:
    """A sentence in lines; `indent` is what the second and later ones begin with."""
    return wrap(sentence, WIDE, subsequent_indent=indent) or [""]


def heading(words: str) -> list[str]:
    """An empty line, and the words in capitals."""
    return ["", words.upper()[:WIDE]]


def ends(clearing: Clearing | None) -> str:
    """When a backlog is done: a time of day, or why there is none in sight."""
    if clearing is None:
        return "–"
    if clearing.end is not None:
        return moment(clearing.end)
    if clearing.growing:
        return _("grows")
    return _("stands still") if clearing.stalled else _("just begun")


def took(ms: int | None) -> str:
    """A duration in ms as it is read: `250 ms`, `8 s`, `4 min`."""
    if ms is None:
        return "–"
    return f"{ms} ms" if ms < _SECOND else span(timedelta(milliseconds=ms))


def size(of: int | None) -> str:
    """Bytes as people read them: `3 MB`, `12 GB`."""
    if of is None:
        return "?"
    return f"{of >> 30} GB" if of >> 34 else f"{of >> 20} MB"


def table(head: tuple[str, ...], rows: Sequence[tuple[object, ...]]) -> list[str]:
    """Columns as wide as they must be; the first is cut when the line would be too long."""
    cells = [list(head), *([f"{cell:,}" if isinstance(cell, int) else str(cell) for cell in row] for row in rows)]
    wide = [max(len(row[n]) for row in cells) for n in range(len(head))]
    wide[0] -= max(sum(wide) + 2 * (len(wide) - 1) - WIDE, 0)
    return [
        "  ".join(
            [row[0][: wide[0]].ljust(wide[0]), *(cell.rjust(w) for cell, w in zip(row[1:], wide[1:], strict=True))]
        )
        for row in cells
    ]


def more(count: int) -> list[str]:
    """How many are not shown; nothing when all are."""
    return [ngettext("and %(n)d more", "and %(n)d more", count) % {"n": count}] if count > 0 else []


def moment(at: datetime, *, full: bool = False) -> str:
    """A time of day in the reader's zone; in full with day and zone."""
    return at.astimezone(current_zone()).strftime("%Y-%m-%d %H:%M:%S %Z" if full else "%H:%M")
