"""What a store knows of being a demo: begun, made, up to which day, and the bank's test cards for the front page."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from typing import Any

from models.base import connected
from models.merchants import Merchant
from models.work import Fact

_BEGUN, _MADE, _CARDS = "demo_begun", "demo_made", "demo_cards"


def begun(last_day: date) -> None:
    """Somebody begins to make a demo here."""
    _set(_BEGUN, last_day.isoformat())


def made(last_day: date, cards: Mapping[str, Any]) -> None:
    """It is whole."""
    _set(_CARDS, json.dumps(dict(cards)))
    _set(_MADE, last_day.isoformat())


def unmake() -> None:
    """From now on there is no demo: what is left of it is thrown away before the next is made."""
    with connected():
        Fact.delete().where(Fact.key == _MADE).execute()


def is_made() -> bool:
    """Whether the store holds a whole demo."""
    return _get(_MADE) is not None


def last_day() -> date | None:
    """The last day of the demo's past, or None without a demo."""
    found = _get(_MADE)
    return date.fromisoformat(found) if found else None


def is_foreign() -> bool:
    """Whether the store holds merchants that no demo made: they are left alone."""
    with connected():
        return _get(_BEGUN) is None and Merchant.select().exists()


def cards() -> dict[str, Any]:
    """The test cards and bank accounts with what each does; empty without a demo."""
    return dict(json.loads(_get(_CARDS) or "{}"))


def _get(key: str) -> str | None:
    with connected():
        found = Fact.get_or_none(Fact.key == key)
    return str(found.value) if found else None


def _set(key: str, value: str) -> None:
    with connected():
        Fact.insert(key=key, value=value).on_conflict(conflict_target=[Fact.key], update={Fact.value: value}).execute()
