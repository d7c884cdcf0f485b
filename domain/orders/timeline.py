"""What happened to an order, in one list by time. Pure: rows in (domain/orders/traces.py), entries out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from domain.mail.catalogue import NOT_NEEDED
from domain.methods.queries import label
from domain.orders.traces import Traces
from domain.payments.stage import Stage, stage_of_attempt
from domain.recoveries.declines import reason
from kit.money import Money
from models.orders import AdjustmentKind
from models.payments import (
    Attempt,
    DisputeKind,
    DisputeState,
    Origin,
    PaymentState,
    PromiseState,
    RefundState,
    TryState,
)
from models.work import Mail, MailState

__all__ = ["Entry", "Kind", "Origin", "timeline"]

_LATER = timedelta(hours=1)  # an outcome that came this much after its start: the start is told as well


class Kind(StrEnum):
    """What an entry tells. `Entry.what` says more: the stage of a try, the state of a refund, the name of a mail."""

    MADE = "made"
    TRY_STARTED = "try_started"
    TRY = "try"  # what: Stage
    OUTSIDE = "outside"  # what: cash, cheque, transfer, import
    CAME_BACK = "came_back"
    DISPUTE = "dispute"  # what: DisputeState
    REFUND = "refund"  # what: succeeded, failed, pending; started of one that has ended since
    ADJUSTED = "adjusted"  # what: AdjustmentKind
    PROMISED = "promised"
    PROMISE_ENDED = "promise_ended"  # what: PromiseState
    PLANNED = "planned"  # what: TryState
    MAIL = "mail"  # what: the name of its template; mail: Delivery


class Delivery(StrEnum):
    """What became of a mail."""

    WAITING = "waiting"
    ACCEPTED = "accepted"  # by the mail service: more we do not know
    FAILED = "failed"
    NOT_NEEDED = "not_needed"


_RANK = {kind: rank for rank, kind in enumerate(Kind)}  # within one moment: causes before what they led to


@dataclass(frozen=True)
class Entry:
    """One thing that happened, or is planned."""

    at: datetime
    kind: Kind
    what: str = ""
    amount: Money | None = None
    method: str = ""  # as it is called
    why: str = ""  # a decline in a few words
    origin: Origin | None = None  # of a try
    day: date | None = None  # promised, or the day a debit becomes final
    due_at: datetime | None = None  # of a planned try
    receipt: str = ""
    payment: UUID | None = None
    delivery: Delivery | None = None


def timeline(seen: Traces) -> tuple[Entry, ...]:
    """Everything, the newest first."""
    found = [Entry(seen.order.placed_at, Kind.MADE, amount=Money(seen.order.total, seen.order.currency))]
    for part in (_payments, _disputes, _refunds, _adjustments, _promises, _planned, _mails):
        found.extend(part(seen))
    return tuple(sorted(found, key=lambda entry: (entry.at, _RANK[entry.kind]), reverse=True))


def _payments(seen: Traces) -> Iterator[Entry]:
    told = {row.payment_id for row in seen.disputes}
    for row in seen.allocations:
        payment, slip = row.payment, getattr(row.payment, "slip", None)
        receipt = slip.number if slip is not None and slip.number else ""
        amount = Money(row.amount or payment.amount, seen.order.currency)
        if payment.external:
            yield Entry(payment.created_at, Kind.OUTSIDE, payment.external, amount, receipt=receipt, payment=payment.id)
        for attempt in seen.attempts_of(payment.id):
            yield from _try(attempt, amount, payment.origin, receipt)
        if payment.state == PaymentState.REVERSED and payment.id not in told:
            at = (slip.reversed_at if slip else None) or payment.closed_at or payment.created_at
            yield Entry(at, Kind.CAME_BACK, amount=amount, payment=payment.id)


def _try(attempt: Attempt, amount: Money, origin: Origin, receipt: str) -> Iterator[Entry]:
    called, stage = label(attempt.method.brand, attempt.method.last4), stage_of_attempt(attempt.state)
    ended = attempt.closed_at
    if ended and ended - attempt.reserved_at > _LATER:
        yield Entry(
            attempt.reserved_at, Kind.TRY_STARTED, "", amount, called, origin=origin, payment=attempt.payment_id
        )
    yield Entry(
        at=ended or attempt.state_since or attempt.reserved_at,
        kind=Kind.TRY,
        what=stage,
        amount=amount,
        method=called,
        why=reason(attempt.decline_code, method=called).short if attempt.decline_code else "",
        origin=origin,
        day=attempt.final_on if stage == Stage.PENDING else None,
        receipt=receipt if stage == Stage.RECEIVED else "",
        payment=attempt.payment_id,
    )


def _disputes(seen: Traces) -> Iterator[Entry]:
    share = {row.payment_id: Money(row.amount or row.payment.amount, seen.order.currency) for row in seen.allocations}
    for row in seen.disputes:
        amount = share[row.payment_id]
        if row.kind == DisputeKind.BANK_RETURN:
            yield Entry(row.opened_at, Kind.CAME_BACK, amount=amount, payment=row.payment_id)
            continue
        first = DisputeState.INQUIRY if row.state in (DisputeState.INQUIRY, DisputeState.CLOSED) else DisputeState.OPEN
        yield Entry(row.opened_at, Kind.DISPUTE, first, amount, payment=row.payment_id)
        if row.closed_at:
            yield Entry(row.closed_at, Kind.DISPUTE, row.state, amount, payment=row.payment_id)


def _refunds(seen: Traces) -> Iterator[Entry]:
    for row in seen.refunds:
        refund, method = row.refund, row.refund.payment.method if row.refund.payment.method_id else None
        called = label(method.brand, method.last4) if method else ""
        amount = Money(row.amount, seen.order.currency)
        ended = refund.state in (RefundState.SUCCEEDED, RefundState.FAILED)
        if not ended or refund.state == RefundState.FAILED or refund.closed_at - refund.created_at > _LATER:
            said = "started" if ended else RefundState.PENDING
            yield Entry(refund.created_at, Kind.REFUND, said, amount, called)
        if ended:
            yield Entry(refund.closed_at or refund.state_since, Kind.REFUND, refund.state, amount, called)


def _adjustments(seen: Traces) -> Iterator[Entry]:
    for row in seen.adjustments:
        if row.kind != AdjustmentKind.REFUND:  # told as the refund that it is
            yield Entry(row.created_at, Kind.ADJUSTED, row.kind, Money(row.amount, seen.order.currency))


def _promises(seen: Traces) -> Iterator[Entry]:
    for row in seen.promises:
        yield Entry(row.made_at, Kind.PROMISED, day=row.day)
        if row.closed_at and row.state != PromiseState.OPEN:
            yield Entry(row.closed_at, Kind.PROMISE_ENDED, row.state, day=row.day)


def _planned(seen: Traces) -> Iterator[Entry]:
    """Tries that were planned; one that was made is told as the try that it became."""
    for recovery in seen.recoveries:
        row: Any = getattr(recovery, "planned", None)
        if row is not None and row.id is not None and row.state != TryState.MADE:
            called = label(row.method.brand, row.method.last4)
            yield Entry(row.created_at, Kind.PLANNED, row.state, method=called, due_at=row.due_at)


def _mails(seen: Traces) -> Iterator[Entry]:
    for row in seen.mails:
        yield Entry(row.sent_at or row.created_at, Kind.MAIL, row.template, delivery=delivery_of(row))


def delivery_of(mail: Mail) -> Delivery:
    """What became of a mail, as far as we know."""
    if mail.state == MailState.SUPPRESSED:
        return Delivery.NOT_NEEDED if mail.result == NOT_NEEDED else Delivery.FAILED
    return {
        MailState.DUE: Delivery.WAITING,
        MailState.SENT: Delivery.ACCEPTED,
        MailState.FAILED: Delivery.FAILED,
    }[mail.state]
