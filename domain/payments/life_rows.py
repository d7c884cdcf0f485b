"""All rows around one payment, read once and in few queries: for its page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from peewee import JOIN

from domain.customers.trail import moment, opened
from domain.mail import letters
from domain.mail.catalogue import Template
from domain.orders.timeline import Delivery, delivery_of
from models.ledger import Journal, Posting
from models.merchants import Merchant
from models.methods import PaymentMethod
from models.orders import Order
from models.payments import Allocation, Attempt, Dispute, Payment, PlannedTry, Recovery, Refund
from models.work import Event, Mail, WebhookEvent

_BOOKS = (  # the kinds of journals that a payment leads to
    "payment",
    "bounced",
    "refund",
    "refund_failed",
    "return",
    "return_won",
    "dispute",
    "dispute_won",
    "dispute_lost",
)
_TOLD_OTHERWISE = ("payment.succeeded", "payment.failed", "payment.pressed", "order.made")


@dataclass(frozen=True)
class Rows:
    """The rows, the oldest first. What a payment has none of was not asked for."""

    zone: str
    allocations: tuple[Allocation, ...]  # with their order
    attempts: tuple[Attempt, ...]  # with their method
    tries: tuple[PlannedTry, ...]
    refunds: tuple[Refund, ...]
    disputes: tuple[Dispute, ...]
    hooks: tuple[WebhookEvent, ...]
    postings: tuple[Posting, ...]  # with their journal
    events: tuple[Event, ...]
    mails: tuple[tuple[Mail, Delivery, datetime | None], ...]  # with when the page of its link was shown

    def start_of(self, day: date) -> datetime:
        """The first moment of a day at the merchant's."""
        return datetime.combine(day, time(), ZoneInfo(self.zone))


def rows_of(payment: Any) -> Rows:
    """Everything around a payment that `life.payment_row` found. Eight queries at most."""
    allocations = tuple(
        Allocation.select(Allocation, Order, Merchant.zone)
        .join(Order)
        .join(Merchant)
        .where(Allocation.payment == payment)
        .order_by(Order.number)
    )
    attempts = _attempts(payment) if payment.gateway_account_id else ()
    refunds = _all(Refund, payment, Refund.created_at) if payment.has_refunds else ()
    disputes = _all(Dispute, payment, Dispute.opened_at) if payment.has_disputes else ()
    cases = _cases(attempts)
    own = [payment.id, *(row.id for row in (*attempts, *refunds, *disputes))]
    return Rows(
        zone=allocations[0].order.merchant.zone if allocations else "UTC",
        allocations=allocations,
        attempts=attempts,
        tries=tuple(row.planned for row in cases if getattr(row, "planned", None) and row.planned.id),
        refunds=refunds,
        disputes=disputes,
        hooks=_hooks(payment, attempts, refunds, disputes),
        postings=_postings(own),
        events=_events(payment, [*own, *(row.id for row in cases)]),
        mails=_mails(payment, allocations, attempts, refunds),
    )


def _all(table: Any, payment: Payment, by: Any) -> tuple[Any, ...]:
    return tuple(table.select().where(table.payment == payment).order_by(by, table.id))


def _attempts(payment: Payment) -> tuple[Attempt, ...]:
    rows = Attempt.select(Attempt, PaymentMethod).join(PaymentMethod).where(Attempt.payment == payment)
    return tuple(rows.order_by(Attempt.n))


def _cases(attempts: tuple[Attempt, ...]) -> tuple[Recovery, ...]:
    """The recoveries that these attempts opened or were a try of; with that try (`planned`), where there is one."""
    if not attempts:
        return ()
    ids = [row.id for row in attempts]
    opened_by, tried = Recovery.alias(), PlannedTry.alias()
    about: Any = opened_by.select(opened_by.id).where(opened_by.attempt.in_(ids))
    about |= tried.select(tried.recovery).where(tried.attempt.in_(ids))
    rows = (
        Recovery.select(Recovery, PlannedTry)
        .join(
            PlannedTry,
            JOIN.LEFT_OUTER,
            on=(PlannedTry.recovery == Recovery.id) & PlannedTry.attempt.in_(ids),
            attr="planned",
        )
        .where(Recovery.id.in_(about))
    )
    return tuple(rows.order_by(Recovery.opened_at))


def _hooks(payment: Payment, *groups: tuple[Any, ...]) -> tuple[WebhookEvent, ...]:
    refs = [row.gateway_ref for group in groups for row in group if row.gateway_ref]
    refs += [row.charge_ref for row in groups[0] if row.charge_ref]
    if not refs:
        return ()
    about: Any = WebhookEvent.object_id.in_(refs) | WebhookEvent.intent_ref.in_(refs)
    mine = WebhookEvent.gateway_account == payment.gateway_account_id
    return tuple(WebhookEvent.select().where(mine & about).order_by(WebhookEvent.received_at).limit(200))


def _postings(own: list[Any]) -> tuple[Posting, ...]:
    sources = [str(each) for each in own]
    about = Journal.kind.in_(_BOOKS) & Journal.source.in_(sources)
    return tuple(Posting.select(Posting, Journal).join(Journal).where(about).order_by(Journal.at, Posting.id))


def _events(payment: Payment, own: list[Any]) -> tuple[Event, ...]:
    mine = (Event.customer_id == str(payment.customer_id)) & (Event.merchant == payment.merchant_id)
    about = Event.subject_id.in_([str(each) for each in own]) & Event.kind.not_in(_TOLD_OTHERWISE)
    return tuple(Event.select().where(mine & about).order_by(Event.at, Event.id))


def _mails(
    payment: Payment, allocations: tuple[Allocation, ...], attempts: tuple[Attempt, ...], refunds: tuple[Refund, ...]
) -> tuple[tuple[Mail, Delivery, datetime | None], ...]:
    keys = letters.about_order(payments=[payment.id], refunds=[row.id for row in refunds])
    for order in (row.order_id for row in allocations):
        keys += [f"{Template.PAYMENT_FAILED}:{row.id}:{order}" for row in attempts]
        keys.append(f"{Template.RETURNED}:{payment.id}:{order}")
    keys += [f"{Template.CONFIRM_AT_BANK}:{row.id}" for row in attempts]
    rows: Any = Mail.select(Mail, opened().alias("opened")).where(Mail.dedup_key.in_(keys)).order_by(Mail.created_at)
    return tuple((row, delivery_of(row), moment(row.opened)) for row in rows)
