"""A payment's life on one line of time: from the day it was due to what the books and the customer were told.

What is known is what the rows say. A call to the processor leaves no row of its own: of calls we know the first one,
how often we have looked since, and when the state that we have was seen.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from peewee import JOIN, fn

from domain.methods.queries import label
from domain.payments.life_rows import Rows, rows_of
from domain.payments.stage import Stage, stage_of
from domain.recoveries.declines import verdict_on
from kit.money import Money
from models.customers import Customer
from models.merchants import GatewayAccount
from models.methods import PaymentMethod
from models.orders import PayIntention
from models.payments import (
    Allocation,
    Attempt,
    AttemptState,
    Dispute,
    DisputeState,
    Origin,
    Payment,
    PaymentState,
    Receipt,
    Refund,
)

__all__ = ["AttemptState", "Id", "Life", "Moment", "Origin", "PaidOrder", "PaymentState", "Stage", "Step", "life_of"]


class Step(StrEnum):
    """What happened at a moment. `Moment.what` says more."""

    DUE = "due"  # what: nothing; day only
    PAGE = "page"  # the customer opened the pay page
    PLANNED = "planned"  # a try was planned; what: the rule
    TRY_DUE = "try_due"
    STARTED = "started"  # what: the origin
    RESERVED = "reserved"
    SENT = "sent"  # the processor was asked
    STANDS = "stands"  # still open; what: the state
    CLOSED = "closed"  # what: the state
    OUTSIDE = "outside"  # what: cash, cheque, transfer, import
    WEBHOOK = "webhook"  # what: its kind
    BOOKED = "booked"  # what: the journal's kind
    RECEIPT = "receipt"
    EVENT = "event"  # what: the event's kind
    REFUND = "refund"  # what: the state
    DISPUTE = "dispute"  # what: the state
    MAIL = "mail"  # what: the template; note: what became of it
    OPENED = "opened"  # the page of a mailed link was shown; what: the template


@dataclass(frozen=True)
class Id:
    """A name that a support case asks for. `of`: payment, attempt, intent, charge, account, receipt, …"""

    of: str
    value: str


@dataclass(frozen=True)
class Moment:
    """One thing on the line of time. `day` instead of `at` where only the day is known."""

    at: datetime
    step: Step
    what: str = ""
    amount: Money | None = None
    note: str = ""
    code: str = ""  # of a decline
    network: str = ""  # the network's own code and advice
    ids: tuple[Id, ...] = ()
    day: date | None = None
    count: int = 0
    postings: tuple[tuple[str, Money], ...] = ()


@dataclass(frozen=True)
class PaidOrder:
    """An order that the payment is for."""

    id: UUID
    number: str
    title: str
    amount: Money


@dataclass(frozen=True)
class Life:
    """A payment whole."""

    id: UUID
    customer: UUID
    name: str
    amount: Money
    state: PaymentState
    stage: Stage  # what the customer reads now
    origin: Origin
    external: str
    method: str
    note: str
    at: datetime
    closed_at: datetime | None
    code: str  # of the latest decline
    hard: bool
    receipt: str
    attempt: UUID | None
    attempt_state: AttemptState | None
    looks: int
    next_look_at: datetime | None
    orders: tuple[PaidOrder, ...]
    ids: tuple[Id, ...]
    moments: tuple[Moment, ...]  # the oldest first


def payment_row(merchant: UUID, payment: UUID) -> Payment | None:
    """A payment of this merchant, with what is read along; None when it is another's. One query."""
    row: Payment | None = (
        Payment.select(Payment, Customer, PaymentMethod, GatewayAccount, PayIntention, Receipt, *_marks())
        .join(Customer)
        .switch(Payment)
        .join(PaymentMethod, JOIN.LEFT_OUTER)
        .switch(Payment)
        .join(GatewayAccount, JOIN.LEFT_OUTER, on=Payment.gateway_account)
        .switch(Payment)
        .join(PayIntention, JOIN.LEFT_OUTER, on=Payment.intention)
        .switch(Payment)
        .join(Receipt, JOIN.LEFT_OUTER, on=(Receipt.payment == Payment.id), attr="slip")
        .where((Payment.id == payment) & (Payment.merchant == merchant))
        .first()
    )
    return row


def _marks() -> tuple[Any, ...]:
    """Whether there are any, so that what there is none of is not asked for."""
    return (
        fn.EXISTS(Refund.select(Refund.id).where(Refund.payment == Payment.id)).alias("has_refunds"),
        fn.EXISTS(Dispute.select(Dispute.id).where(Dispute.payment == Payment.id)).alias("has_disputes"),
    )


def life_of(row: Payment) -> Life:
    """The life of a payment that `payment_row` found. Eight queries at most."""
    seen = rows_of(row)
    latest = seen.attempts[-1] if seen.attempts else None
    slip = getattr(row, "slip", None)
    judged = verdict_on(latest) if latest is not None and latest.decline_code else None
    return Life(
        id=row.id,
        customer=row.customer_id,
        name=row.customer.name,
        amount=Money(row.amount, row.currency),
        state=row.state,
        stage=stage_of(row, latest),
        origin=row.origin,
        external=row.external or "",
        method=label(row.method.brand, row.method.last4) if row.method else "",
        note=row.note,
        at=row.created_at,
        closed_at=row.closed_at,
        code=judged.code if judged else "",
        hard=bool(judged and judged.hard),
        receipt=slip.number if slip is not None and slip.number else "",
        attempt=latest.id if latest else None,
        attempt_state=latest.state if latest else None,
        looks=latest.looks if latest else 0,
        next_look_at=latest.next_look_at if latest else None,
        orders=tuple(_order(each) for each in seen.allocations),
        ids=_ids(row, seen),
        moments=tuple(sorted(_moments(row, seen), key=lambda each: (each.at, _RANK[each.step]))),
    )


_RANK = {step: rank for rank, step in enumerate(Step)}  # within one moment: causes before what they led to


def _order(row: Allocation) -> PaidOrder:
    return PaidOrder(row.order_id, row.order.number, row.order.title, Money(row.amount, row.order.currency))


def _ids(row: Payment, seen: Rows) -> tuple[Id, ...]:
    found = [Id("payment", str(row.id)), *(Id("order", each.order.number) for each in seen.allocations)]
    if row.gateway_account is not None:
        found.append(Id("account", row.gateway_account.external_id))
    for attempt in seen.attempts:
        found += _attempt_ids(attempt)
    if row.method is not None:
        found.append(Id("method", row.method.gateway_ref))
        found.append(Id("gateway_customer", row.method.gateway_customer))
    found += [Id("refund", each.gateway_ref) for each in seen.refunds if each.gateway_ref]
    found += [Id("dispute", each.gateway_ref) for each in seen.disputes]
    return tuple(found)


def _attempt_ids(row: Attempt) -> list[Id]:
    known = (("attempt", str(row.id)), ("intent", row.gateway_ref), ("charge", row.charge_ref))
    return [Id(of, value) for of, value in known if value]


def _moments(row: Payment, seen: Rows) -> list[Moment]:
    amount = Money(row.amount, row.currency)
    found = [Moment(seen.start_of(each.order.due_on), Step.DUE, day=each.order.due_on,
                    ids=(Id("order", each.order.number),)) for each in seen.allocations]  # fmt: skip
    if row.intention is not None:
        found.append(Moment(row.intention.created_at, Step.PAGE))
    for planned in seen.tries:
        found.append(Moment(planned.created_at, Step.PLANNED, planned.rule))
        found.append(Moment(planned.due_at, Step.TRY_DUE))
    outside = bool(row.external)
    found.append(Moment(row.created_at, Step.OUTSIDE if outside else Step.STARTED, row.external or row.origin, amount))
    for attempt in seen.attempts:
        found += _of_attempt(attempt)
    slip = getattr(row, "slip", None)
    if slip is not None and slip.number:
        found.append(Moment(slip.issued_at, Step.RECEIPT, ids=(Id("receipt", slip.number),)))
    for part in (_hooks, _booked, _events, _mails, _back):
        found += part(seen)
    return found


def _of_attempt(row: Attempt) -> list[Moment]:
    amount, ids = Money(row.amount, row.currency), tuple(_attempt_ids(row))
    found = [Moment(row.reserved_at, Step.RESERVED, amount=amount, ids=ids[:1])]
    if row.sent_at:
        found.append(Moment(row.sent_at, Step.SENT, amount=amount, ids=ids[:1]))
    network = " · ".join(part for part in (row.network_code, row.advice) if part)
    found.append(
        Moment(
            row.closed_at or row.state_since,
            Step.CLOSED if row.closed_at else Step.STANDS,
            row.state,
            note=row.note or "",
            code=row.decline_code or "",
            network=network,
            ids=ids[1:],
            day=row.final_on,
            count=row.looks,
        )
    )
    return found


def _hooks(seen: Rows) -> list[Moment]:
    return [
        Moment(each.received_at, Step.WEBHOOK, each.kind, note=each.state, ids=(Id("event", each.event_id),))
        for each in seen.hooks
    ]


def _booked(seen: Rows) -> list[Moment]:
    found: dict[UUID, Moment] = {}
    for each in seen.postings:
        journal = each.journal
        lines = found[journal.id].postings if journal.id in found else ()
        line = (each.account.partition(":")[0], Money(each.amount, each.currency))
        found[journal.id] = Moment(
            journal.at, Step.BOOKED, journal.kind, ids=(Id("journal", str(journal.id)),), postings=(*lines, line)
        )
    return list(found.values())


def _events(seen: Rows) -> list[Moment]:
    return [Moment(each.at, Step.EVENT, each.kind, note=each.actor) for each in seen.events]


def _mails(seen: Rows) -> list[Moment]:
    found = []
    for each, delivery, opened_at in seen.mails:
        at = each.sent_at or each.created_at
        found.append(Moment(at, Step.MAIL, each.template, note=delivery, ids=(Id("mail", str(each.id)),)))
        if opened_at:
            found.append(Moment(opened_at, Step.OPENED, each.template))
    return found


def _back(seen: Rows) -> list[Moment]:
    return [*(moment for row in seen.refunds for moment in _refund(row)),
            *(moment for row in seen.disputes for moment in _dispute(row))]  # fmt: skip


def _refund(row: Refund) -> list[Moment]:
    amount, ref = Money(row.amount, row.currency), row.gateway_ref
    return [
        Moment(row.created_at, Step.REFUND, "reserved", amount, ids=(Id("refund_row", str(row.id)),)),
        Moment(
            row.closed_at or row.state_since,
            Step.REFUND,
            row.state,
            amount,
            row.failure or "",
            ids=(Id("refund", ref),) if ref else (),
        ),
    ]


def _dispute(row: Dispute) -> list[Moment]:
    amount, ids = Money(row.amount, row.currency), (Id("dispute", row.gateway_ref),)
    first = DisputeState.INQUIRY if row.state in (DisputeState.INQUIRY, DisputeState.CLOSED) else DisputeState.OPEN
    found = [Moment(row.opened_at, Step.DISPUTE, first, amount, row.reason, code=row.code, ids=ids)]
    if row.closed_at:
        found.append(Moment(row.closed_at, Step.DISPUTE, row.state, amount, row.reason, code=row.code, ids=ids))
    return found
