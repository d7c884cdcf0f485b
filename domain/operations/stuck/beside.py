"""What we have beside what the processor said: in what the two differ. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from domain.operations.stuck.terms import NOTHING_MADE, NOTHING_TAKEN
from integrations.gateways.base import IntentStatus, RefundStatus
from kit.money import Money
from models.payments import AttemptState, RefundState


class Differs(StrEnum):
    """In what."""

    STATUS = "status"
    AMOUNT = "amount"
    CAPTURED = "captured"
    REFERENCE = "reference"  # another charge, or another refund


@dataclass(frozen=True)
class Ours:
    """Our row."""

    state: AttemptState | RefundState
    amount: Money
    booked: Money
    reference: str | None  # the charge, or the refund's own id at the processor


@dataclass(frozen=True)
class Theirs:
    """The processor's answer; what it did not tell is None."""

    said: str
    amount: Money | None
    captured: Money | None
    reference: str | None


_AGREED: dict[AttemptState, frozenset[str]] = {
    AttemptState.SUCCEEDED: frozenset({IntentStatus.SUCCEEDED.value}),
    AttemptState.PENDING: frozenset({IntentStatus.PROCESSING.value}),
    AttemptState.REQUIRES_ACTION: frozenset({IntentStatus.REQUIRES_ACTION.value}),
    **dict.fromkeys(
        (AttemptState.FAILED, AttemptState.EXPIRED, AttemptState.CANCELLED, AttemptState.FAILED_BUG), NOTHING_TAKEN
    ),
}
_AGREED_BACK: dict[RefundState, frozenset[str]] = {
    RefundState.SUCCEEDED: frozenset({RefundStatus.SUCCEEDED.value}),
    RefundState.PENDING: frozenset({RefundStatus.PENDING.value, RefundStatus.REQUIRES_ACTION.value}),
    RefundState.FAILED: NOTHING_MADE,
}


def compare(ours: Ours, theirs: Theirs) -> tuple[Differs, ...]:
    """Everything in which they differ. A state that we do not know yet agrees with nothing."""
    found = [] if theirs.said in _agreeing(ours.state) else [Differs.STATUS]
    if theirs.amount is not None and theirs.amount != ours.amount:
        found.append(Differs.AMOUNT)
    if theirs.captured is not None and theirs.captured != ours.booked:
        found.append(Differs.CAPTURED)
    if theirs.reference and theirs.reference != ours.reference:
        found.append(Differs.REFERENCE)
    return tuple(found)


def _agreeing(state: AttemptState | RefundState) -> frozenset[str]:
    none: frozenset[str] = frozenset()
    return _AGREED_BACK.get(state, none) if isinstance(state, RefundState) else _AGREED.get(state, none)
