"""Reads of the merchant's desk: the list of today, a page at a time, with what the customers saw. The owner first."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from peewee import JOIN, SQL, fn

from domain.accounts.viewer import MerchantFacts
from domain.desk.found import found
from domain.desk.terms import PAGE, UNDO, Found, Head, Kind, Mark, Row, Saw, counted, in_order, marked, seen
from kit.calendar import local_day
from models.console import DeskMark
from models.customers import Access, Account, LinkPurpose, LinkToken
from models.merchants import Staff
from models.orders import IntentionOrder, PayIntention
from models.payments import Allocation, Attempt
from models.work import Mail, MailState


@dataclass(frozen=True)
class Undoable:
    """The latest step of somebody, while it can be taken back: its moment is its name."""

    at: datetime
    did: str
    rows: int


@dataclass(frozen=True)
class Desk:
    """The list as a person sees it: one page of rows, the head of all of them."""

    rows: tuple[Row, ...]
    head: Head
    to_ask: int  # different customers who can be asked for a new card
    off: int  # rows that somebody finished or put off
    page: int
    pages: int
    undo: Undoable | None
    beside: tuple[Row, ...] = ()  # what was asked along, without what somebody dealt with


def desk(
    merchant: MerchantFacts,
    now: datetime,
    *,
    staff: UUID | None = None,
    page: int = 1,
    beside: Collection[Found] = (),
) -> Desk:
    """The list of today. Six queries, whatever the rows. `beside`: rows of elsewhere whose marks are asked along."""
    everything = found(merchant.id, now)
    marks = marks_of(merchant.id, [*everything, *beside], fresh=(staff, now))
    today = local_day(now, merchant.zone)
    listed = on_the_list(everything, marks, today)
    pages = max(-(-len(listed) // PAGE), 1)
    number = min(max(page, 1), pages)
    shown = listed[(number - 1) * PAGE : number * PAGE]
    return Desk(
        rows=tuple(_seen(shown)),
        head=counted(listed),
        to_ask=len({row.found.customer for row in listed if _can_ask(row, staff)}),
        off=len(everything) - len(listed),
        page=number,
        pages=pages,
        undo=_undoable(marks.values(), staff, now),
        beside=tuple(on_the_list(beside, marks, today)),
    )


def whole_list(merchant: MerchantFacts, now: datetime) -> list[Row]:
    """All rows that are listed, without what the customers saw. Four queries."""
    everything = found(merchant.id, now)
    return on_the_list(everything, marks_of(merchant.id, everything), local_day(now, merchant.zone))


def on_the_list(everything: Iterable[Found], marks: dict[tuple[str, str], Mark], today: date) -> list[Row]:
    """What is neither finished nor put off, in its order."""
    rows = (marked(each, marks.get((each.kind, str(each.subject)))) for each in everything)
    return in_order(row for row in rows if not row.mark.hides(row.found, today))


def marks_of(
    merchant: UUID, rows: Collection[Found], *, fresh: tuple[UUID | None, datetime] | None = None
) -> dict[tuple[str, str], Mark]:
    """The marks on these rows, by kind and subject; `fresh`: a person and now, theirs of ten seconds too. One query."""
    if not rows and fresh is None:
        return {}
    by = Staff.alias()
    wanted = DeskMark.subject_id.in_([str(each.subject) for each in rows])
    if fresh is not None:
        staff, now = fresh
        wanted |= (DeskMark.changed_by == staff) & (DeskMark.changed_at > now - UNDO)
    query: Any = (
        DeskMark.select(DeskMark, Staff.name.alias("taken_name"), by.name.alias("by_name"))
        .join(Staff, JOIN.LEFT_OUTER, on=(DeskMark.taken_by == Staff.id))
        .join(by, JOIN.LEFT_OUTER, on=(DeskMark.changed_by == by.id))
        .where((DeskMark.merchant == merchant) & wanted)
        .objects()
    )
    return {(row.kind, row.subject_id): mark_of(row) for row in query}


def mark_of(row: Any) -> Mark:
    """A stored mark as a value; names where the query asked for them."""
    return Mark(
        taken_by=row.taken_by_id,
        taken_name=getattr(row, "taken_name", None) or "",
        later_until=row.later_until,
        done=row.done_at is not None,
        note=row.note,
        stamp=row.stamp,
        did=row.did,
        by=row.changed_by_id,
        by_name=getattr(row, "by_name", None) or "",
        at=row.changed_at,
    )


def _can_ask(row: Row, staff: UUID | None) -> bool:
    """Whether *ask all* asks for this row: those that a colleague has taken are left to them."""
    return row.found.kind is Kind.NEW_CARD and row.mark.taken_by in (None, staff)


def _undoable(marks: Iterable[Mark], staff: UUID | None, now: datetime) -> Undoable | None:
    fresh = [mark for mark in marks if mark.by == staff and mark.did and mark.at and now - mark.at < UNDO]
    if staff is None or not fresh:
        return None
    latest = max(mark.at for mark in fresh if mark.at)
    steps = [mark.did for mark in fresh if mark.at == latest]
    return Undoable(latest, steps[0], len(steps))


def _seen(rows: Collection[Row]) -> list[Row]:
    """The rows with what their customers saw: two queries for all."""
    orders = {row.found.order for row in rows if row.found.order}
    customers = {row.found.customer for row in rows if row.found.customer and row.found.order}
    if not orders:
        return list(rows)
    mails, traces = _mails(orders), _traces(orders, customers)
    return [seen(row, _saw(row.found, mails, traces)) if row.found.order else row for row in rows]


def _saw(row: Found, mails: dict[UUID, tuple[datetime, str]], traces: dict[tuple[str, UUID], datetime]) -> Saw:
    assert row.order is not None and row.customer is not None  # only rows of an order come here
    mail = mails.get(row.order)
    reached = [traces.get(("page", row.order)), traces.get(("signed", row.customer))]
    return Saw(
        mail_at=mail[0] if mail else None,
        mail_state=mail[1] if mail else "",
        opened_at=traces.get(("link", row.order)),
        reached_at=max((at for at in reached if at), default=None),
        tried_at=traces.get(("try", row.order)),
    )


def _mails(orders: Collection[UUID]) -> dict[UUID, tuple[datetime, str]]:
    """The latest letter about each order: when it was accepted, or written, and where it stands."""
    query: Any = (
        Mail.select(Mail.order_id, Mail.sent_at, Mail.created_at, Mail.state)
        .where(Mail.order_id.in_([str(order) for order in orders]))
        .order_by(Mail.created_at, Mail.id)
        .tuples()
    )
    return {UUID(order): (sent or made, str(MailState(state))) for order, sent, made, state in query}


def _traces(orders: Collection[UUID], customers: Collection[UUID]) -> dict[tuple[str, UUID], datetime]:
    """When a link was opened, a pay page reached, somebody signed in, a try made: the latest of each, in one query."""
    link = (
        LinkToken.select(SQL("'link'"), LinkToken.subject, fn.MAX(LinkToken.opened_at))
        .where(
            LinkToken.subject.in_([str(order) for order in orders])
            & (LinkToken.purpose == LinkPurpose.FIX_IT)
            & LinkToken.opened_at.is_null(False)
        )
        .group_by(LinkToken.subject)
    )
    page = (
        IntentionOrder.select(SQL("'page'"), IntentionOrder.order.cast("text"), fn.MAX(PayIntention.created_at))
        .join(PayIntention)
        .where(IntentionOrder.order.in_(list(orders)))
        .group_by(IntentionOrder.order)
    )
    signed = (
        Access.select(SQL("'signed'"), Access.customer.cast("text"), fn.MAX(Account.signed_in_at))
        .join(Account)
        .where(Access.customer.in_(list(customers)) & Access.revoked_at.is_null() & Account.signed_in_at.is_null(False))
        .group_by(Access.customer)
    )
    tried = (
        Allocation.select(SQL("'try'"), Allocation.order.cast("text"), fn.MAX(Attempt.closed_at))
        .join(Attempt, on=(Attempt.payment == Allocation.payment))
        .where(Allocation.order.in_(list(orders)) & Attempt.closed_at.is_null(False))
        .group_by(Allocation.order)
    )
    asked: Any = link.union_all(page).union_all(signed).union_all(tried)
    return {(what, UUID(subject)): at for what, subject, at in asked.tuples()}
