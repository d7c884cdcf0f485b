"""What tells this install from every other: the mark on everything that we make at a processor."""

from __future__ import annotations

from functools import lru_cache

from kit.ids import code
from models.base import connected, db, in_unit_of_work
from models.work import Fact

_KEY = "install_id"


def install_id() -> str:
    """The install's id, 12 characters, made at first use and never changed."""
    if in_unit_of_work():  # what is made here may be rolled back
        return _read()
    return _of(db.obj)


@lru_cache(maxsize=1)
def _of(_store: object) -> str:
    return _read()


def _read() -> str:
    with connected():
        found = Fact.get_or_none(Fact.key == _KEY)
        if found is None:
            Fact.insert(key=_KEY, value=code(12)).on_conflict_ignore().execute()
            found = Fact.get(Fact.key == _KEY)
        return str(found.value)
