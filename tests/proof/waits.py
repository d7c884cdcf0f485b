"""How long people waited to know: read off the log, as an operator would."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import structlog

from kit.clock import utc_now
from models.payments import Attempt
from models.payments import AttemptState as S

_IN_DOUBT = frozenset({S.SENDING, S.UNKNOWN})
_TOLD = ("attempt.recorded",)


@dataclass(frozen=True)
class Wait:
    """From the moment when an attempt was sent, or what was known was lost, until it was known again."""

    seconds: float
    ended: str  # the state that ended it
    dark: bool  # whether no worker ran for a part of it


@dataclass
class _Watching:
    lines: list[tuple[datetime, UUID, S, S]] = field(default_factory=list)

    def __call__(self, _logger: Any, _name: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
        if event.get("event") in _TOLD:
            self.lines.append((utc_now(), UUID(event["attempt"]), S(event["was"]), S(event["state"])))
        raise structlog.DropEvent

    def found(self, dark: list[tuple[float, float]]) -> list[Wait]:
        """Every wait that has ended."""
        since = {row.id: row.sent_at for row in Attempt.select(Attempt.id, Attempt.sent_at)}
        ended: list[Wait] = []
        for at, attempt, was, state in self.lines:
            if state == S.UNKNOWN:
                if was not in _IN_DOUBT:
                    since[attempt] = at
            elif was in _IN_DOUBT and since[attempt] is not None:
                began, end = since[attempt].timestamp(), at.timestamp()
                covered = any(start < end and stop > began for start, stop in dark)
                ended.append(Wait(end - began, str(state), covered))
        return ended


@contextmanager
def waits() -> Iterator[_Watching]:
    """Inside, the log goes nowhere but here."""
    watching = _Watching()
    before = structlog.get_config()
    structlog.configure(
        processors=[watching],
        wrapper_class=structlog.make_filtering_bound_logger(20),
        logger_factory=structlog.ReturnLoggerFactory(),
    )
    try:
        yield watching
    finally:
        structlog.configure(**before)
