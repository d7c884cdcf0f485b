"""A worker that hangs so that no alarm reaches it: it ends itself, and systemd hears from the living only."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

from workers import notify, watchdog

_HUNG = """
import signal, sys
from workers.watchdog import Watchdog
dog = Watchdog(every=0.05)
dog.start()
dog.begins("mail-1", 60.0)
dog.ends()
dog.begins("mail-2", float(sys.argv[1]))
signal.pause()  # no exception gets out of here
"""


def _run(timeout: str, seconds: float, **env: str) -> int | None:
    command = [sys.executable, "-c", _HUNG, timeout]
    process = subprocess.Popen(command, cwd=Path(__file__).parents[2], env=os.environ | env, stderr=subprocess.DEVNULL)
    try:
        return process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        return None


def test_a_job_beyond_twice_its_time_ends_the_process() -> None:
    assert _run("0.05", 20) == watchdog.EXIT


def test_a_job_within_its_time_goes_on_and_systemd_hears_of_it() -> None:
    with tempfile.TemporaryDirectory() as folder, socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(f"{folder}/notify")
        systemd.settimeout(10)
        assert _run("60", 1.5, NOTIFY_SOCKET=f"{folder}/notify") is None
        assert systemd.recv(100) == notify.ALIVE.encode()


def test_without_systemd_nothing_is_told() -> None:
    assert notify.tell(notify.READY) is False
