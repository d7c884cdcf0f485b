"""Where a payment stands for the person who pays: fewer words than the protocol has states."""

from __future__ import annotations

from enum import StrEnum

from models.payments import Attempt, AttemptState, Payment, PaymentState


class Stage(StrEnum):
    """What a person sees of a payment."""

    ASKING = "asking"
    CHECKING = "checking"  # asked, no verdict: it may or may not have gone through
    CONFIRM = "confirm"  # the person must confirm at the bank
    PENDING = "pending"
    RECEIVED = "received"
    DECLINED = "declined"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    RETURNED = "returned"

    @property
    def is_open(self) -> bool:
        """Whether something may still happen by itself."""
        return self in (Stage.ASKING, Stage.CHECKING, Stage.CONFIRM, Stage.PENDING)


_OF_ATTEMPT = {
    AttemptState.RESERVED: Stage.ASKING,
    AttemptState.SENDING: Stage.ASKING,
    AttemptState.UNKNOWN: Stage.CHECKING,
    AttemptState.REVIEW: Stage.CHECKING,
    AttemptState.REQUIRES_ACTION: Stage.CONFIRM,
    AttemptState.PENDING: Stage.PENDING,
    AttemptState.SUCCEEDED: Stage.RECEIVED,
    AttemptState.FAILED: Stage.DECLINED,
    AttemptState.EXPIRED: Stage.EXPIRED,
    AttemptState.CANCELLED: Stage.CANCELLED,
    AttemptState.FAILED_BUG: Stage.CANCELLED,
}


def stage_of_attempt(state: AttemptState) -> Stage:
    """The stage of a payment whose latest attempt is in this state."""
    return _OF_ATTEMPT[state]


def stage_of(payment: Payment, attempt: Attempt | None) -> Stage:
    """The stage of a payment; `attempt` is its latest, None for one outside the gateway."""
    if payment.state == PaymentState.REVERSED:
        return Stage.RETURNED
    if attempt is None:
        return Stage.RECEIVED if payment.state == PaymentState.SUCCEEDED else Stage.CANCELLED
    return stage_of_attempt(attempt.state)
