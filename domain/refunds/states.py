"""The state table of a refund: what may follow what, and when somebody must look again."""

from __future__ import annotations

from datetime import datetime, timedelta

from models.payments import Refund
from models.payments import RefundState as S

LEASE = timedelta(seconds=60)
SAME_KEY = timedelta(hours=20)  # Stripe forgets a key after 24 h at the earliest; the rest is for a request that stalls
UNKNOWN_BOUND = timedelta(hours=24)  # since the first time it was sent
PENDING_BOUND = timedelta(days=45)  # a bank refund takes days; Stripe gives up one that waits for details after 45
_DAY = timedelta(days=1)
_UNKNOWN_LOOKS = tuple(timedelta(seconds=s) for s in (3, 10, 30, 120, 600, 3600, 21600))

OPEN = frozenset({S.RESERVED, S.SENDING, S.UNKNOWN})  # the unique index of models.payments.Refund says the same
CLOSED = frozenset({S.SUCCEEDED, S.FAILED})
COUNTED = frozenset(S) - {S.FAILED}  # what may not be given back again

# A refund that succeeded may fail days later: the bank sends the money back.
NEXT: dict[S, frozenset[S]] = {
    S.RESERVED: frozenset({S.SENDING, S.PENDING, S.SUCCEEDED, S.FAILED}),
    S.SENDING: frozenset({S.UNKNOWN, S.PENDING, S.SUCCEEDED, S.FAILED}),
    S.UNKNOWN: frozenset({S.SENDING, S.PENDING, S.SUCCEEDED, S.FAILED, S.REVIEW}),
    S.REVIEW: frozenset({S.PENDING, S.SUCCEEDED, S.FAILED}),
    S.PENDING: frozenset({S.SUCCEEDED, S.FAILED, S.REVIEW}),
    S.SUCCEEDED: frozenset({S.FAILED}),
    S.FAILED: frozenset(),
}


def may_follow(refund: Refund, to: S) -> bool:
    """Whether `to` may follow. One that was closed as never made is taken up again when the gateway shows it."""
    never_made = refund.state == S.FAILED and refund.gateway_ref is None
    return to in NEXT[refund.state] or (never_made and to in (S.PENDING, S.SUCCEEDED))


def next_look(state: S, *, looks: int, now: datetime) -> datetime | None:
    """When a refund is looked at next; None for a closed one."""
    match state:
        case S.RESERVED:
            return now
        case S.SENDING:
            return now + LEASE
        case S.UNKNOWN:
            return now + _UNKNOWN_LOOKS[min(looks, len(_UNKNOWN_LOOKS) - 1)]
        case S.PENDING | S.REVIEW:
            return now + _DAY
    return None
