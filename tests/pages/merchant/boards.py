"""The two dashboards of failures in front of a test: what stands on them, and every number with the list behind it."""

from __future__ import annotations

import html
import json
import re
from dataclasses import dataclass
from typing import Any

from flask.testing import FlaskClient

from domain.reports.recompute import recount
from models.reports import DirtyDay
from tests.pages.console import drawn

_LINK = re.compile(r'<a[^>]*href="([^"]*/list\?[^"]*)"[^>]*?(?:aria-label="([^"]*)")?>([^<]*)</a>')
_HEAD = re.compile(r"<h2>([^<]*) · ([^<]*)</h2>")
_AMOUNT = re.compile(r"[-−]?\$[\d,]+\.\d\d")


def count_everything() -> None:
    """What a worker does within the minute: every marked day is counted anew."""
    while marks := list(DirtyDay.select()):
        for mark in marks:
            recount(mark.id)


@dataclass(frozen=True)
class Drawn:
    """A drawn page: its HTML as the fragments carry it, and how many components it is made of."""

    status: int
    text: str
    components: int


def page(client: FlaskClient, path: str) -> Drawn:
    """A page of the console as the browser gets it."""
    answer = drawn(client, path)
    said = answer.get_json(silent=True)
    pieces: list[str] = []
    components = _collect(said, pieces)
    return Drawn(answer.status_code, "\n".join(pieces), components)


def _collect(node: Any, pieces: list[str]) -> int:
    if isinstance(node, list):
        return sum(_collect(each, pieces) for each in node)
    if not isinstance(node, dict):
        return 0
    if node.get("type") == "Fragment":
        pieces.append(node["props"]["html"])
    return ("namespace" in node) + sum(_collect(each, pieces) for each in node.values())


def numbers(text: str) -> list[tuple[str, str]]:
    """Every number that leads to a list: what it says (the exact words, where the number is shortened) and where to."""
    return [(html.unescape(spoken or shown), html.unescape(href)) for href, spoken, shown in _LINK.findall(text)]


def listed(client: FlaskClient, href: str) -> tuple[int, str, str]:
    """A list's own sum: how many, how much, and its text; all its pages add up to it."""
    first = page(client, href)
    found = _HEAD.search(first.text)
    assert found, first.text[:300]
    rows, pages = _rows(first.text), re.search(r"Page 1 of (\d+)", first.text)
    for number in range(2, int(pages[1]) + 1 if pages else 2):
        rows += _rows(page(client, f"{href}&page={number}").text)
    count = int(re.sub(r"\D", "", found[1]))
    assert len(rows) == count, "the rows of all pages are what the head says"
    assert sum(rows) == cents(found[2])
    return count, html.unescape(found[2]), first.text


def every_number_is_its_list(client: FlaskClient, path: str) -> None:
    """By amount and by count: each number that can be clicked is the sum of the list that it leads to."""
    seen: dict[str, tuple[int, str, str]] = {}
    for by in ("amount", "count"):
        found = numbers(page(client, f"{path}&by={by}").text)
        assert len(found) > 20
        for said, href in found:
            key = href.replace("&by=count", "")
            count, amount, _text = seen[key] = seen.get(key) or listed(client, key)
            if "$" in said:
                assert cents(said) == cents(amount), (said, href)
            else:
                assert int(said.split(" ")[0].replace(",", "")) == count, (said, href)


def _rows(text: str) -> list[int]:
    return [cents(amount) for amount in re.findall(r'class="num amount">([^<]*)</td>', text)]


def cents(amount: str) -> int:
    """`$1,204.50` as 120450."""
    found = _AMOUNT.search(html.unescape(amount))
    assert found, amount
    return int(re.sub(r"\D", "", found[0]))


def plain(value: Any) -> str:
    """A JSON answer as one text."""
    return json.dumps(value, ensure_ascii=False)
