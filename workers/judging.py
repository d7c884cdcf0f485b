"""When alarms are judged: by the clock, and by workers while the clock is silent. A mistake in it stops nobody."""

from __future__ import annotations

import time

from domain.operations.alarms.judge import judge_for_the_clock, judge_if_time
from kit.clock import utc_now
from kit.log import log

_LOOK_EVERY = 5.0  # seconds between questions of one process; who looks is claimed in the store
_last: float | None = None


def by_clock() -> None:
    """A look, when 15 seconds have passed since anybody's."""
    if _is_time():
        try:
            judge_if_time(utc_now())
        except Exception as problem:  # the store is away, or a bug: the clock goes round all the same
            log().error("alarms.not_judged", error=type(problem).__name__, exc_info=True)


def by_worker() -> None:
    """The same between jobs, and only while the clock is silent."""
    if _is_time():
        try:
            judge_for_the_clock(utc_now())
        except Exception as problem:
            log().error("alarms.not_judged", error=type(problem).__name__)


def _is_time() -> bool:
    global _last
    moment = time.monotonic()
    if _last is not None and moment - _last < _LOOK_EVERY:
        return False
    _last = moment
    return True
