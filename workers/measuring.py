"""A thread that brings what this process measured and ran to the store. Whoever works never waits for it."""

from __future__ import annotations

import atexit
import os
import threading
from collections.abc import Callable

from domain.operations import measures, runs
from kit.log import log

EVERY = 5.0  # seconds; a failed run is written at once
_LEAST = 0.5  # seconds between two writings, however much fails
_REST = 30.0  # seconds after a store that was away
_AT_THE_END = 5.0  # seconds that a process which ends waits for the last writing


class Measuring:
    """The thread of one process. It has the store's connection of its own thread."""

    def __init__(self, every: float = EVERY) -> None:
        self._every = every
        self._stop = threading.Event()
        self._away = False
        self._thread = threading.Thread(target=self._go_round, name="measuring", daemon=True)

    def start(self) -> None:
        """From now on, until `stop`."""
        self._thread.start()

    def stop(self) -> None:
        """Brings the last of it, if the store is there, and ends. Harmless twice."""
        self._stop.set()
        runs.urgent.set()
        self._thread.join(_AT_THE_END)

    def _go_round(self) -> None:
        while not self._stop.is_set():
            runs.urgent.wait(self._every)
            runs.urgent.clear()
            self.bring()
            self._stop.wait(_REST if self._away else _LEAST)
        self.bring()

    def bring(self) -> None:
        """Writes what there is. Never raises: a store that is away gets it the next time."""
        away = False
        for flush in (measures.flush, runs.flush):
            away = not _done(flush, told=self._away) or away
        self._away = away


def _done(flush: Callable[[], int], *, told: bool) -> bool:
    try:
        flush()
    except Exception as problem:  # whatever it is: work goes on without being measured
        if not told:
            log().warning("measuring.store_away", error=type(problem).__name__)
        return False
    return True


_of_process: dict[int, Measuring] = {}


def start() -> Measuring:
    """Measures from now on in this process, to its end. A second call finds the first; after a fork, call it again."""
    here = os.getpid()
    if here not in _of_process:
        _of_process.clear()
        _of_process[here] = Measuring()
        _of_process[here].start()
        atexit.register(_of_process[here].stop)
    return _of_process[here]
