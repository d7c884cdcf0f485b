"""Ends a worker whose job has run for more than twice its time-out: not even RQ's alarm got through to it.

`manage.py run` has a supervisor that does this from outside; under systemd each worker has this thread. A job that
does not even let this thread run (it holds the interpreter) is ended by systemd, to whom nobody speaks any more.
"""

from __future__ import annotations

import os
import threading
import time

from kit.log import log
from workers import notify

_EVERY = 5.0  # seconds; the unit's WatchdogSec is several times as long
EXIT = 70  # EX_SOFTWARE


class Watchdog:
    """Knows since when the worker's job runs, and how long it may."""

    def __init__(self, every: float = _EVERY) -> None:
        self._every = every
        self._until: float | None = None
        self._job = ""
        self._over = threading.Event()

    def start(self) -> None:
        """Watches from now on, until `stop`."""
        threading.Thread(target=self._watch, name="watchdog", daemon=True).start()

    def stop(self) -> None:
        """The process ends by itself."""
        self._over.set()

    def begins(self, job: str, timeout: float) -> None:
        """A job begins that may run for `timeout` seconds."""
        self._job, self._until = job, time.monotonic() + 2 * timeout

    def ends(self) -> None:
        """The job is over."""
        self._until = None

    def _watch(self) -> None:
        while not self._over.wait(self._every):
            until = self._until
            if until is not None and time.monotonic() > until:
                log().error("worker.ends_hung_job", job=self._job)
                os._exit(EXIT)  # its main thread does not listen; the row is due again when its lease ends
            notify.tell(notify.ALIVE)
