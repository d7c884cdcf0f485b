"""What tells this install from every other: the mark on everything that we make at a processor."""

from __future__ import annotations

from kit.ids import code
from models.base import connected
from models.work import Fact

_KEY = "install_id"


def install_id() -> str:
    """The install's id, 12 characters, made at first use and never changed."""
    with connected():
        found = Fact.get_or_none(Fact.key == _KEY)
        if found is None:
            Fact.insert(key=_KEY, value=code(12)).on_conflict_ignore().execute()
            found = Fact.get(Fact.key == _KEY)
        return str(found.value)
