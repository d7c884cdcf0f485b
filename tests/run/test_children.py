"""What the supervisor does to one child."""

from __future__ import annotations

import os
import signal
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from integrations.queue.snapshot import WorkerView
from kit import config
from tests.run.conftest import Install, until
from workers import valkey
from workers.children import Child, Plan
from workers.supervisor import is_overdue

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("age", "timeout", "overdue"), [(119, 60, False), (121, 60, True), (121, None, False), (None, 60, False)]
)
def test_a_job_older_than_twice_its_time_out_is_overdue(age: int | None, timeout: int | None, overdue: bool) -> None:
    since = None if age is None else NOW - timedelta(seconds=age)
    worker = WorkerView("mail@host#1", "mail", 1, NOW, job_kind="mail", job_since=since, timeout=timeout)
    assert is_overdue(worker, NOW) is overdue


def child(code: str) -> Child:
    return Child(Plan("child", (sys.executable, "-c", code), ready=lambda _pid: True))


def test_a_child_that_died_is_started_again() -> None:
    one = child("import time; time.sleep(60)")
    one.start()
    first = one.pid
    os.kill(first, signal.SIGKILL)
    until(one.look_after)
    until(lambda: not one.look_after() and one.alive())
    assert one.pid != first
    one.kill()
    one.end(0)
    assert not one.alive()


def test_a_child_that_does_not_listen_is_ended_with_its_own_children(tmp_path: Path) -> None:
    mark = tmp_path / "pid"
    one = child(
        "import signal, subprocess, time, pathlib; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
        "other = subprocess.Popen(['sleep', '60']);"
        f"pathlib.Path({str(mark)!r}).write_text(str(other.pid)); time.sleep(60)"
    )
    one.start()
    until(lambda: mark.exists() and mark.read_text() != "")
    one.ask_to_stop()
    one.end(0)
    assert not one.alive()
    until(lambda: not runs(int(mark.read_text())))


def runs(pid: int) -> bool:
    try:
        return "State:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except FileNotFoundError:
        return False


def test_an_orphaned_valkey_is_ended_so_that_a_new_one_can_start(settings: config.Settings, install: Install) -> None:
    chosen = replace(settings, data_dir=install.home)
    orphan = Child(valkey.plan(chosen))
    orphan.start()
    until(orphan.ready)
    valkey.reap(chosen)
    until(lambda: not orphan.alive())
    valkey.reap(chosen)  # nothing there: nothing happens
    again = Child(valkey.plan(chosen))
    again.start()
    until(again.ready)
    again.kill()
    again.end(0)


def test_a_pid_file_that_names_a_stranger_harms_nobody(settings: config.Settings, install: Install) -> None:
    chosen = replace(settings, data_dir=install.home)
    stranger = child("import time; time.sleep(60)")
    stranger.start()
    valkey.pid_file(chosen).parent.mkdir(parents=True)
    valkey.pid_file(chosen).write_text(str(stranger.pid))
    valkey.reap(chosen)
    assert stranger.alive()
    stranger.kill()
    stranger.end(0)
