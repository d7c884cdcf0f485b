"""The clock: the only process that must run for nothing to be forgotten. It needs the store, and nothing else.

Every second it makes ticks, finds whatever is due and not done, and gives hints to the workers. When the queue has been
away for half a minute it does the work itself, one row after another.
"""

from __future__ import annotations

import os
import signal
import socket
import threading
import time
from collections.abc import Callable
from datetime import datetime

from domain.operations import runs, stops
from domain.payments.claims import accounts_with_work
from domain.payments.wave import work_through
from domain.work import rounds, ticks
from domain.work.drain import drain
from domain.work.due import IN_WAVES, Due, hints
from domain.work.wake import Work
from integrations.queue.wake import enqueue
from kit.clock import utc_now
from kit.log import log
from workers import judging, notify

_EVERY = 1.0  # seconds from round to round
_HINT_HOLDS = 15.0  # seconds until a row that is still due gets another hint (the first may be lost)
_PATIENCE = 30.0  # seconds without the queue until the clock does the work itself
_NOTE_EVERY = 5.0  # seconds between notes in the store that the clock goes round


class Clock:
    """What a clock remembers from round to round. Nothing of it matters after a restart."""

    def __init__(
        self,
        keep_on: Callable[[], bool] = lambda: True,
        *,
        hint_holds: float = _HINT_HOLDS,
        patience: float = _PATIENCE,
    ) -> None:
        self._keep_on = keep_on
        self._hint_holds = hint_holds
        self._patience = patience
        self._hinted: dict[Due, float] = {}
        self._queue_away_since: float | None = None
        self._noted: float | None = None

    def round(self) -> None:
        """One round. Raises only what the store raises."""
        now = utc_now()
        stops.lift_ended(now)
        ticks.make(now)
        self._hint(now)
        if self._queue_away_since is not None and time.monotonic() - self._queue_away_since >= self._patience:
            self._do_it_ourselves()
        if self._noted is None or time.monotonic() - self._noted >= _NOTE_EVERY:
            rounds.note(utc_now(), _name())
            self._noted = time.monotonic()

    def _hint(self, now: datetime) -> None:
        moment = time.monotonic()
        self._hinted = {row: at for row, at in self._hinted.items() if moment - at < self._hint_holds}
        held = stops.stopped_kinds(now)  # what is let go on is hinted at once, not when its last hint is forgotten
        self._hinted = {row: at for row, at in self._hinted.items() if row.kind not in held}
        for row in hints(now):
            if row in self._hinted and row.kind != Work.WAVE:  # of an account one hint waits at most, and one should
                continue
            if not enqueue(row.kind.value, row.id):
                self._queue_away_since = self._queue_away_since or moment
                return
            self._queue_away_since = None
            self._hinted[row] = moment

    def _do_it_ourselves(self) -> None:
        with runs.at(runs.Place("clock", f"clock@{_name()}")):
            drained = drain(keep_on=self._keep_on, limit=50, leave=IN_WAVES)
            for account, _since in accounts_with_work(utc_now()):
                work_through(account, keep_on=self._keep_on)
        if drained.total:
            log().warning("clock.worked_without_queue", done=drained.total, failed=len(drained.failed))


def _name() -> str:
    return f"{socket.gethostname()[:25]}#{os.getpid()}"


def main() -> int:
    """Goes round until SIGTERM or SIGINT. A store that is away is waited for."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    clock = Clock(keep_on=lambda: not stop.is_set())
    pause = _EVERY
    while not stop.is_set():
        try:
            clock.round()
            judging.by_clock()
            notify.tell(notify.READY, notify.ALIVE)
            pause = _EVERY
        except Exception as problem:  # whatever it is, the next round is the cure
            log().error("clock.round_failed", error=type(problem).__name__, exc_info=True)
            notify.tell(notify.ALIVE)  # a store that is away is waited for, not a reason to be ended
            pause = min(pause * 2, 30.0)
        stop.wait(pause)
    return 0
