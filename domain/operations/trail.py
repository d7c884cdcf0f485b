"""What operators and commands did, and why: their part of the trail, with the reasons that they gave. Reads only."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from peewee import JOIN, SQL

from domain.events.record import Actor
from kit.ids import as_uuid
from models.base import connected
from models.merchants import Merchant, Staff
from models.operations import OperatorAct
from models.work import Event

PAGE = 50
_FARTHEST = 200  # pages: beyond, a filter or the export helps more
_CHUNK = 500  # rows of the export that are read at once
_OURS = "actor IN ('operator', 'command')"  # in the very words of the index event_of_operators


@dataclass(frozen=True)
class Wanted:
    """What the trail is narrowed to: a person's id or an Actor, a kind of event, a merchant's slug, days in UTC."""

    who: str = ""
    act: str = ""
    merchant: str = ""
    first: date | None = None
    last: date | None = None


@dataclass(frozen=True)
class Entry:
    """One thing that an operator or a command did. `reason`, `about`, `picked` and the counts are the act's own."""

    id: UUID
    at: datetime
    kind: str
    actor: Actor
    actor_id: str
    name: str  # empty: a command, or somebody of whom nothing is left
    merchant: str  # slug
    merchant_name: str
    subject_id: str
    reason: str = ""
    about: str = ""
    picked: str = ""
    done: int = 0
    refused: int = 0
    facts: dict[str, str | int] = field(default_factory=dict)


@dataclass(frozen=True)
class Page:
    """A page of the trail, the newest first."""

    entries: list[Entry]
    number: int
    more: bool


def page_of(wanted: Wanted, *, number: int = 1) -> Page:
    """50 entries that fit."""
    number = min(max(number, 1), _FARTHEST)
    with connected():
        rows = list(_newest(wanted).limit(PAGE + 1).offset((number - 1) * PAGE))
        return Page(_read(rows[:PAGE]), number, len(rows) > PAGE and number < _FARTHEST)


def all_of(wanted: Wanted) -> Iterator[Entry]:
    """Everything that fits, the newest first, 500 at a time: for the export."""
    last: Event | None = None
    while True:
        query = _newest(wanted).limit(_CHUNK)
        if last is not None:
            query = query.where((Event.at < last.at) | ((Event.at == last.at) & (Event.id < last.id)))
        with connected():
            rows = list(query)
            entries = _read(rows)
        yield from entries
        if len(rows) < _CHUNK:
            return
        last = rows[-1]


def people() -> list[tuple[str, str]]:
    """Id and name of the operators, for the form."""
    with connected():
        rows = Staff.select(Staff.id, Staff.name).where(Staff.operator == True)  # noqa: E712 - SQL
        return [(str(row.id), row.name) for row in rows.order_by(Staff.name)]


def _newest(wanted: Wanted) -> Any:
    query: Any = Event.select(Event, Merchant).join(Merchant, JOIN.LEFT_OUTER)
    return query.where(SQL(_OURS), *_fits(wanted)).order_by(Event.at.desc(), Event.id.desc())


def _fits(wanted: Wanted) -> list[Any]:
    fits: list[Any] = []
    if wanted.who in set(Actor):
        fits.append(Event.actor == wanted.who)
    elif wanted.who:
        fits.append(Event.actor_id == str(as_uuid(wanted.who)))
    if wanted.act:
        fits.append(Event.kind == wanted.act)
    if wanted.merchant:
        fits.append(Merchant.slug == wanted.merchant)
    if wanted.first:
        fits.append(Event.at >= _midnight(wanted.first))
    if wanted.last:
        fits.append(Event.at < _midnight(wanted.last + timedelta(days=1)))
    return fits


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(0), tzinfo=UTC)


def _read(rows: list[Event]) -> list[Entry]:
    acts = _acts([row.subject_id for row in rows])
    names = _names([row.actor_id for row in rows])
    return [_entry(row, acts.get(row.subject_id or ""), names) for row in rows]


def _acts(ids: list[str | None]) -> dict[str, OperatorAct]:
    wanted = [id_ for text in ids if text and (id_ := as_uuid(text))]
    rows = OperatorAct.select().where(OperatorAct.id.in_(wanted)) if wanted else []
    return {str(row.id): row for row in rows}


def _names(ids: list[str | None]) -> dict[str, str]:
    wanted = [id_ for text in set(ids) if text and (id_ := as_uuid(text))]
    rows = Staff.select(Staff.id, Staff.name).where(Staff.id.in_(wanted)) if wanted else []
    return {str(row.id): row.name for row in rows}


def _entry(row: Any, act: OperatorAct | None, names: dict[str, str]) -> Entry:
    return Entry(
        id=row.id,
        at=row.at,
        kind=row.kind,
        actor=Actor(row.actor),
        actor_id=row.actor_id or "",
        name=names.get(row.actor_id or "", ""),
        merchant=row.merchant.slug if row.merchant_id else "",
        merchant_name=row.merchant.name if row.merchant_id else "",
        subject_id=row.subject_id or "",
        reason=act.reason if act else "",
        about=act.about if act else "",
        picked=act.picked if act else "",
        done=act.done if act else 0,
        refused=act.refused if act else 0,
        facts=json.loads(row.facts),
    )
