"""Money that a person must look at: attempts and refunds without an outcome, our own bugs, books that do not agree."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from peewee import SQL, fn

from domain.operations.alarms.late import seconds
from domain.operations.alarms.rules import Reading
from models.merchants import GatewayAccount
from models.payments import Attempt, AttemptState, Refund, RefundState
from models.work import Difference, Tick

_BUGS_TOLD = timedelta(days=1)
_CHECK = "check-invariants"  # the timetable's line
# Said as the index says it, or SQLite does not see that the index fits.
STUCK_ATTEMPT = Attempt.state.in_([SQL("'unknown'"), SQL("'review'"), SQL("'failed_bug'")])
STUCK_REFUND = Refund.state.in_([SQL("'unknown'"), SQL("'review'")])


def stuck(now: datetime) -> list[Reading]:
    """What is in REVIEW, what has been UNKNOWN for how long, what our own bugs have closed in the last day."""
    return [*_of(Attempt, STUCK_ATTEMPT, "attempt", now), *_of(Refund, STUCK_REFUND, "refund", now), _bugs(now)]


def _of(table: Any, stuck: Any, subject: str, now: datetime) -> Iterator[Reading]:
    query = table.select(table.state, fn.COUNT(table.id), fn.MIN(table.state_since)).where(stuck).group_by(table.state)
    found = {str(state): (count, oldest) for state, count, oldest in query.tuples()}
    review, _since = found.get(AttemptState.REVIEW.value, (0, None))
    unknown, oldest = found.get(RefundState.UNKNOWN.value, (0, None))
    yield Reading("review", review, subject)
    yield Reading("unknown_long", seconds(now - oldest) if oldest else 0, subject, facts={"rows": str(unknown)})


def _bugs(now: datetime) -> Reading:
    ours = STUCK_ATTEMPT & (Attempt.state == AttemptState.FAILED_BUG) & (Attempt.state_since > now - _BUGS_TOLD)
    return Reading("failed_bug", Attempt.select().where(ours).count())


def books(_now: datetime) -> list[Reading]:
    """The last check of the promises about money, and what differs from the processors' lists, by account."""
    return [_invariants(), *_differences()]


def _invariants() -> Reading:
    done = Tick.done_at.is_null(False) & (Tick.name == _CHECK)
    last = Tick.select().where(done).order_by(Tick.done_at.desc()).first()
    broken = last.result.partition(" ")[0] if last is not None else ""
    return Reading("invariant_broken", int(broken) if broken.isdecimal() else 0)


def _differences() -> Iterator[Reading]:
    query: Any = (
        Difference.select(Difference.gateway_account, GatewayAccount.merchant, fn.COUNT(Difference.id))
        .join(GatewayAccount)
        .where(Difference.settled_at.is_null())
        .group_by(Difference.gateway_account, GatewayAccount.merchant)
        .tuples()
    )
    for account, merchant, count in query:
        yield Reading("difference_open", count, str(account), str(merchant))
