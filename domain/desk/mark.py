"""What somebody does with a row of the desk: takes it, gives it back, puts it off, finishes it, and undoes that.

The first one wins: whoever comes second is told what the first did. Undoing puts the mark of before back and keeps a
letter of ours from leaving; it is refused once something has left.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from domain.desk.queries import mark_of
from domain.desk.terms import UNDO, Found, Kind, Step
from domain.desk.words import did_words
from domain.events.record import Actor, record
from kit.calendar import local_day
from kit.clock import utc_now
from kit.errors import Conflict, DomainError
from kit.i18n import _
from models.base import locked, require_unit_of_work, unit_of_work
from models.console import DeskMark
from models.merchants import Merchant, Staff
from models.work import Mail, MailState

NOTE_MOST = 500
_LATEST = timedelta(days=366)
_ON_THE_WAY = timedelta(seconds=5)  # a press within the ten seconds may need so long to arrive
_KEPT = ("taken_by_id", "taken_at", "later_until", "done_by_id", "done_at", "note", "stamp", "did")


class Person(NamedTuple):
    """Who acts, for whom."""

    merchant: UUID
    staff: UUID


def take(who: Person, row: Found) -> None:
    """Puts the person's name on a row. Twice is fine. Raises Conflict when a colleague has it, or has dealt with it."""
    with unit_of_work():
        mark = claimed(who, row)
        if mark.taken_by_id == who.staff:
            return
        if mark.taken_by_id is not None:
            raise Conflict(_told(Step.TAKEN, mark.taken_by_id, mark.taken_at, who))
        step(who, row, mark, Step.TAKEN, taken_by_id=who.staff, taken_at=utc_now())


def give_back(who: Person, row: Found) -> None:
    """Takes the name off a row, whoever's it is: a colleague may be away. Twice is fine."""
    with unit_of_work():
        mark = claimed(who, row)
        if mark.taken_by_id is not None:
            step(who, row, mark, Step.GIVEN_BACK, taken_by_id=None, taken_at=None)


def later(who: Person, row: Found, *, until: date | None) -> None:
    """Puts a row off: it is listed again on that day, or as soon as it stands otherwise.

    Raises DomainError for a day that is not within the coming year, Conflict when somebody has dealt with it.
    """
    with unit_of_work():
        today = local_day(utc_now(), Merchant.get_by_id(who.merchant).zone)
        if until is None or not today < until <= today + _LATEST:
            raise DomainError(_("Choose a day after today, within a year."), field="until")
        step(who, row, claimed(who, row), Step.LATER, later_until=until, stamp=row.stamp)


def done(who: Person, row: Found, *, note: str) -> None:
    """Finishes a row: it is off the list until it stands otherwise. The note is for the team.

    Raises DomainError for a note over 500 characters, Conflict when somebody has dealt with the row.
    """
    kept = note.strip()
    if len(kept) > NOTE_MOST:
        raise DomainError(_("Keep the note to 500 characters."), field="note")
    with unit_of_work():
        finish(who, row, claimed(who, row), Step.DONE, note=kept)


def finish(who: Person, row: Found, mark: DeskMark, how: Step, *, note: str = "") -> None:
    """Marks a row as dealt with, in a unit of work, on a mark that the caller has claimed."""
    step(who, row, mark, how, done_by_id=who.staff, done_at=utc_now(), note=note, stamp=row.stamp)


def claimed(who: Person, row: Found) -> DeskMark:
    """The row's mark, made if there is none, locked, in a unit of work. Raises Conflict when it was dealt with."""
    require_unit_of_work()
    key = {"merchant": who.merchant, "kind": str(row.kind), "subject_id": str(row.subject)}
    DeskMark.insert(**key, changed_at=utc_now()).on_conflict_ignore().execute()
    wanted = [getattr(DeskMark, name) == value for name, value in key.items()]
    mark: DeskMark = locked(DeskMark.select().where(*wanted)).get()
    today = local_day(utc_now(), Merchant.get_by_id(who.merchant).zone)
    if mark_of(mark).hides(row, today):
        raise Conflict(_told(Step(mark.did), mark.changed_by_id, mark.changed_at, who))
    return mark


def step(
    who: Person,
    row: Found,
    mark: DeskMark,
    did: Step,
    *,
    at: datetime | None = None,
    mails: Iterable[str] = (),
    **values: Any,
) -> None:
    """Writes one step with what stood before, and its event, in a unit of work. `mails`: keys of the letters of it."""
    before = {name: _plain(getattr(mark, name)) for name in _KEPT} | {"mails": list(mails)}
    changed = {name.removesuffix("_id"): value for name, value in values.items()}
    DeskMark.update(
        **changed, did=did, changed_by=who.staff, changed_at=at or utc_now(), before=json.dumps(before)
    ).where(DeskMark.id == mark.id).execute()
    _tell(f"desk.{did}", who, mark, row.customer)


def undo(who: Person, *, at: datetime) -> int:
    """Takes the person's own step of that moment back, on every row of it; how many. Twice finds nothing: 0.

    Raises DomainError when ten seconds are over, or when a letter of it has left.
    """
    with unit_of_work():
        mine = (DeskMark.merchant == who.merchant) & (DeskMark.changed_by == who.staff) & (DeskMark.changed_at == at)
        marks = list(locked(DeskMark.select().where(mine & (DeskMark.before != "")).order_by(DeskMark.id)))
        if marks and utc_now() - at > UNDO + _ON_THE_WAY:
            raise DomainError(_("Ten seconds are over: this stands. Put the row off or take it again instead."))
        for mark in marks:
            _put_back(who, mark)
    return len(marks)


def _put_back(who: Person, mark: DeskMark) -> None:
    before: dict[str, Any] = json.loads(mark.before)
    _hold_back(before.pop("mails"))
    for name in ("taken_at", "done_at"):
        before[name] = before[name] and datetime.fromisoformat(before[name])
    before["later_until"] = before["later_until"] and date.fromisoformat(before["later_until"])
    values = {name.removesuffix("_id"): value for name, value in before.items()}
    DeskMark.update(**values, changed_by=None, changed_at=utc_now(), before="").where(DeskMark.id == mark.id).execute()
    _tell("desk.undone", who, mark, None, did=mark.did)


def _hold_back(keys: list[str]) -> None:
    """Keeps letters that still wait from leaving. Raises DomainError when one is on its way or has left."""
    for key in keys:
        waits = (Mail.dedup_key == key) & (Mail.state == MailState.DUE) & Mail.lease_until.is_null()
        held = Mail.update(state=MailState.SUPPRESSED, result="taken back").where(waits).execute()
        if held != 1:
            raise DomainError(_("The e-mail has left: this cannot be taken back any more."))


def _plain(value: Any) -> Any:
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    return str(value) if isinstance(value, UUID) else value


def _told(did: Step, staff: UUID | None, at: datetime | None, who: Person) -> str:
    """What the first one did, for the second."""
    if staff == who.staff:
        return did_words(did, "", at)
    person = Staff.get_or_none(Staff.id == staff)
    return did_words(did, person.name if person else "", at)


def _tell(kind: str, who: Person, mark: DeskMark, customer: UUID | None, **facts: str) -> None:
    record(
        kind,
        merchant=who.merchant,
        actor=Actor.STAFF,
        actor_id=who.staff,
        customer=customer,
        subject=UUID(mark.subject_id),
        facts={"row": mark.kind, **facts},
    )


def told_of(who: Person, kind: Kind, subject: UUID) -> str:
    """What a colleague did with a row that is gone; nothing when nobody did anything."""
    mark = DeskMark.get_or_none(
        (DeskMark.merchant == who.merchant) & (DeskMark.kind == str(kind)) & (DeskMark.subject_id == str(subject))
    )
    if mark is None or mark.done_at is None:
        return ""
    return _told(Step(mark.did), mark.changed_by_id, mark.changed_at, who)
