"""What may be decided about stuck money, and when: the words, the limits and the rules. Pure.

Where an outcome is not known, closing by hand is the one act that could let somebody pay twice. So it asks for what the
processor said a few minutes ago, and only two answers will do: it has no such thing, or it has cancelled it. Both are
final at the processor. Where the account cannot be read any more the operator types the amount.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from domain.payments.states import UNKNOWN_BOUND
from integrations.gateways.base import IntentStatus, RefundStatus
from models.payments import AttemptState, RefundState

FRESH = timedelta(minutes=10)  # evidence on which something may be closed
WAITS = (timedelta(hours=1), timedelta(hours=6), timedelta(days=1))  # the longest is the protocol's own


class Decided(StrEnum):
    """What a person decided. Stored."""

    CANCEL = "cancel"  # the intent is cancelled at the processor
    NOT_TAKEN = "not_taken"  # closed: the processor took nothing
    NEVER_MADE = "never_made"  # a refund, closed: the processor has none
    WAIT = "wait"
    LOOK = "look"  # a difference was looked at again
    SETTLED = "settled"  # a difference, by hand


class Said(StrEnum):
    """What the processor said when it did not tell a status. Stored beside the statuses."""

    NO_SUCH = "no_such"  # it says that it has no such intent or refund
    NEVER_ASKED = "never_asked"  # no intent was stored: there is nothing to ask about
    NO_ANSWER = "no_answer"
    KEY_REFUSED = "key_refused"
    KEY_UNREADABLE = "key_unreadable"  # the key that we keep cannot be decrypted


NOTHING_TAKEN = frozenset({IntentStatus.CANCELED.value, Said.NO_SUCH.value, Said.NEVER_ASKED.value})
NOTHING_MADE = frozenset(
    {RefundStatus.FAILED.value, RefundStatus.CANCELED.value, Said.NO_SUCH.value, Said.NEVER_ASKED.value}
)
UNREADABLE = frozenset({Said.KEY_REFUSED.value, Said.KEY_UNREADABLE.value})
CANCELLABLE = frozenset(
    {
        IntentStatus.REQUIRES_PAYMENT_METHOD.value,
        IntentStatus.REQUIRES_CONFIRMATION.value,
        IntentStatus.REQUIRES_ACTION.value,
    }
)


class Why(StrEnum):
    """Why something cannot be decided now."""

    CLOSED = "closed"
    NOT_STUCK = "not_stuck"
    EARLY = "early"  # it is still asked about by itself
    BUSY = "busy"  # somebody asks the processor just now
    NOT_ASKED = "not_asked"
    STALE = "stale"
    ALIVE = "alive"  # the processor may still take the money
    ON_ITS_WAY = "on_its_way"
    TAKEN = "taken"
    NO_ANSWER = "no_answer"
    NOTHING_TO_CANCEL = "nothing_to_cancel"
    KEY = "key"  # cannot be cancelled: the account cannot be read


@dataclass(frozen=True)
class Facts:
    """What a decision is judged by. `said` and `asked_at` are the latest evidence."""

    state: AttemptState | RefundState
    since: datetime
    leased: bool
    said: str | None = None
    asked_at: datetime | None = None


def against_waiting(facts: Facts) -> Why | None:
    """Why nothing can be decided at all; None when it is stuck."""
    if facts.state in (AttemptState.UNKNOWN, AttemptState.REVIEW, RefundState.UNKNOWN, RefundState.REVIEW):
        return None
    closed = facts.state in (
        AttemptState.SUCCEEDED, AttemptState.FAILED, AttemptState.EXPIRED, AttemptState.CANCELLED,
        AttemptState.FAILED_BUG, RefundState.SUCCEEDED, RefundState.FAILED,
    )  # fmt: skip
    return Why.CLOSED if closed else Why.NOT_STUCK


def against_asking_first(facts: Facts, now: datetime) -> Why | None:
    """Why an act that rests on evidence cannot be done now, whatever the evidence says."""
    if (why := against_waiting(facts)) is not None:
        return why
    if facts.leased:
        return Why.BUSY
    if facts.said is None or facts.asked_at is None:
        return Why.NOT_ASKED
    return Why.STALE if now - facts.asked_at > FRESH else None


def against_cancelling(facts: Facts, now: datetime) -> Why | None:
    """Why the intent cannot be cancelled at the processor now."""
    if (why := against_asking_first(facts, now)) is not None:
        return why
    if facts.said in CANCELLABLE:
        return None
    known = {Said.NO_ANSWER.value: Why.NO_ANSWER, **dict.fromkeys(UNREADABLE, Why.KEY)}
    return known.get(facts.said or "") or _moved(facts.said) or Why.NOTHING_TO_CANCEL


def against_closing(facts: Facts, now: datetime) -> Why | None:
    """Why it cannot be closed as not taken (or, a refund, as never made) now. None: it can, where the account cannot
    be read with the amount typed."""
    if (why := against_waiting(facts)) is not None:
        return why
    if facts.state in (AttemptState.UNKNOWN, RefundState.UNKNOWN) and now - facts.since < UNKNOWN_BOUND:
        return Why.EARLY
    if (why := against_asking_first(facts, now)) is not None:
        return why
    nothing = NOTHING_MADE if isinstance(facts.state, RefundState) else NOTHING_TAKEN
    if facts.said in nothing or facts.said in UNREADABLE:
        return None
    if facts.said == Said.NO_ANSWER:
        return Why.NO_ANSWER
    return _moved(facts.said) or Why.ALIVE


def _moved(said: str | None) -> Why | None:
    if said == IntentStatus.SUCCEEDED.value:
        return Why.TAKEN
    on_its_way = (IntentStatus.PROCESSING.value, RefundStatus.PENDING.value)
    return Why.ON_ITS_WAY if said in on_its_way else None
