"""A portal as an operator runs it (gunicorn, its own plan), with every neighbour behind a gate."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from contextlib import closing
from pathlib import Path
from typing import Any

import requests
from redis import Redis

from kit import config
from models import base
from sandbox.inbox.catcher import Catcher, listen
from sandbox.inbox.letters import Caught, Letters
from tests.hard.gate import Gate
from tests.postgres import free_port
from tests.sandbox.running import Running, until
from workers import plans, valkey

HOUSE = Path(__file__).parents[2]
PATIENCE = 60.0  # seconds for a process to come up, on a machine that has other things to do


class House:
    """One data folder and what runs on it. Gates to Redis and the relay begin refusing, the one to the gateway open."""

    def __init__(self, golden: Path, *gateway_options: str) -> None:
        self.home = Path(tempfile.mkdtemp(prefix="settle-hard-"))  # pytest's own folders are too long for a socket
        shutil.copy(golden, self.home / "settle.db")
        self.letters = Letters(self.home / "inbox.sqlite")
        self.relay = listen(Catcher(self.letters), free_port())
        self.sandbox = Running(self.home / "sandbox", *gateway_options)
        self.gateway = Gate(("127.0.0.1", self.sandbox.port))
        self.gateway.lead_on()
        self.mail = Gate(("127.0.0.1", self.relay.port))
        self.redis = Gate(str(self.home / "v"))
        self._running: list[subprocess.Popen[bytes]] = []
        self.env = {
            "SETTLE_MODE": "test",
            "PORT": str(free_port()),
            "DATA_DIR": str(self.home),
            "SECRET_KEY": "k" * 40,
            "GATEWAY_URL": f"http://127.0.0.1:{self.gateway.port}",
            "SMTP_URL": f"smtp://127.0.0.1:{self.mail.port}",
            "REDIS_URL": f"redis://127.0.0.1:{self.redis.port}",
            "WEB_CONCURRENCY": "1",
            "WEB_THREADS": "4",
        }

    @property
    def settings(self) -> config.Settings:
        """What its processes read, for this process too: what a test drains here, a worker could have done."""
        return config.read(self.env)

    @property
    def origin(self) -> str:
        """Where the web server listens."""
        return f"http://127.0.0.1:{self.env['PORT']}"

    def start_web(self) -> subprocess.Popen[bytes]:
        """The web server, up when this returns. Redis plays no part in that."""
        web = self.start(*plans.web(self.settings, with_queue=False).command)
        self.wait_for_web()
        return web

    def start_all(self) -> None:
        """Everything, under the supervisor: web, a worker for each queue, the clock."""
        self.start(sys.executable, "manage.py", "run")
        self.wait_for_web()

    def wait_for_web(self) -> None:
        """Returns when somebody answers."""
        until(self._answers, PATIENCE)

    def _answers(self) -> bool:
        try:
            return requests.get(f"{self.origin}/healthz", timeout=5).status_code == 200
        except requests.RequestException:
            return False

    def start_valkey(self) -> subprocess.Popen[bytes]:
        """The queue, behind its gate."""
        program = valkey.program()
        assert program is not None
        path = self.home / "v"
        made = self.start(program, "--port", "0", "--unixsocket", str(path), "--dir", str(self.home), "--save", "")
        until(lambda: valkey.answers(path), PATIENCE)
        return made

    def redis_client(self) -> Redis:
        """To Valkey itself, past its gate."""
        return Redis(unix_socket_path=str(self.home / "v"))

    def start(self, *command: str) -> subprocess.Popen[bytes]:
        """A process of this house, in a session of its own; its output goes to a file beside the store."""
        keep = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        with (self.home / "said.log").open("ab") as log:
            made = subprocess.Popen(
                command, cwd=HOUSE, env=keep | self.env, stdout=log, stderr=log, start_new_session=True
            )
        self._running.append(made)
        return made

    def mails(self, subject: str = "") -> list[Caught]:
        """What the relay has accepted."""
        return [mail for mail in self.letters.newest(most=500) if subject in mail.subject]

    def move_in(self) -> Any:
        """Makes this house the one that this process talks about; to be closed by `closing`."""
        config.use(self.settings)
        base.configure(self.settings.database_url)
        base.db.connect(reuse_if_open=True)
        return closing(base.db)

    def clear(self) -> None:
        """Ends everything."""
        for process in reversed(self._running):
            end(process)
        for gate in (self.gateway, self.mail, self.redis):
            gate.close()
        self.sandbox.stop()
        self.relay.stop(no_assert=True)
        self.letters.close()
        shutil.rmtree(self.home, ignore_errors=True)


def end(process: subprocess.Popen[bytes]) -> None:
    """Ends a process politely, then with all that is in its session."""
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(10)


def children(pid: int) -> list[int]:
    """The processes that a process has started: gunicorn's workers."""
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
