"""When the clock last went round: what tells operators that nothing is being forgotten."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from models.base import connected
from models.work import Fact

_KEY = "clock_round"
_ONE = "clock:"  # and the process, of which several may go round
_KEPT = timedelta(days=1)
_LONG = 40  # a key's


@dataclass(frozen=True)
class Seen:
    """A process that goes round, or did within the last day: `host#pid`."""

    name: str
    at: datetime


def note(now: datetime, clock: str = "") -> None:
    """The clock has gone round; `clock` names the process, `host#pid`."""
    keys = [_KEY, (_ONE + clock)[:_LONG]] if clock else [_KEY]
    value = now.isoformat()
    rows = [{"key": key, "value": value} for key in keys]
    with connected():
        Fact.insert_many(rows).on_conflict(conflict_target=[Fact.key], update={Fact.value: value}).execute()


def seen(now: datetime) -> list[Seen]:
    """Every process that has gone round in the last day, the latest first."""
    with connected():
        rows = list(Fact.select().where(Fact.key.startswith(_ONE)))
    every = [Seen(row.key.removeprefix(_ONE), datetime.fromisoformat(row.value)) for row in rows]
    return sorted((one for one in every if now - one.at < _KEPT), key=lambda one: one.at, reverse=True)


def forget(now: datetime) -> int:
    """Forgets processes that have not gone round for a day; returns how many."""
    with connected():
        gone = Fact.delete().where(Fact.key.startswith(_ONE), Fact.value < (now - _KEPT).isoformat())
        return int(gone.execute())


def latest() -> datetime | None:
    """When the clock last went round; None when it never has."""
    with connected():
        found = Fact.get_or_none(Fact.key == _KEY)
    return datetime.fromisoformat(found.value) if found else None
