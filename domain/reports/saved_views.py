"""Named views: the address of a dashboard under a name of one's own, opened again or mailed every Monday at 7:00.

A view is its person's alone. What it shows is reckoned anew each time: a span like "the last 30 days" moves along.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from domain.events.record import Actor, record
from domain.mail.staff_letters import saved_view as letter
from kit.calendar import at_local_hour, local_day
from kit.clock import utc_now
from kit.errors import DomainError, NotFound
from kit.i18n import _
from kit.ids import uuid7
from models.base import connected, unit_of_work
from models.console import SavedView
from models.merchants import Membership, Merchant, Staff

LONGEST = 80
MOST = 50  # views of one person at one merchant
_MAILED_AT = 7  # o'clock on Mondays, in the merchant's zone
_AHEAD, _MADE_UP = timedelta(hours=26), timedelta(hours=12)  # around a daily run; a mail of last night still has news


class Board(StrEnum):
    """The dashboards of which a view can be saved; the last part of their address."""

    FAILED = "failed"
    RECOVERY = "recovery"


@dataclass(frozen=True)
class View:
    """A named view of one person."""

    id: UUID
    name: str
    board: Board
    query: str  # of the address, without its question mark
    weekly: bool


def views_of(merchant: UUID, staff: UUID) -> tuple[View, ...]:
    """The person's views at this merchant, by name."""
    with connected():
        rows = SavedView.select().where(_mine(merchant, staff)).order_by(SavedView.name)
        return tuple(_view(row) for row in rows)


def view_of(merchant: UUID, staff: UUID, view: UUID) -> View | None:
    """One of the person's views, or None."""
    with connected():
        row = SavedView.get_or_none(_mine(merchant, staff) & (SavedView.id == view))
        return _view(row) if row else None


def save(*, merchant: UUID, staff: UUID, name: str, board: Board, filters: dict[str, str]) -> UUID:
    """Keeps the filters of a dashboard under a name.

    Raises DomainError for a name that is empty, too long or in use, and for one view too many.
    """
    query, kept = urlencode(filters), _name(name)
    if len(query) > 1000:
        raise DomainError(_("These filters are too long to be kept. Choose fewer of them."))
    with unit_of_work():
        if SavedView.select().where(_mine(merchant, staff)).count() >= MOST:
            raise DomainError(_("You have %(n)d views already. Delete one that you no longer need.") % {"n": MOST})
        _refuse_twin(merchant, staff, kept, None)
        made = uuid7()
        SavedView.insert(
            id=made, merchant=merchant, staff=staff, name=kept, page=str(board), query=query, made_at=utc_now()
        ).execute()
        _note("view.saved", merchant, staff, made)
    return made


def rename(*, merchant: UUID, staff: UUID, view: UUID, name: str) -> None:
    """Gives a view another name. Raises NotFound, or DomainError for a name that does not do."""
    kept = _name(name)
    with unit_of_work():
        _refuse_twin(merchant, staff, kept, view)
        _change(merchant, staff, view, name=kept)
        _note("view.renamed", merchant, staff, view)


def mail_weekly(*, merchant: UUID, staff: UUID, view: UUID, wanted: bool) -> None:
    """Has a view mailed to its person every Monday, or no longer. Raises NotFound."""
    with unit_of_work():
        _change(merchant, staff, view, weekly=wanted)
        _note("view.weekly" if wanted else "view.not_weekly", merchant, staff, view)


def delete(*, merchant: UUID, staff: UUID, view: UUID) -> None:
    """Forgets a view. A second time does nothing."""
    with unit_of_work():
        if SavedView.delete().where(_mine(merchant, staff) & (SavedView.id == view)).execute():
            _note("view.deleted", merchant, staff, view)


def mail_due(now: datetime) -> int:
    """Puts the coming Monday's mails into the outbox, to leave at 7:00 of their merchant; how many views it looked at.

    For a run once a day. Twice does no harm: one mail a view and week. Only for those who still work there; whether
    one is still wanted is asked again when it leaves.
    """
    with connected():
        rows = list(
            SavedView.select(SavedView, Merchant, Staff)
            .join(Merchant)
            .switch(SavedView)
            .join(Staff)
            .join(Membership, on=(Membership.staff == Staff.id) & (Membership.merchant == SavedView.merchant))
            .where(SavedView.weekly, Staff.disabled_at.is_null())
            .order_by(SavedView.id)
        )
    due = [(row, at) for row in rows if (at := monday_mail(now, row.merchant.zone))]
    for row, at in due:
        with unit_of_work():
            letter(row, at=at)
    return len(due)


def monday_mail(now: datetime, zone: str) -> datetime | None:
    """The Monday, 7:00 in the zone, that a daily run at `now` is to care for: until tomorrow's run, or just missed."""
    today = local_day(now, zone)
    mondays = (day for back in (-1, 0, 1, 2) if not (day := today + timedelta(days=back)).weekday())
    moments = (at_local_hour(day, _MAILED_AT, zone) for day in mondays)
    return next((at for at in moments if now - _MADE_UP <= at <= now + _AHEAD), None)


def still_wanted(view: UUID) -> SavedView | None:
    """The view, if it is to be mailed still and its person works there still."""
    found: SavedView | None = (
        SavedView.select(SavedView, Staff)
        .join(Staff)
        .join(Membership, on=(Membership.staff == Staff.id) & (Membership.merchant == SavedView.merchant))
        .where(SavedView.id == view, SavedView.weekly, Staff.disabled_at.is_null())
        .first()
    )
    return found


def _name(name: str) -> str:
    kept = " ".join(name.split())
    if not kept:
        raise DomainError(_("Give the view a name."), field="name")
    if len(kept) > LONGEST:
        raise DomainError(_("A name has %(n)d characters at most.") % {"n": LONGEST}, field="name")
    return kept


def _refuse_twin(merchant: UUID, staff: UUID, name: str, but: UUID | None) -> None:
    twin = SavedView.select().where(_mine(merchant, staff) & (SavedView.name == name))
    if (twin.where(SavedView.id != but) if but else twin).exists():
        raise DomainError(_("You have a view of that name already. Choose another one."), field="name")


def _change(merchant: UUID, staff: UUID, view: UUID, **values: Any) -> None:
    if not SavedView.update(**values).where(_mine(merchant, staff) & (SavedView.id == view)).execute():
        raise NotFound(_("This view is not there any more."))


def _mine(merchant: UUID, staff: UUID) -> Any:
    return (SavedView.merchant == merchant) & (SavedView.staff == staff)


def _view(row: SavedView) -> View:
    return View(row.id, row.name, Board(row.page), row.query, row.weekly)


def _note(kind: str, merchant: UUID, staff: UUID, view: UUID) -> None:
    record(kind, merchant=merchant, actor=Actor.STAFF, actor_id=staff, subject=view)
