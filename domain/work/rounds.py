"""When the clock last went round: what tells operators that nothing is being forgotten."""

from __future__ import annotations

from datetime import datetime

from models.base import connected
from models.work import Fact

_KEY = "clock_round"


def note(now: datetime) -> None:
    """The clock has gone round."""
    value = now.isoformat()
    with connected():
        Fact.insert(key=_KEY, value=value).on_conflict(conflict_target=[Fact.key], update={Fact.value: value}).execute()


def latest() -> datetime | None:
    """When the clock last went round; None when it never has."""
    with connected():
        found = Fact.get_or_none(Fact.key == _KEY)
    return datetime.fromisoformat(found.value) if found else None
