"""Whether the money of a row of work may have moved: what decides if it may be done again or only asked about.

Read from the store's rows alone, never from a queue: a queue forgets, and takes what succeeded for abandoned. The state
table of attempts is protocol.md 2.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from enum import StrEnum
from uuid import UUID

from domain.operations import money_rows
from domain.operations.money_rows import Asked
from domain.work.wake import Work
from models.base import connected
from models.payments import AttemptState, RefundState


class MoneyState(StrEnum):
    """What has become of a row's money, as the books know it."""

    NONE = "none"  # there is no money in this work
    NOT_SENT = "not_sent"  # nobody was asked for it yet
    NOT_MOVED = "not_moved"  # asked for, and the answer was no
    MAY_HAVE_MOVED = "may_have_moved"  # asked for, and the answer is not final; of a wave: for a part of its rows
    MOVED = "moved"
    RETURNED = "returned"  # moved, and the bank has taken it back

    @property
    def replayable(self) -> bool:
        """Whether the work may be done again. Where money moved, or may have, it can only be asked about."""
        return self in (MoneyState.NONE, MoneyState.NOT_SENT, MoneyState.NOT_MOVED)


_ASKED = {
    AttemptState.SENDING: MoneyState.MAY_HAVE_MOVED,
    AttemptState.UNKNOWN: MoneyState.MAY_HAVE_MOVED,
    AttemptState.REQUIRES_ACTION: MoneyState.MAY_HAVE_MOVED,
    AttemptState.PENDING: MoneyState.MAY_HAVE_MOVED,
    AttemptState.REVIEW: MoneyState.MAY_HAVE_MOVED,
    AttemptState.SUCCEEDED: MoneyState.MOVED,
    AttemptState.FAILED: MoneyState.NOT_MOVED,
    AttemptState.EXPIRED: MoneyState.NOT_MOVED,
    AttemptState.CANCELLED: MoneyState.NOT_MOVED,
    AttemptState.FAILED_BUG: MoneyState.NOT_MOVED,
}
_GIVEN_BACK = {
    RefundState.SENDING: MoneyState.MAY_HAVE_MOVED,
    RefundState.UNKNOWN: MoneyState.MAY_HAVE_MOVED,
    RefundState.PENDING: MoneyState.MAY_HAVE_MOVED,
    RefundState.REVIEW: MoneyState.MAY_HAVE_MOVED,
    RefundState.SUCCEEDED: MoneyState.MOVED,
    RefundState.FAILED: MoneyState.NOT_MOVED,
}


def money_states(kind: Work, row_ids: Iterable[UUID]) -> dict[UUID, MoneyState]:
    """What has become of the money of each of these rows of one kind. At most five queries, however many rows."""
    ids = list(dict.fromkeys(row_ids))
    if not ids:
        return {}
    with connected():
        found = _found(kind, ids)
    return {id_: found.get(id_, MoneyState.NONE) for id_ in ids}


def _found(kind: Work, ids: list[UUID]) -> dict[UUID, MoneyState]:
    if kind in _BEHIND:
        return _by_attempt(_BEHIND[kind](ids))
    return _LOOKS[kind](ids) if kind in _LOOKS else {}


def attempt_behind(kind: Work, row_id: UUID) -> UUID | None:
    """The attempt that a row's money state is told by, where there is one."""
    if kind is Work.ATTEMPT:
        return row_id
    look = _BEHIND.get(kind)
    with connected():
        return look([row_id]).get(row_id) if look is not None else None


def of_attempt(asked: Asked) -> MoneyState:
    """Of one attempt. Pure. The books go first: money that they hold has moved, whatever the attempt says."""
    if asked.state == AttemptState.RESERVED:
        state = MoneyState.MAY_HAVE_MOVED if asked.sent else MoneyState.NOT_SENT
    else:
        state = _ASKED[AttemptState(asked.state)]
    if asked.booked_without_success and state is not MoneyState.MAY_HAVE_MOVED:
        state = MoneyState.MOVED
    return MoneyState.RETURNED if state is MoneyState.MOVED and asked.reversed else state


def of_refund(asked: Asked) -> MoneyState:
    """Of one refund: whether the money went back. Pure."""
    if asked.state == RefundState.RESERVED:
        return MoneyState.MAY_HAVE_MOVED if asked.sent else MoneyState.NOT_SENT
    return _GIVEN_BACK[RefundState(asked.state)]


def _attempts(ids: list[UUID]) -> dict[UUID, MoneyState]:
    return {id_: of_attempt(asked) for id_, asked in money_rows.attempts(ids).items()}


def _refunds(ids: list[UUID]) -> dict[UUID, MoneyState]:
    return {id_: of_refund(asked) for id_, asked in money_rows.refunds(ids).items()}


def _by_attempt(found: dict[UUID, UUID | None]) -> dict[UUID, MoneyState]:
    """Rows that stand behind an attempt; without one nothing was sent."""
    states = _attempts([attempt for attempt in found.values() if attempt is not None])
    return {row: states.get(attempt, MoneyState.NOT_SENT) if attempt else MoneyState.NOT_SENT
            for row, attempt in found.items()}  # fmt: skip


def _waves(ids: list[UUID]) -> dict[UUID, MoneyState]:
    found = money_rows.waves(ids)
    return {
        id_: MoneyState.MAY_HAVE_MOVED if sent else MoneyState.NOT_SENT if due else MoneyState.NONE
        for id_, (sent, due) in found.items()
    }


_BEHIND: dict[Work, Callable[[list[UUID]], dict[UUID, UUID | None]]] = {
    Work.COLLECT: money_rows.of_orders,
    Work.RETRY: money_rows.of_tries,
    Work.SCHEDULE: money_rows.of_schedules,
    Work.PROMISE: money_rows.of_promises,
}
_LOOKS: dict[Work, Callable[[list[UUID]], dict[UUID, MoneyState]]] = {
    Work.ATTEMPT: _attempts,
    Work.REFUND: _refunds,
    Work.WAVE: _waves,
}
