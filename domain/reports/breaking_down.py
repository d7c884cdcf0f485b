"""Breaks a head figure down by one dimension: rows that add up to it, *Other* among them. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

from domain.reports.adding import total
from domain.reports.filters import By, Dimension
from domain.reports.labels import code_meaning, key_name
from domain.reports.shapes import Breakdown, Row, Share
from domain.reports.terms import family_meaning
from kit.i18n import ngettext

LONGEST = 10  # rows before *Other*
_IN_ORDER = (Dimension.HOUR, Dimension.WEEKDAY, Dimension.N)


class Part(NamedTuple):
    """What was counted for a key; the same key may come many times."""

    key: str
    failed: Share
    recovered: Share | None = None  # None: declines, of which nothing comes back


def breakdown(
    dimension: Dimension,
    parts: Iterable[Part],
    by: By,
    currency: str,
    *,
    name: Callable[[str], str] | None = None,  # else the dimension's own words for a key
) -> Breakdown:
    """The parts by key: the largest first, a long tail as *Other*; hours, weekdays and retries in their own order."""
    rows = _ranked(dimension, [_added(key, mine, currency) for key, mine in _by_key(parts).items()], by)
    cut = LONGEST if dimension not in _IN_ORDER and len(rows) > LONGEST + 1 else len(rows)
    shown = [_row(dimension, part, name) for part in rows[:cut]]
    if rest := rows[cut:]:
        shown.append(_other(rest, currency))
    return Breakdown(dimension, total((part.failed for part in rows), currency), tuple(shown))


def _by_key(parts: Iterable[Part]) -> dict[str, list[Part]]:
    found: dict[str, list[Part]] = {}
    for part in parts:
        found.setdefault(part.key, []).append(part)
    return found


def _added(key: str, parts: list[Part], currency: str) -> Part:
    back = [part.recovered for part in parts if part.recovered is not None]
    return Part(key, total((part.failed for part in parts), currency), total(back, currency) if back else None)


def _ranked(dimension: Dimension, rows: list[Part], by: By) -> list[Part]:
    if dimension in _IN_ORDER:
        return sorted(rows, key=lambda part: int(part.key))
    return sorted(rows, key=lambda part: (-part.failed.measured(by), part.key))


def _row(dimension: Dimension, part: Part, name: Callable[[str], str] | None) -> Row:
    label = name(part.key) if name else key_name(dimension, part.key)
    return Row((part.key,), label, _meaning(dimension, part.key), part.failed, part.recovered)


def _other(rest: list[Part], currency: str) -> Row:
    added = _added("", rest, currency)
    label = ngettext("%(n)d other", "%(n)d others", len(rest)) % {"n": len(rest)}
    return Row(tuple(part.key for part in rest), label, "", added.failed, added.recovered, other=True)


def _meaning(dimension: Dimension, key: str) -> str:
    if dimension == Dimension.GROUP:
        return family_meaning(key)
    return code_meaning(key) if dimension == Dimension.CODE else ""
