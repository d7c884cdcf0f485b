"""A child process of the supervisor: started so that it cannot outlive it, watched, started again, stopped."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

_PR_SET_PDEATHSIG = 1  # linux/prctl.h
_LONGEST_PAUSE = 30.0  # seconds until a child that keeps dying is tried again
_STEADY = 60.0  # seconds of life after which an end counts as a new trouble


def _libc() -> ctypes.CDLL | None:
    return ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


@dataclass(frozen=True)
class Plan:
    """What a child is: how it is started, and how to tell that it answers."""

    name: str
    command: tuple[str, ...]
    ready: Callable[[int], bool]  # given its process id
    patience: float = 20.0  # seconds that it gets to stop by itself
    queue: str | None = None  # of a worker


@dataclass
class Child:
    """A running child. `log` is where its output goes; None: to ours."""

    plan: Plan
    log: Path | None = None
    _process: subprocess.Popen[bytes] | None = None
    _started: float = 0.0
    _pause: float = 0.0
    _again_at: float = 0.0
    _env: dict[str, str] = field(default_factory=dict)

    @property
    def pid(self) -> int:
        """Its process id, 0 before the first start."""
        return self._process.pid if self._process else 0

    def start(self) -> None:
        """Starts it in a session of its own: Ctrl-C reaches the supervisor first, which then stops all in order."""
        libc, parent = _libc(), os.getpid()

        def die_with_parent() -> None:
            if libc is not None:
                libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
                if os.getppid() != parent:  # it went before we asked
                    os._exit(1)

        output = self._output()
        self._process = subprocess.Popen(
            self.plan.command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
            preexec_fn=die_with_parent,  # noqa: PLW1509 - the supervisor has one thread
        )
        if output is not None:
            output.close()
        self._started = time.monotonic()

    def _output(self) -> IO[bytes] | None:
        if self.log is None:
            return None
        self.log.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        return self.log.open("ab")

    def alive(self) -> bool:
        """Whether it runs."""
        return self._process is not None and self._process.poll() is None

    def ready(self) -> bool:
        """Whether it runs and answers."""
        return self.alive() and self.plan.ready(self.pid)

    def look_after(self) -> bool:
        """Starts it again when it has died, later and later if it keeps dying; True when it has just died."""
        now = time.monotonic()
        if self.alive():
            return False
        if not self._again_at:
            self._pause = 0.5 if now - self._started > _STEADY else min(max(self._pause * 2, 0.5), _LONGEST_PAUSE)
            if self._process is not None and self._process.returncode == 0:
                self._pause = 0.5  # it ended as it should: a worker that has done its number of jobs
            self._again_at = now + self._pause
            return True
        if now >= self._again_at:
            self._again_at = 0.0
            self.start()
        return False

    def ask_to_stop(self) -> None:
        """Asks it to finish what it does and end."""
        if self.alive() and self._process is not None:
            self._process.terminate()

    def end(self, until: float) -> None:
        """Waits for its end until that moment (monotonic), then ends it and whatever it left in its session."""
        if self._process is None:
            return
        try:
            self._process.wait(max(until - time.monotonic(), 0.05))
        except subprocess.TimeoutExpired:
            self.kill()
            self._process.wait()

    def kill(self) -> None:
        """Ends it at once, with the processes that it started (gunicorn's workers)."""
        if self._process is None:
            return
        try:
            os.killpg(self._process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
