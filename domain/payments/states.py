"""The state table of an attempt (protocol.md 2): what may follow what, and when somebody must look again."""

from __future__ import annotations

from datetime import datetime, timedelta

from models.payments import AttemptState as S

LEASE = timedelta(seconds=60)
RESERVED_BOUND = timedelta(seconds=60)
ACTION_BOUND = timedelta(minutes=30)
UNKNOWN_BOUND = timedelta(hours=24)
PENDING_BOUND_BANKING_DAYS = 10
_UNKNOWN_LOOKS = tuple(timedelta(seconds=s) for s in (3, 10, 30, 120, 600, 3600, 21600))

CLOSED = frozenset({S.SUCCEEDED, S.FAILED, S.EXPIRED, S.CANCELLED, S.FAILED_BUG})
OPEN = frozenset(S) - CLOSED

# A late success is possible from every open state: the gateway's word counts, whatever we believed.
NEXT: dict[S, frozenset[S]] = {
    S.RESERVED: frozenset({S.SENDING, S.CANCELLED}),
    S.SENDING: frozenset({S.UNKNOWN, S.REQUIRES_ACTION, S.PENDING}) | CLOSED - {S.EXPIRED},
    S.UNKNOWN: frozenset({S.REQUIRES_ACTION, S.PENDING, S.REVIEW}) | CLOSED - {S.FAILED_BUG},
    S.REQUIRES_ACTION: frozenset({S.UNKNOWN, S.PENDING, S.SUCCEEDED, S.FAILED, S.EXPIRED, S.CANCELLED}),
    S.PENDING: frozenset({S.UNKNOWN, S.REVIEW, S.SUCCEEDED, S.FAILED, S.CANCELLED}),
    S.REVIEW: frozenset({S.REQUIRES_ACTION, S.PENDING}) | CLOSED - {S.FAILED_BUG},
}


class IllegalTransition(Exception):
    """Somebody tried to move an attempt to a state that cannot follow the one it is in: a bug."""


def sources(to: S) -> list[S]:
    """The states from which `to` may be reached."""
    found = [state for state, following in NEXT.items() if to in following]
    if not found:
        raise IllegalTransition(f"nothing leads to {to}")
    return found


def next_look(state: S, *, looks: int, now: datetime) -> datetime | None:
    """When an open attempt is looked at next; None for a closed one."""
    match state:
        case S.RESERVED:
            return now + RESERVED_BOUND
        case S.SENDING:
            return now + LEASE
        case S.UNKNOWN:
            return now + _UNKNOWN_LOOKS[min(looks, len(_UNKNOWN_LOOKS) - 1)]
        case S.REQUIRES_ACTION:
            return now + ACTION_BOUND
        case S.PENDING | S.REVIEW:
            return now + timedelta(days=1)
    return None
