"""Comparing two pictures: pure, so every pair of states can be laid side by side."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from domain.reconciliation.compare import (
    YOUNG,
    BookedDispute,
    BookedPayment,
    BookedRefund,
    Ours,
    Taken,
    Theirs,
    compare,
)
from domain.reconciliation.differences import Kind
from integrations.gateways.base import (
    DisputeStatus,
    GatewayDispute,
    GatewayRefund,
    IntentStatus,
    MethodKind,
    RefundStatus,
)
from kit.money import Money
from models.payments import AttemptState, DisputeState, RefundState

NOW = datetime(2026, 11, 23, 2, 40, tzinfo=UTC)
OLD = NOW - timedelta(hours=5)
TEN, NINE, NONE = Money(1000, "USD"), Money(900, "USD"), Money(0, "USD")
ATTEMPT, REFUND = uuid4(), uuid4()
S, G = AttemptState, IntentStatus


def there(status: IntentStatus = G.SUCCEEDED, captured: Money = TEN, attempt: UUID | None = ATTEMPT) -> Taken:
    """The gateway's intent."""
    return Taken("pi_1", status, captured, attempt, OLD)


def here(state: AttemptState = S.SUCCEEDED, **values: Any) -> BookedPayment:
    """Our attempt."""
    row = BookedPayment(ATTEMPT, "pi_1", state, TEN, state == S.SUCCEEDED, OLD, expected=True)
    return replace(row, **values)


def kinds(theirs: Theirs, ours: Ours) -> list[Kind]:
    """What differs."""
    return [found.kind for found in compare(theirs, ours, NOW)]


@pytest.mark.parametrize(
    ("theirs", "ours", "expected"),
    [
        (there(), here(), []),
        (None, None, []),
        (there(G.CANCELED, NONE), here(S.FAILED), []),
        (there(G.REQUIRES_PAYMENT_METHOD, NONE), here(S.CANCELLED, reference=None), []),
        (there(G.REQUIRES_PAYMENT_METHOD, NONE), None, []),
        (there(G.REQUIRES_ACTION, NONE), here(S.REQUIRES_ACTION), []),
        (there(G.PROCESSING, NONE), here(S.PENDING), []),
        (there(), None, [Kind.CAPTURED_NOT_BOOKED]),
        (there(G.PROCESSING, NONE), None, [Kind.CAPTURED_NOT_BOOKED]),
        (there(), here(S.CANCELLED), [Kind.CAPTURED_NOT_BOOKED]),
        (there(), here(S.FAILED), [Kind.CAPTURED_NOT_BOOKED]),
        (there(), here(S.CANCELLED, reference=None), [Kind.CAPTURED_NOT_BOOKED]),
        (there(), here(journal=False), [Kind.CAPTURED_NOT_BOOKED]),
        (there(captured=NINE), here(), [Kind.AMOUNT_DIFFERS]),
        (there(captured=Money(1000, "CAD")), here(), [Kind.AMOUNT_DIFFERS]),
        (there(captured=Money(2000, "USD")), here(), [Kind.AMOUNT_DIFFERS]),
        (there(), here(S.UNKNOWN), [Kind.STILL_OPEN]),
        (there(), here(S.UNKNOWN, since=NOW - YOUNG), []),
        (there(G.CANCELED, NONE), here(S.REVIEW), [Kind.STILL_OPEN]),
        (there(G.REQUIRES_PAYMENT_METHOD, NONE), here(S.PENDING), [Kind.STILL_OPEN]),
        (there(G.REQUIRES_PAYMENT_METHOD, NONE), here(S.UNKNOWN), []),
        (None, here(), [Kind.BOOKED_NOT_CAPTURED]),
        (None, here(expected=False), []),
        (None, here(S.FAILED), []),
        (there(G.CANCELED, NONE), here(), [Kind.BOOKED_NOT_CAPTURED]),
        (there(G.PROCESSING, NONE), here(since=NOW - YOUNG, expected=False), []),
    ],
)
def test_payments(theirs: Taken | None, ours: BookedPayment | None, expected: list[Kind]) -> None:
    taken = {theirs.intent: theirs} if theirs else {}
    assert kinds(Theirs(taken=taken), Ours(payments=(ours,) if ours else ())) == expected


def given(
    status: RefundStatus = RefundStatus.SUCCEEDED, amount: Money = TEN, refund: str | None = None
) -> GatewayRefund:
    """The gateway's refund."""
    return GatewayRefund("re_1", status, amount, "pi_1", refund, None, OLD)


def back(state: RefundState = RefundState.SUCCEEDED, **values: Any) -> BookedRefund:
    """Our refund."""
    return replace(BookedRefund(REFUND, "re_1", state, TEN, OLD, expected=True), **values)


R, B = RefundStatus, RefundState


@pytest.mark.parametrize(
    ("theirs", "ours", "expected"),
    [
        (given(), back(), []),
        (given(R.PENDING), back(B.PENDING), []),
        (given(R.CANCELED), back(B.FAILED), []),
        (given(), None, [Kind.REFUND_NOT_BOOKED]),
        (given(R.PENDING), None, [Kind.REFUND_NOT_BOOKED]),
        (given(R.FAILED), None, []),
        (given(R.FAILED), back(), [Kind.REFUND_DIFFERS]),
        (given(), back(B.PENDING), [Kind.REFUND_DIFFERS]),
        (given(amount=NINE), back(), [Kind.REFUND_DIFFERS]),
        (given(refund=str(REFUND)), back(B.UNKNOWN, reference=None), [Kind.REFUND_DIFFERS]),
        (given(refund=str(REFUND)), back(B.SENDING, reference=None, since=NOW), []),
        (given(refund=str(REFUND)), back(B.FAILED, reference=None), [Kind.REFUND_DIFFERS]),
        (None, back(), [Kind.REFUND_NOT_THERE]),
        (None, back(B.PENDING), [Kind.REFUND_NOT_THERE]),
        (None, back(B.FAILED), []),
        (None, back(expected=False), []),
        (None, back(B.UNKNOWN, reference=None), []),
    ],
)
def test_refunds(theirs: GatewayRefund | None, ours: BookedRefund | None, expected: list[Kind]) -> None:
    refunds = {theirs.id: theirs} if theirs else {}
    assert kinds(Theirs(refunds=refunds), Ours(refunds=(ours,) if ours else ())) == expected


def complaint(status: DisputeStatus = DisputeStatus.OPEN, amount: Money = TEN) -> GatewayDispute:
    """The gateway's dispute."""
    return GatewayDispute("du_1", status, amount, "pi_1", MethodKind.CARD, "fraudulent", "10.4", OLD)


@pytest.mark.parametrize(
    ("theirs", "state", "expected"),
    [
        (complaint(), DisputeState.OPEN, []),
        (complaint(DisputeStatus.LOST), DisputeState.LOST, []),
        (complaint(), None, [Kind.DISPUTE_NOT_BOOKED]),
        (complaint(DisputeStatus.WON), DisputeState.OPEN, [Kind.DISPUTE_DIFFERS]),
        (complaint(amount=NINE), DisputeState.OPEN, [Kind.DISPUTE_DIFFERS]),
        (None, DisputeState.OPEN, [Kind.DISPUTE_NOT_THERE]),
        (replace(complaint(), kind=MethodKind.BANK), DisputeState.LOST, []),
        (replace(complaint(DisputeStatus.WON), kind=MethodKind.BANK), DisputeState.LOST, [Kind.DISPUTE_DIFFERS]),
        (replace(complaint(DisputeStatus.WON), kind=MethodKind.BANK), None, []),
        (complaint(DisputeStatus.WON), None, [Kind.DISPUTE_NOT_BOOKED]),
        (complaint(DisputeStatus.INQUIRY), None, [Kind.DISPUTE_NOT_BOOKED]),
        (complaint(DisputeStatus.INQUIRY), DisputeState.INQUIRY, []),
        (complaint(DisputeStatus.INQUIRY), DisputeState.OPEN, [Kind.DISPUTE_DIFFERS]),
        (complaint(), DisputeState.INQUIRY, [Kind.DISPUTE_DIFFERS]),
        (complaint(DisputeStatus.CLOSED), DisputeState.INQUIRY, [Kind.DISPUTE_DIFFERS]),
        (complaint(DisputeStatus.CLOSED), DisputeState.CLOSED, []),
        (complaint(DisputeStatus.CLOSED), DisputeState.WON, []),
        (complaint(DisputeStatus.CLOSED), DisputeState.OPEN, [Kind.DISPUTE_DIFFERS]),
        (complaint(DisputeStatus.LOST), DisputeState.CLOSED, [Kind.DISPUTE_DIFFERS]),
    ],
)
def test_disputes(theirs: GatewayDispute | None, state: DisputeState | None, expected: list[Kind]) -> None:
    disputes = {theirs.id: theirs} if theirs else {}
    ours = (BookedDispute("du_1", state, TEN, expected=True),) if state else ()
    assert kinds(Theirs(disputes=disputes), Ours(disputes=ours)) == expected
