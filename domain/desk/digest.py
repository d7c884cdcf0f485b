"""The daily digest: the list of today as a mail, at the hour that each person chose, only if something stands on it."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from domain.desk.found import found
from domain.desk.queries import marks_of, on_the_list
from domain.events.record import Actor, record
from domain.mail import staff_letters
from kit.calendar import local_day
from kit.clock import utc_now
from kit.errors import DomainError
from kit.i18n import _
from models.base import unit_of_work
from models.merchants import Membership, Merchant, Staff

_LATE = 3  # hours after the chosen one: a clock that stood still makes a digest up so long, then it is old news


def digest_hour(*, merchant: UUID, staff: UUID) -> int | None:
    """The local hour of a person's digest; None: none is wanted."""
    row = Membership.get_or_none((Membership.merchant == merchant) & (Membership.staff == staff))
    return row.digest_hour if row else None


def choose_hour(*, merchant: UUID, staff: UUID, hour: int | None) -> None:
    """Sets the local hour of one's own digest, or None. Raises DomainError for what is no hour."""
    if hour is not None and not 0 <= hour <= 23:
        raise DomainError(_("Choose an hour of the day."), field="hour")
    with unit_of_work():
        mine = (Membership.merchant == merchant) & (Membership.staff == staff)
        if Membership.update(digest_hour=hour).where(mine).execute():
            facts = {"hour": hour if hour is not None else "none"}
            record("digest.chosen", merchant=merchant, actor=Actor.STAFF, actor_id=staff, facts=facts)


def write_digests() -> str:
    """Puts the digests of this hour into the outbox. Twice in an hour, or in each of three, writes each once a day."""
    now, told = utc_now(), 0
    for house, people in _wanted(now).items():
        if _something_stands(house, now):
            for person in people:
                with unit_of_work():
                    staff_letters.digest(person, local_day(now, house.zone))
                told += 1
    return f"{told} due"


def _wanted(now: datetime) -> dict[Merchant, list[Membership]]:
    """The people of whom this is the hour, by merchant: those who still work there."""
    query: Any = (
        Membership.select(Membership, Merchant, Staff)
        .join(Merchant)
        .switch(Membership)
        .join(Staff)
        .where(Membership.digest_hour.is_null(False) & Staff.disabled_at.is_null())
        .order_by(Membership.id)
    )
    found_now: dict[Merchant, list[Membership]] = {}
    for row in query:
        hour = now.astimezone(ZoneInfo(row.merchant.zone)).hour
        if row.digest_hour <= hour <= row.digest_hour + _LATE:
            found_now.setdefault(row.merchant, []).append(row)
    return found_now


def _something_stands(house: Merchant, now: datetime) -> bool:
    rows = found(house.id, now)
    return bool(on_the_list(rows, marks_of(house.id, rows), local_day(now, house.zone)))


def still_there(membership: UUID) -> bool:
    """Whether the person works there and wants the digest, when the mail is about to leave."""
    query = Membership.select().join(Staff)
    mine = (Membership.id == membership) & Membership.digest_hour.is_null(False) & Staff.disabled_at.is_null()
    return bool(query.where(mine).exists())
