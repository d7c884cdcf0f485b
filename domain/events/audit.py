"""The trail as a merchant reads it: who did what, and when. Reads only; nothing changes or deletes an event."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import islice
from typing import Any
from uuid import UUID

from domain.customers.folded import plain
from domain.events import words
from domain.events.record import Actor
from kit.calendar import at_local_hour
from kit.ids import as_uuid
from models.customers import Account, Customer
from models.merchants import Membership, Staff
from models.work import Event

PAGE = 50
_FARTHEST = 200  # pages: beyond, a filter or the export helps more
_CHUNK = 500  # rows of the export that are read at once
_ALIKE = 50  # customers that a name may mean


@dataclass(frozen=True)
class Wanted:
    """What the trail is narrowed to. `who` is a staff person's id or an Actor; days are the merchant's."""

    who: str = ""
    act: words.Act | None = None
    customer: str = ""
    first: date | None = None
    last: date | None = None


@dataclass(frozen=True)
class Entry:
    """One thing that happened."""

    id: UUID
    at: datetime
    kind: str
    actor: Actor
    actor_id: str
    actor_name: str  # empty: somebody who is no person, or of whom nothing is left
    customer_id: str
    customer_name: str
    subject_id: str
    subject_name: str  # a colleague, where the event is about one
    facts: dict[str, str | int] = field(default_factory=dict)


@dataclass(frozen=True)
class Page:
    """A page of the trail, the newest first."""

    entries: list[Entry]
    number: int
    more: bool


def page_of(merchant: UUID, wanted: Wanted, *, zone: str, number: int = 1) -> Page:
    """50 entries that fit, in the merchant's days."""
    number = min(max(number, 1), _FARTHEST)
    past = (number - 1) * PAGE
    rows = list(islice(_newest(merchant, wanted, zone, most=past + PAGE + 1), past, past + PAGE + 1))
    return Page(_read(merchant, rows[:PAGE]), number, len(rows) > PAGE and number < _FARTHEST)


def all_of(merchant: UUID, wanted: Wanted, *, zone: str) -> Iterator[Entry]:
    """Everything that fits, the newest first, 500 at a time: for the export."""
    last: Event | None = None
    while True:
        rows = list(_newest(merchant, wanted, zone, most=_CHUNK, after=last))
        yield from _read(merchant, rows)
        if len(rows) < _CHUNK:
            return
        last = rows[-1]


def people_of(merchant: UUID) -> list[tuple[str, str]]:
    """Id and name of the team, for the form."""
    rows = Staff.select(Staff.id, Staff.name).join(Membership).where(Membership.merchant == merchant)
    return [(str(row.id), row.name) for row in rows.order_by(Staff.name)]


def _newest(merchant: UUID, wanted: Wanted, zone: str, *, most: int, after: Event | None = None) -> Iterator[Event]:
    """The merchant's events; and those of its team that name no merchant, because a sign-in is one for all. What one of
    them did as an operator of the whole install is none of the merchant's."""
    fits = _fits(merchant, wanted, zone)
    if after is not None:
        fits.append((Event.at < after.at) | ((Event.at == after.at) & (Event.id < after.id)))
    ours = list(_ordered([Event.merchant == merchant, *fits], most))
    if wanted.customer or (wanted.act and wanted.act is not words.Act.TEAM):
        return iter(ours)
    team = [id_ for id_, _name in people_of(merchant)]
    theirs = [Event.merchant.is_null(), Event.actor_id.in_(team), Event.actor != Actor.OPERATOR]
    own = list(_ordered([*theirs, *fits], most)) if team else []
    both = sorted([*ours, *own], key=lambda row: (row.at, str(row.id)), reverse=True)
    return iter(both[:most])


def _ordered(conditions: list[Any], most: int) -> Any:
    return Event.select().where(*conditions).order_by(Event.at.desc(), Event.id.desc()).limit(most)


def _fits(merchant: UUID, wanted: Wanted, zone: str) -> list[Any]:
    fits: list[Any] = []
    if wanted.act:
        nouns = words.nouns_of(wanted.act)
        fits.append(Event.kind.in_([kind for kind in words.known() if kind.partition(".")[0] in nouns]))
    if wanted.who in set(Actor):
        fits.append(Event.actor == wanted.who)
    elif wanted.who:
        fits.append(Event.actor_id == str(as_uuid(wanted.who)))
    if wanted.customer:
        fits.append(Event.customer_id.in_(_meant(merchant, wanted.customer)))
    if wanted.first:
        fits.append(Event.at >= at_local_hour(wanted.first, 0, zone))
    if wanted.last:
        fits.append(Event.at < at_local_hour(wanted.last + timedelta(days=1), 0, zone))
    return fits


def _meant(merchant: UUID, text: str) -> list[str]:
    """The ids of the customers that a text means: an id, or a part of a name, address or number."""
    if (given := as_uuid(text.strip())) is not None:
        return [str(given)]
    alike = Customer.select(Customer.id).where(Customer.merchant == merchant, Customer.folded.contains(plain(text)))
    return [str(row.id) for row in alike.limit(_ALIKE)]


def _read(merchant: UUID, rows: list[Event]) -> list[Entry]:
    customers = _named(Customer, {row.customer_id for row in rows}, Customer.merchant == merchant)
    accounts = _named(
        Account, {row.actor_id for row in rows if row.actor == Actor.CUSTOMER}, Account.merchant == merchant
    )
    staff = _named(Staff, {id_ for row in rows for id_ in _staff_in(row)}, None)
    return [
        Entry(
            id=row.id,
            at=row.at,
            kind=row.kind,
            actor=Actor(row.actor),
            actor_id=row.actor_id or "",
            actor_name=(accounts if row.actor == Actor.CUSTOMER else staff).get(row.actor_id or "", ""),
            customer_id=row.customer_id or "",
            customer_name=customers.get(row.customer_id or "", ""),
            subject_id=row.subject_id or "",
            subject_name=staff.get(row.subject_id or "", "") if row.kind.startswith("staff.") else "",
            facts=json.loads(row.facts),
        )
        for row in rows
    ]


def _staff_in(row: Event) -> list[str | None]:
    people = [row.actor_id] if row.actor in (Actor.STAFF, Actor.OPERATOR) else []
    return [*people, row.subject_id] if row.kind.startswith("staff.") else people


def _named(table: Any, ids: set[str | None], condition: Any) -> dict[str, str]:
    wanted = [id_ for text in ids if text and (id_ := as_uuid(text))]
    if not wanted:
        return {}
    rows = table.select(table.id, table.name).where(table.id.in_(wanted), *([] if condition is None else [condition]))
    return {str(row.id): row.name for row in rows}
