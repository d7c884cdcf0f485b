"""`manage.py run`: all of it comes up, is looked after, and goes without a trace."""

from __future__ import annotations

import os
import signal
import socket
import urllib.request
from pathlib import Path

import pytest
from redis import Redis
from rq import Worker

from tests.postgres import free_port
from tests.run.conftest import Install, until

pytestmark = pytest.mark.slow


def status(port: int, path: str) -> int:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as answer:
        return int(answer.status)


def workers(install: Install) -> dict[str, int]:
    with Redis(unix_socket_path=str(install.home / "valkey" / "valkey.sock")) as redis:
        return {worker.name.split("@")[0]: worker.pid or 0 for worker in Worker.all(connection=redis)}


def test_everything_answers_is_looked_after_and_leaves_nothing(install: Install) -> None:
    said = install.start()
    assert said[-1] == f"Settle is ready: http://127.0.0.1:{install.port}/"
    assert status(install.port, "/healthz") == status(install.port, "/readyz") == 200
    assert status(install.port + 1, "/messages.json") == 200
    assert status(install.port + 2, "/sandbox/state.json") == 200
    socket.create_connection(("127.0.0.1", install.port + 3), timeout=5).close()
    before = workers(install)
    assert set(before) == {"charges", "mail", "webhooks", "figures", "upkeep", "imports"}
    os.kill(before["mail"], signal.SIGKILL)
    until(lambda: workers(install).get("mail", before["mail"]) != before["mail"])
    assert install.stop() == 0
    assert install.left() == []


def test_a_second_start_works_and_a_killed_supervisor_takes_everything_along(install: Install) -> None:
    install.start()
    assert install.stop(signal.SIGKILL) == -signal.SIGKILL
    until(lambda: install.left() == [])
    install.start()
    assert status(install.port, "/readyz") == 200
    assert install.stop(signal.SIGTERM) == 0
    assert install.left() == []


def test_without_redis_the_portal_comes_up_all_the_same(install: Install) -> None:
    said = install.start(REDIS_URL=f"redis://127.0.0.1:{free_port()}/0")
    assert "Redis does not answer" in said[0]
    assert status(install.port, "/healthz") == 200
    assert install.stop() == 0
    assert install.left() == []


def refusal(install: Install, **env: str) -> str:
    """The one sentence of a start that is refused."""
    process = install.command("run", **env)
    out, said = process.communicate(timeout=30)
    assert process.returncode == 2
    assert out == ""
    assert len(said.strip().splitlines()) == 1
    assert install.left() == []
    return said


@pytest.mark.parametrize("ahead", [0, 2])
def test_a_taken_port_is_one_sentence(install: Install, ahead: int) -> None:
    with socket.create_server(("127.0.0.1", install.port + ahead)):
        said = refusal(install)
    assert f"Port {install.port + ahead}" in said
    assert "PORT=" in said


def test_a_second_one_on_the_same_folder_is_one_sentence(install: Install) -> None:
    install.start()
    other = Install(home=install.home)
    process = other.command("run")
    said = process.communicate(timeout=30)[1]
    assert process.returncode == 2
    assert "already runs" in said
    assert install.process is not None
    assert str(install.process.pid) in said
    assert install.stop() == 0


@pytest.mark.parametrize(
    ("env", "named"),
    [
        ({"SETTLE_MODE": "live"}, "SECRET_KEY"),
        (
            {
                "SETTLE_MODE": "live",
                "SECRET_KEY": "k" * 40,
                "SMTP_URL": "smtp://127.0.0.1",
                "DATABASE_URL": "sqlite:///:memory:",
            },
            "manage.py migrate",
        ),
        ({"PORT": "eighty"}, "PORT='eighty'"),
    ],
)
def test_a_wrong_setting_is_one_sentence(install: Install, env: dict[str, str], named: str) -> None:
    assert named in refusal(install, **env)


def test_a_folder_too_deep_for_a_socket_is_one_sentence(install: Install, tmp_path: Path) -> None:
    assert "DATA_DIR" in refusal(install, DATA_DIR=str(tmp_path / ("deep" * 30)))
