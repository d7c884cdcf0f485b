"""What systemd is given: every queue has its worker, nothing is killed at work, nothing stays down."""

from __future__ import annotations

import configparser
import shutil
import subprocess
from pathlib import Path

import pytest

from integrations.queue.kinds import KINDS, QUEUES

UNITS = Path(__file__).parents[2] / "deploy" / "systemd"
SERVICES = ("settle-web.service", "settle-clock.service", "settle-worker@.service")
IMPORTS = "imports"  # longer than a stop waits for; it goes on where it was


class _Unit(configparser.RawConfigParser):
    def optionxform(self, optionstr: str) -> str:
        return optionstr


def _read(name: str) -> _Unit:
    unit = _Unit(strict=False)
    unit.read(UNITS / name)
    return unit


def test_every_queue_has_a_worker() -> None:
    wanted = (UNITS / "settle.target").read_text()
    assert [queue for queue in QUEUES if f"settle-worker@{queue}.service" not in wanted] == []


@pytest.mark.parametrize("name", SERVICES)
def test_it_comes_back_however_often_it_ends(name: str) -> None:
    unit = _read(name)
    assert (unit["Service"]["Restart"], unit["Unit"]["StartLimitIntervalSec"]) == ("always", "0")


def test_a_stop_leaves_time_for_what_is_under_way() -> None:
    worker, web = _read("settle-worker@.service")["Service"], _read("settle-web.service")["Service"]
    longest = max(kind.timeout for kind in KINDS.values() if kind.queue != IMPORTS)
    assert worker["KillMode"] == web["KillMode"] == "mixed", "else systemd kills the job with its worker"
    assert int(worker["TimeoutStopSec"]) > longest
    graceful: dict[str, int] = {}
    exec(compile((UNITS.parent / "gunicorn.conf.py").read_text(), "gunicorn.conf.py", "exec"), graceful)
    assert int(web["TimeoutStopSec"]) > graceful["graceful_timeout"]
    assert "migrate" not in str(dict(web)), "a web server does not migrate: deploy/upgrade.sh does, before it"


@pytest.mark.parametrize("name", [*SERVICES, "settle-backup.service"])
def test_what_it_writes_is_its_users_alone(name: str) -> None:
    service = _read(name)["Service"]
    assert (service["User"], service["UMask"], service["NoNewPrivileges"]) == ("settle", "0077", "yes")


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd-analyze on this machine")
def test_systemd_understands_them(tmp_path: Path) -> None:
    for unit in UNITS.iterdir():
        text = unit.read_text().replace("/opt/settle/.venv/bin/", "/bin/").replace("/opt/settle", "/tmp")
        text = text.replace("/bin/gunicorn", "/bin/true").replace("/bin/python", "/bin/true")
        (tmp_path / unit.name).write_text(text.replace("User=settle", "User=root"))
    (tmp_path / "settle-worker@charges:2.service").write_text((tmp_path / "settle-worker@.service").read_text())
    for unit in (*tmp_path.glob("settle-[wcb]*.service"), *tmp_path.glob("*.timer")):
        if "@." in unit.name:
            continue
        said = subprocess.run(
            ["systemd-analyze", "verify", "--man=no", "--recursive-errors=no", str(unit)],
            capture_output=True, text=True, check=False,
        ).stderr  # fmt: skip
        assert [line for line in said.splitlines() if line.startswith(str(tmp_path))] == []
