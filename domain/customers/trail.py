"""A customer's timeline for the merchant's people: payments, mails, sign-ins, changes, notes, what the team did."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from peewee import JOIN, SQL, Cast, fn

from domain.events.record import Actor
from domain.methods.queries import label
from domain.orders.timeline import Delivery, delivery_of
from domain.payments.stage import Stage, stage_of, stage_of_attempt
from kit.ids import as_uuid
from kit.money import Money
from models.base import is_sqlite
from models.console import Note
from models.customers import LinkToken
from models.merchants import Staff
from models.methods import PaymentMethod
from models.payments import Attempt, Origin, Payment
from models.work import Event, Mail

__all__ = ["Actor", "Delivery", "Entry", "Of", "Origin", "Page", "Stage", "trail"]

PAGE = 25
_FARTHEST = 40  # pages: beyond, the filter helps more
_TOLD_AS_PAYMENTS = ("payment.succeeded", "payment.failed", "payment.pressed", "payment.taken")


class Of(StrEnum):
    """What the timeline can be narrowed to."""

    PAYMENTS = "payments"
    MAILS = "mails"
    SIGN_INS = "sign_ins"
    CHANGES = "changes"
    NOTES = "notes"
    TEAM = "team"


@dataclass(frozen=True)
class Entry:
    """One thing that happened. `what`: a stage for a payment, a template for a mail, a kind for an event."""

    at: datetime
    of: Of
    what: str = ""
    id: UUID | None = None  # of the payment, mail, event or note
    order: UUID | None = None
    amount: Money | None = None
    method: str = ""
    code: str = ""  # of a decline
    origin: Origin | None = None
    delivery: Delivery | None = None
    opened_at: datetime | None = None  # a mailed link: the first time that its page was shown
    actor: str = ""
    by: str = ""  # whose name, when it was one of the team
    text: str = ""
    facts: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Page:
    """One page of the timeline, the newest first."""

    entries: tuple[Entry, ...]
    number: int
    has_older: bool


def trail(merchant: UUID, customer: UUID, *, of: Of | None = None, page: int = 1, size: int = PAGE) -> Page:
    """One page: four queries at most. What was made at one moment stays in the order in which it was read."""
    number = max(1, min(page, _FARTHEST))
    most = number * size + 1
    found = [entry for read in _SOURCES[of] for entry in read(merchant, customer, most, of)]
    found.sort(key=lambda entry: entry.at, reverse=True)
    return Page(tuple(found[(number - 1) * size : number * size]), number, len(found) > number * size)


def _payments(merchant: UUID, customer: UUID, most: int, _of: Of | None) -> Iterator[Entry]:
    at = fn.COALESCE(Attempt.closed_at, Attempt.state_since, Payment.created_at)
    rows: Any = (
        Payment.select(Payment, Attempt, PaymentMethod)
        .join(Attempt, JOIN.LEFT_OUTER, on=(Attempt.payment == Payment.id), attr="try_")
        .join(PaymentMethod, JOIN.LEFT_OUTER)
        .where((Payment.merchant == merchant) & (Payment.customer == customer))
        .order_by(at.desc())
        .limit(most)
    )
    for row in rows:
        attempt = getattr(row, "try_", None)
        tried = attempt if attempt is not None and attempt.id is not None else None
        yield Entry(
            at=(tried.closed_at or tried.state_since) if tried else row.created_at,
            of=Of.PAYMENTS,
            what=stage_of_attempt(tried.state) if tried else stage_of(row, None),
            id=row.id,
            amount=Money(row.amount, row.currency),
            method=label(tried.method.brand, tried.method.last4) if tried else row.external or "",
            code=(tried.decline_code or "") if tried else "",
            origin=row.origin if tried else None,
        )


def _mails(merchant: UUID, customer: UUID, most: int, _of: Of | None) -> Iterator[Entry]:
    mine = (Mail.customer_id == str(customer)) & (Mail.merchant == merchant)
    rows: Any = Mail.select(Mail, opened().alias("opened")).where(mine).order_by(Mail.created_at.desc(), Mail.id.desc())
    for row in rows.limit(most):
        yield Entry(
            at=row.sent_at or row.created_at,
            of=Of.MAILS,
            what=row.template,
            id=row.id,
            order=as_uuid(row.order_id) if row.order_id else None,
            delivery=delivery_of(row),
            opened_at=moment(row.opened),
        )


def opened() -> Any:
    """A column beside a mail: when the page of its link was shown first; null when it has none, or nobody came."""
    link = fn.JSON_EXTRACT(Mail.facts, "$.link") if is_sqlite() else SQL("facts::json->>'link'")
    shown = fn.COALESCE(LinkToken.opened_at, LinkToken.used_at)
    return LinkToken.select(shown).where(LinkToken.id == _key(link))


def moment(stored: Any) -> datetime | None:
    """A moment that came as a column of its own."""
    kept: Any = Mail.created_at
    found: datetime | None = kept.python_value(stored)
    return found


def _key(text: Any) -> Any:
    """A key that is kept as text, as the store keeps keys."""
    return fn.REPLACE(text, "-", "") if is_sqlite() else Cast(text, "uuid")


def _notes(merchant: UUID, customer: UUID, most: int, _of: Of | None) -> Iterator[Entry]:
    rows = (
        Note.select(Note, Staff)
        .join(Staff)
        .where((Note.merchant == merchant) & (Note.customer == customer))
        .order_by(Note.made_at.desc(), Note.id.desc())
        .limit(most)
    )
    for row in rows:
        yield Entry(row.made_at, Of.NOTES, id=row.id, order=row.order_id, by=row.staff.name, text=row.text)


def _events(merchant: UUID, customer: UUID, most: int, of: Of | None) -> Iterator[Entry]:
    """The trail, without what stands here as a payment or a note already."""
    mine: Any = (Event.customer_id == str(customer)) & (Event.merchant == merchant)
    mine &= Event.kind.not_in([*_TOLD_AS_PAYMENTS, "note.made", "customer.noted"])
    signing = Event.kind.in_(_SIGNING)
    if of == Of.SIGN_INS:
        mine &= signing
    elif of == Of.TEAM:
        mine &= Event.actor == Actor.STAFF
    elif of == Of.CHANGES:
        mine &= ~signing & (Event.actor != Actor.STAFF)
    name = Staff.select(Staff.name).where((Event.actor == Actor.STAFF) & (Staff.id == _key(Event.actor_id)))
    rows: Any = Event.select(Event, name.alias("staff_name")).where(mine).order_by(Event.at.desc(), Event.id.desc())
    for row in rows.limit(most):
        yield Entry(
            at=row.at,
            of=Of.SIGN_INS if row.kind in _SIGNING else Of.TEAM if row.actor == Actor.STAFF else Of.CHANGES,
            what=row.kind,
            id=as_uuid(row.subject_id) if row.subject_id else None,
            actor=row.actor,
            by=row.staff_name or "",
            facts=json.loads(row.facts),
        )


_SIGNING = ("account.signed_in", "account.signed_out", "account.confirmed")
_SOURCES = {
    None: (_payments, _mails, _notes, _events),
    Of.PAYMENTS: (_payments,),
    Of.MAILS: (_mails,),
    Of.NOTES: (_notes,),
    Of.SIGN_INS: (_events,),
    Of.CHANGES: (_events,),
    Of.TEAM: (_events,),
}
