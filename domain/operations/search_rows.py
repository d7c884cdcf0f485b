"""Rows that wait to be worked on, by whom they are about, whose they are and when: the store's part of the search.

A few rows of each kind, by an index: nothing is read that is not shown. Customer, order and payment are found by the
rows' own keys; a kind that has no such key has no such row.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from peewee import SQL

from domain.operations.search_terms import Filter, Row, Subject
from domain.payments.claims import accounts_with_work
from domain.work.wake import Work
from models.console import ImportRun
from models.customers import Customer
from models.merchants import GatewayAccount
from models.methods import BillingSchedule, PaymentMethod
from models.operations import Alarm, AlarmCall
from models.orders import Order
from models.payments import Allocation, Attempt, Payment, PlannedTry, Promise, Recovery, Refund
from models.reports import DirtyDay
from models.work import Mail, MailState, Tick, WebhookEvent, WebhookState

_Ids = list[UUID]


@dataclass(frozen=True)
class _Source:
    """A kind's rows that somebody has to act on, and the conditions that tell whose they are."""

    kind: Work
    query: Callable[[], Any]
    table: Any
    due_at: Any
    open: Any
    merchant: Any = None  # a column
    customers: Callable[[_Ids], Any] | None = None  # a condition
    orders: Callable[[_Ids], Any] | None = None
    payments: Callable[[_Ids], Any] | None = None


def _texts(column: Any) -> Callable[[_Ids], Any]:
    return lambda ids: column.in_([str(id_) for id_ in ids])


def _paying(column: Any) -> Callable[[_Ids], Any]:
    """That a payment is for one of these orders."""
    return lambda ids: column.in_(Allocation.select(Allocation.payment).where(Allocation.order.in_(ids)))


def _sources() -> tuple[_Source, ...]:
    return (
        _Source(Work.ATTEMPT, lambda: Attempt.select().join(Payment), Attempt, Attempt.next_look_at,
                Attempt.next_look_at.is_null(False), Payment.merchant, Payment.customer.in_, _paying(Attempt.payment),
                Attempt.payment.in_),
        _Source(Work.REFUND, lambda: Refund.select().join(Payment), Refund, Refund.next_look_at,
                Refund.next_look_at.is_null(False), Payment.merchant, Payment.customer.in_, _paying(Refund.payment),
                Refund.payment.in_),
        _Source(Work.COLLECT, Order.select, Order, Order.collect_at, Order.collect_at.is_null(False), Order.merchant,
                Order.customer.in_, Order.id.in_),
        _Source(Work.RETRY, lambda: PlannedTry.select().join(Recovery), PlannedTry, PlannedTry.due_at,
                PlannedTry.state == SQL("'planned'"), PlannedTry.merchant, Recovery.customer.in_, Recovery.order.in_),
        _Source(Work.SCHEDULE, BillingSchedule.select, BillingSchedule, BillingSchedule.run_at,
                BillingSchedule.run_at.is_null(False), BillingSchedule.merchant, BillingSchedule.customer.in_),
        _Source(Work.PROMISE, lambda: Promise.select().join(Order), Promise, Promise.due_at,
                (Promise.state == SQL("'open'")) & Promise.due_at.is_null(False), Order.merchant,
                Promise.customer.in_, Promise.order.in_),
        _Source(Work.METHOD, lambda: PaymentMethod.select().join(Customer), PaymentMethod, PaymentMethod.detach_at,
                PaymentMethod.detach_at.is_null(False), Customer.merchant, PaymentMethod.customer.in_),
        _Source(Work.MAIL, Mail.select, Mail, Mail.due_at, Mail.state == MailState.DUE, Mail.merchant,
                _texts(Mail.customer_id), _texts(Mail.order_id)),
        _Source(Work.WEBHOOK, lambda: WebhookEvent.select().join(GatewayAccount), WebhookEvent,
                WebhookEvent.received_at, WebhookEvent.state == WebhookState.RECEIVED, GatewayAccount.merchant),
        _Source(Work.ALARM, lambda: AlarmCall.select().join(Alarm), AlarmCall, AlarmCall.due_at,
                AlarmCall.due_at.is_null(False), Alarm.merchant),
        _Source(Work.ROLLUP, DirtyDay.select, DirtyDay, DirtyDay.due_at, DirtyDay.due_at.is_null(False),
                DirtyDay.merchant),
        _Source(Work.IMPORT, ImportRun.select, ImportRun, ImportRun.due_at, ImportRun.due_at.is_null(False),
                ImportRun.merchant),
        _Source(Work.TICK, Tick.select, Tick, Tick.due_at, Tick.done_at.is_null()),
    )  # fmt: skip


@dataclass(frozen=True)
class OpenRow:
    """A row that somebody has to act on, and when."""

    row: Row
    due_at: datetime
    merchant: UUID | None = None


def open_rows(asked: Filter, now: datetime, limit: int) -> list[OpenRow]:
    """At most `limit` rows of each kind that fit: of somebody or something all that are not done, else what is due.

    Oldest first where what is due was asked for by state, else newest first.
    """
    found = [one for source in _sources() if source.kind in asked.kinds for one in _of(source, asked, now, limit)]
    return found + _waves(asked, now)


def _of(source: _Source, asked: Filter, now: datetime, limit: int) -> Iterator[OpenRow]:
    conditions = list(_conditions(source, asked, now))
    if any(each is None for each in conditions):
        return
    query = source.query().where(source.open, *conditions)
    order = source.due_at if asked.state is not None else source.due_at.desc()
    columns = (source.table.id, source.due_at, source.merchant or SQL("NULL"))
    for id_, due_at, merchant in query.order_by(order).limit(limit).select(*columns).tuples():
        yield OpenRow((source.kind, id_), due_at, merchant)


def _conditions(source: _Source, asked: Filter, now: datetime) -> Iterator[Any]:
    """None stands for: no row of this kind can fit."""
    if asked.merchant is not None:
        yield None if source.merchant is None else source.merchant == asked.merchant
    if asked.since is not None:
        yield source.due_at >= asked.since
    if asked.until is not None:
        yield source.due_at < asked.until
    if asked.subject.asked:
        yield from _about(source, asked.subject)
    else:
        yield source.due_at <= now


def _about(source: _Source, subject: Subject) -> Iterator[Any]:
    if subject.row is not None:
        yield source.table.id == subject.row[1] if subject.row[0] == source.kind else None
    wanted = (
        (source.customers, subject.customers),
        (source.orders, subject.orders),
        (source.payments, subject.payments),
    )
    for condition, ids in wanted:
        if ids is not None:
            yield None if condition is None else condition(sorted(ids))
    if subject.ids is not None:
        yield _any(source, sorted(subject.ids))


def _any(source: _Source, ids: _Ids) -> Any:
    """An id that may be of the row, or of whatever it is about."""
    fits = source.table.id.in_(ids)
    for condition in (source.customers, source.orders, source.payments):
        if condition is not None:
            fits = fits | condition(ids)
    return fits


def _waves(asked: Filter, now: datetime) -> list[OpenRow]:
    """An account's automatic charges are hinted at together."""
    subject = asked.subject
    if Work.WAVE not in asked.kinds or any(each is not None for each in subject.all_of_it):
        return []
    found = [OpenRow((Work.WAVE, account), since) for account, since in accounts_with_work(now) if asked.at(since)]
    if subject.row is not None:
        found = [one for one in found if one.row == subject.row]
    if asked.merchant is not None:
        mine = GatewayAccount.select(GatewayAccount.id).where(GatewayAccount.merchant == asked.merchant)
        accounts = {row.id for row in mine}
        found = [one for one in found if one.row[1] in accounts]
    return found
