"""How many charges end in a "no": the last hour beside the same hour of the last four weeks, per processor account."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import reduce
from typing import Any
from uuid import UUID

from peewee import fn

from domain.operations.kept import kept
from models.base import connected
from models.payments import Attempt, AttemptState

_HOUR = timedelta(hours=1)
_WEEK = timedelta(weeks=1)
_WEEKS = 4
_VERDICTS = (AttemptState.SUCCEEDED, AttemptState.FAILED)  # a decline is a failure with the issuer's answer


@dataclass(frozen=True)
class Verdicts:
    """Attempts that came to a verdict, and how many of them were declined."""

    all: int = 0
    declined: int = 0

    @property
    def share(self) -> int | None:
        """Declined ones of 1000; None when there was no verdict."""
        return (1000 * self.declined + self.all // 2) // self.all if self.all else None


@dataclass(frozen=True)
class Declines:
    """By account: the last hour, and the same hour of four weeks together."""

    lately: Mapping[UUID, Verdicts]
    before: Mapping[UUID, Verdicts]


def declines(now: datetime) -> Declines:
    """As of at most a minute ago; what the weeks before were like as of at most ten minutes ago."""
    hour = now.replace(minute=now.minute // 10 * 10, second=0, microsecond=0)
    lately, _at = kept("declines", lambda: _verdicts([now]), now=now, seconds=60)
    before, _at = kept(
        "declines-before", lambda: _verdicts([hour - _WEEK * n for n in range(1, _WEEKS + 1)]), now=hour, seconds=600
    )
    return Declines(lately, before)


def _verdicts(ends: list[datetime]) -> dict[UUID, Verdicts]:
    """Of the hours that end then: one query, by the index of closing times."""
    hours: list[Any] = [
        Attempt.select(Attempt.gateway_account, Attempt.state, fn.COUNT(Attempt.id))
        .where((Attempt.closed_at > end - _HOUR) & (Attempt.closed_at <= end) & Attempt.state.in_(_VERDICTS))
        .group_by(Attempt.gateway_account, Attempt.state)
        for end in ends
    ]
    asked: Any = reduce(lambda before, one: before.union_all(one), hours)
    found: dict[UUID, Verdicts] = defaultdict(Verdicts)
    with connected():
        for account, state, n in asked.tuples():
            was = found[account]
            found[account] = Verdicts(was.all + n, was.declined + (n if state == AttemptState.FAILED else 0))
    return dict(found)
