"""What the gateway has against what our books say. Pure: two pictures in, differences out.

Payments outside the gateway are in neither picture; foreign objects are left out when the gateway's list is read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from domain.payments.states import OPEN
from domain.reconciliation.differences import Found, Kind
from domain.refunds.record import seen_of
from integrations.gateways.base import DisputeStatus, GatewayDispute, GatewayRefund, IntentStatus, MethodKind
from kit.money import Money
from models.payments import AttemptState, DisputeState, RefundState

YOUNG = timedelta(minutes=10)  # what changed so lately may be on its way into the books just now

_BEING_ASKED = (RefundState.RESERVED, RefundState.SENDING, RefundState.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Taken:
    """An intent with our mark, and what was captured by its charges."""

    intent: str
    status: IntentStatus
    captured: Money
    attempt: UUID | None  # our mark on it
    created: datetime

    @property
    def moves(self) -> bool:
        """Whether money came, or is on its way."""
        return bool(self.captured) or self.status == IntentStatus.PROCESSING


@dataclass(frozen=True)
class Theirs:
    """The gateway's picture, by the gateway's ids. `answered` are the references that it said something about: also
    those that it says it does not have."""

    taken: Mapping[str, Taken] = field(default_factory=dict)
    refunds: Mapping[str, GatewayRefund] = field(default_factory=dict)
    disputes: Mapping[str, GatewayDispute] = field(default_factory=dict)
    answered: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class BookedPayment:
    """An attempt of ours. `expected`: the gateway's picture must have it."""

    attempt: UUID
    reference: str | None
    state: AttemptState
    amount: Money
    journal: bool
    since: datetime
    expected: bool


@dataclass(frozen=True, slots=True)
class BookedRefund:
    """A refund of ours."""

    refund: UUID
    reference: str | None
    state: RefundState
    amount: Money
    since: datetime
    expected: bool


@dataclass(frozen=True, slots=True)
class BookedDispute:
    """A dispute that we know of."""

    reference: str
    state: DisputeState
    amount: Money
    expected: bool


@dataclass(frozen=True)
class Ours:
    """Our picture: everything that theirs names, and everything that theirs should name."""

    payments: tuple[BookedPayment, ...] = ()
    refunds: tuple[BookedRefund, ...] = ()
    disputes: tuple[BookedDispute, ...] = ()


def compare(theirs: Theirs, ours: Ours, now: datetime) -> list[Found]:
    """Every difference, in both directions."""
    return [*_payments(theirs, ours, now), *_refunds(theirs, ours, now), *_disputes(theirs, ours)]


def _payments(theirs: Theirs, ours: Ours, now: datetime) -> Iterator[Found]:
    by_ref = {row.reference: row for row in ours.payments if row.reference}
    by_id = {row.attempt: row for row in ours.payments}
    for there in theirs.taken.values():
        here = by_ref.get(there.intent) or (by_id.get(there.attempt) if there.attempt else None)
        if here is None:
            if there.moves:
                detail = f"{there.status} at the gateway with our mark, and we have no such attempt"
                yield Found(Kind.CAPTURED_NOT_BOOKED, there.intent, detail, there.captured)
        elif here.state in OPEN:
            if _has_finished(there, here) and now - here.since > YOUNG:
                detail = f"{there.status} at the gateway, {here.state} here"
                yield Found(Kind.STILL_OPEN, there.intent, detail, here.amount)
        elif there.moves and now - here.since > YOUNG:
            yield from _both(there, here)
    for here in by_ref.values():
        if here.expected and _is_booked(here) and not _captured(theirs, here):
            detail = "booked here, and the gateway has captured nothing"
            yield Found(Kind.BOOKED_NOT_CAPTURED, str(here.reference), detail, here.amount)


def _has_finished(there: Taken, here: BookedPayment) -> bool:
    over = there.status in (IntentStatus.SUCCEEDED, IntentStatus.CANCELED)
    return over or (here.state == AttemptState.PENDING and there.status != IntentStatus.PROCESSING)


def _both(there: Taken, here: BookedPayment) -> Iterator[Found]:
    """Money at the gateway, and a closed attempt here."""
    if here.reference != there.intent:
        detail = f"{there.status} at the gateway, and the attempt that it names does not know it"
        yield Found(Kind.CAPTURED_NOT_BOOKED, there.intent, detail, there.captured)
    elif not _is_booked(here):
        what = f"{here.state} here" if here.state != AttemptState.SUCCEEDED else "succeeded here without a journal"
        detail = f"{there.status} at the gateway, {what}"
        yield Found(Kind.CAPTURED_NOT_BOOKED, there.intent, detail, there.captured)
    elif there.captured != here.amount:
        detail = f"{there.captured} captured at the gateway, {here.amount} booked here"
        yield Found(Kind.AMOUNT_DIFFERS, there.intent, detail, there.captured)


def _is_booked(here: BookedPayment) -> bool:
    return here.state == AttemptState.SUCCEEDED and here.journal


def _captured(theirs: Theirs, here: BookedPayment) -> bool:
    there = theirs.taken.get(str(here.reference))
    return there is not None and bool(there.captured)


def _refunds(theirs: Theirs, ours: Ours, now: datetime) -> Iterator[Found]:
    by_ref = {row.reference: row for row in ours.refunds if row.reference}
    by_id = {str(row.refund): row for row in ours.refunds}
    for there in theirs.refunds.values():
        here = by_ref.get(there.id) or by_id.get(there.refund or "")
        state = seen_of(there).state
        if here is None:
            if state != RefundState.FAILED:  # else nothing left the gateway, and nothing is to be booked
                yield Found(Kind.REFUND_NOT_BOOKED, there.id, f"{there.status} at the gateway", there.amount)
        elif here.state in _BEING_ASKED and now - here.since <= YOUNG:
            continue
        elif here.state != state:
            detail = f"{there.status} at the gateway, {here.state} here"
            yield Found(Kind.REFUND_DIFFERS, there.id, detail, there.amount)
        elif here.amount != there.amount:
            detail = f"{there.amount} at the gateway, {here.amount} here"
            yield Found(Kind.REFUND_DIFFERS, there.id, detail, there.amount)
    for here in by_ref.values():
        given = here.state in (RefundState.PENDING, RefundState.SUCCEEDED)
        if here.expected and given and here.reference not in theirs.refunds:
            detail = f"{here.state} here, and the gateway has no such refund"
            yield Found(Kind.REFUND_NOT_THERE, str(here.reference), detail, here.amount)


_WITH_US = (DisputeStatus.WON, DisputeStatus.CLOSED)  # the money is where it was


def _agrees(there: GatewayDispute, here: BookedDispute) -> bool:
    """A bank's return is not disputed: the money is gone unless the gateway says that it came back."""
    if there.amount != here.amount:
        return False
    if there.kind == MethodKind.BANK:
        return here.state == (DisputeState.WON if there.status in _WITH_US else DisputeState.LOST)
    if there.status == DisputeStatus.CLOSED:
        return here.state in (DisputeState.CLOSED, DisputeState.WON)  # won: we had heard of it as an open one
    return here.state == DisputeState(there.status.value)


def _disputes(theirs: Theirs, ours: Ours) -> Iterator[Found]:
    known = {row.reference: row for row in ours.disputes}
    for there in theirs.disputes.values():
        here = known.get(there.id)
        if here is None:
            unmoved = there.status in (*_WITH_US, DisputeStatus.INQUIRY)
            if there.kind == MethodKind.CARD or not unmoved:  # a return taken back moved nothing of ours
                yield Found(Kind.DISPUTE_NOT_BOOKED, there.id, f"{there.status} at the gateway", there.amount)
        elif not _agrees(there, here):
            detail = f"{there.status} over {there.amount} at the gateway, {here.state} over {here.amount} here"
            yield Found(Kind.DISPUTE_DIFFERS, there.id, detail, there.amount)
    for here in known.values():
        if here.expected and here.reference not in theirs.disputes:
            detail = f"{here.state} here, and the gateway has no such dispute"
            yield Found(Kind.DISPUTE_NOT_THERE, here.reference, detail, here.amount)
