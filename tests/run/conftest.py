"""A whole install on free ports, as `manage.py run` starts it."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from domain.demo import mark
from kit.clock import utc_now
from models import base
from tests.postgres import free_port

HOUSE = Path(__file__).parents[2]


def until(ready: Callable[[], bool], seconds: float = 15.0) -> None:
    """Polls until `ready()`; fails the test when the time is over."""
    deadline = time.monotonic() + seconds
    while not ready():
        assert time.monotonic() < deadline, "not in time"
        time.sleep(0.05)


def free_ports() -> int:
    """The first of four free ports in a row."""
    while True:
        first = free_port()
        try:
            for port in range(first, first + 4):
                with socket.socket() as probe:
                    probe.bind(("127.0.0.1", port))
        except (OSError, OverflowError):
            continue
        return first


def processes_of(home: Path) -> list[int]:
    """The processes that work on a data folder."""
    mark, found = f"DATA_DIR={home}".encode(), []
    for folder in Path("/proc").iterdir():
        with suppress(OSError):
            if folder.name.isdigit() and mark in (folder / "environ").read_bytes().split(b"\0"):
                found.append(int(folder.name))
    return found


@dataclass
class Install:
    """One data folder and the processes on it. Its folder is short: a Unix socket's path must be."""

    port: int = field(default_factory=free_ports)
    home: Path = field(default_factory=lambda: Path(tempfile.mkdtemp(prefix="settle-run-")))
    process: subprocess.Popen[str] | None = None

    def command(self, *words: str, **env: str) -> subprocess.Popen[str]:
        """A command of manage.py, under this install's settings."""
        keep = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        own = {"SETTLE_MODE": "demo", "PORT": str(self.port), "DATA_DIR": str(self.home), "WEB_CONCURRENCY": "1"}
        return subprocess.Popen(
            [sys.executable, "manage.py", *words],
            cwd=HOUSE,
            env=keep | own | env,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def start(self, **env: str) -> list[str]:
        """Starts everything; returns what it said until it was ready."""
        self.process = self.command("run", **env)
        said: list[str] = []
        assert self.process.stdout is not None
        for line in self.process.stdout:
            said.append(line.rstrip())
            if line.startswith("Settle is ready"):
                return said
        raise AssertionError("\n".join(said))

    def left(self) -> list[str]:
        """The command lines of processes that belong to this install."""
        found = []
        for pid in processes_of(self.home):
            with suppress(OSError):
                found.append(Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " "))
        return found

    def stop(self, number: signal.Signals = signal.SIGINT) -> int:
        """Stops everything; the exit code."""
        assert self.process is not None
        self.process.send_signal(number)
        return self.process.wait(40)

    def clear(self) -> None:
        """Ends what a failed test left, and forgets the folder."""
        if self.process is not None and self.process.poll() is None:
            self.stop(signal.SIGKILL)
        shutil.rmtree(self.home, ignore_errors=True)


@pytest.fixture
def install(_golden: Path) -> Iterator[Install]:
    """A new install, not started. Its store says that the demo is made: making one takes a minute."""
    made = Install()
    shutil.copy(_golden, made.home / "settle.db")
    base.configure(f"sqlite:///{made.home / 'settle.db'}")
    mark.made(utc_now().date(), {})
    yield made
    made.clear()
