"""What the front page shows: merchants, people by their story, what the clock does next, test cards."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from domain.demo import mark, moving
from domain.demo.advance import behind
from domain.demo.logins import Login, Role, logins
from domain.demo.make import begins_at
from domain.demo.story import STORIES
from domain.demo.trades import TRADES, Trade
from kit.clock import utc_now
from models.base import connected
from models.merchants import Merchant
from models.orders import Order
from models.payments import PlannedTry, TryState

_SOON = timedelta(hours=24)


@dataclass(frozen=True)
class Visitor:
    """Somebody whom the visitor may be."""

    key: str
    name: str
    email: str
    headline: str
    text: str
    has_account: bool


@dataclass(frozen=True)
class Room:
    """One merchant: its people, and who works there."""

    trade: Trade
    people: tuple[Visitor, ...]
    staff: tuple[Login, ...]


@dataclass(frozen=True)
class Coming:
    """What the clock does within a day."""

    payments: int
    tries: int
    first: datetime | None
    first_at: str  # the merchant's name
    zone: str


@dataclass(frozen=True)
class Tour:
    """The front page."""

    now: datetime
    told_at: datetime | None  # what the stories tell stood like this then; None while it still does
    behind_days: int
    rooms: tuple[Room, ...]
    operator: Login | None
    coming: Coming
    move: moving.Move | None
    cards: tuple[dict[str, Any], ...]
    banks: tuple[dict[str, Any], ...]


def tour() -> Tour | None:
    """The front page's facts, or None when there is no demo yet."""
    if not mark.is_made():
        return None
    everybody, table = logins(), mark.cards()
    return Tour(
        now=utc_now(),
        told_at=_told_at(utc_now()),
        behind_days=behind().days,
        rooms=tuple(_room(trade, everybody) for trade in TRADES),
        operator=next((one for one in everybody if one.role is Role.OPERATOR), None),
        coming=_coming(utc_now()),
        move=moving.latest(),
        cards=tuple(table.get("cards", ())),
        banks=tuple(table.get("banks", ())),
    )


def _told_at(now: datetime) -> datetime | None:
    """The demo's first moment, once its day is over."""
    last_day = mark.last_day()
    began = begins_at(last_day) if last_day else now
    return began if now.date() != began.date() else None


def _room(trade: Trade, everybody: list[Login]) -> Room:
    here = [one for one in everybody if one.slug == trade.slug]
    told = {one.story: one for one in here}
    people = [(told[key], story) for key, story in STORIES.items() if key in told]
    return Room(
        trade=trade,
        people=tuple(
            Visitor(one.key, one.name, one.email, story.headline, story.text, one.role is Role.CUSTOMER)
            for one, story in people
        ),
        staff=tuple(one for one in here if one.role is Role.MERCHANT),
    )


def _coming(now: datetime) -> Coming:
    with connected():
        until = now + _SOON
        payments = [
            (row.collect_at, row.merchant)
            for row in Order.select(Order, Merchant).join(Merchant).where(Order.collect_at <= until)
        ]
        tries = [
            (row.due_at, row.recovery.merchant)
            for row in PlannedTry.select().where(PlannedTry.state == TryState.PLANNED, PlannedTry.due_at <= until)
        ]
    at, merchant = min([*payments, *tries], key=lambda pair: pair[0], default=(None, None))
    return Coming(
        payments=len(payments),
        tries=len(tries),
        first=at,
        first_at=merchant.name if merchant else "",
        zone=merchant.zone if merchant else "UTC",
    )
