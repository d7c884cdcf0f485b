"""The start: a part that is killed meanwhile comes back, one that cannot run stops everything, a store may restart."""

from __future__ import annotations

import sys
from pathlib import Path

from kit import config
from kit.clock import utc_now
from models import base
from workers import plans
from workers.children import Plan
from workers.supervisor import Supervisor


def started(settings: config.Settings, tmp_path: Path, code: str) -> tuple[bool, list[str]]:
    """Starts a part that runs this code; it is ready when the mark is there."""
    said: list[str] = []
    mark = tmp_path / "mark"
    plan = Plan("part", (sys.executable, "-c", code.format(mark=str(mark))), ready=lambda _pid: mark.exists())
    supervisor = Supervisor(settings, said.append)
    try:
        return supervisor._start([plan]), said
    finally:
        supervisor._stop_all()


def test_a_part_that_was_killed_during_the_start_comes_back(settings: config.Settings, tmp_path: Path) -> None:
    dies_once = (
        "import os, pathlib, signal, time; before = pathlib.Path({mark!r} + '-1');"
        "before.exists() or (before.touch(), os.kill(os.getpid(), signal.SIGKILL));"
        "pathlib.Path({mark!r}).touch(); time.sleep(60)"
    )
    assert started(settings, tmp_path, dies_once) == (True, [])


def test_a_part_that_cannot_run_is_named_and_everything_is_stopped(settings: config.Settings, tmp_path: Path) -> None:
    came_up, said = started(settings, tmp_path, "raise SystemExit(1)")
    assert not came_up
    assert said == ["Not started: part ends at once, so everything is stopped again."]


def test_a_store_that_restarts_during_the_start_is_waited_for() -> None:
    base.configure("postgresql://nobody@127.0.0.1:1/none")
    assert not plans._went_round_since(utc_now())
