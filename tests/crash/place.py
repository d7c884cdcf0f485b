"""A whole install that may be hurt: everything under its supervisor, second workers, PostgreSQL, the demo's clock."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import requests

from domain.demo import clock as demo_clock
from domain.demo import mark
from domain.work import rounds
from integrations.gateways.standin import move_day
from kit import clock as kit_clock
from kit import config
from kit.clock import utc_now
from kit.errors import ConfigError
from models import base, schema
from sandbox.inbox.letters import Letters
from tests import postgres
from tests.crash.patience import patiently
from tests.hard.gate import Gate
from tests.run.conftest import HOUSE, free_ports, processes_of

SECONDS = ("charges", "mail")  # the queues that a second worker serves


class Kept:
    """A process that is started again whenever it has ended, as an operator's system does it."""

    def __init__(self, command: tuple[str, ...], env: dict[str, str], log: Path) -> None:
        self._command, self._env, self._log = command, env, log
        self._process: subprocess.Popen[bytes] | None = None
        self._again_at = 0.0

    @property
    def pid(self) -> int:
        """Of the latest one."""
        return self._process.pid if self._process else 0

    def look_after(self) -> None:
        """Starts it when it does not run, a second after its end."""
        if self._process is not None and self._process.poll() is None:
            return
        if not self._again_at:
            self._again_at = time.monotonic() + (1.0 if self._process else 0.0)
        if time.monotonic() >= self._again_at:
            self._again_at = 0.0
            with self._log.open("ab") as log:
                self._process = subprocess.Popen(
                    self._command, cwd=HOUSE, env=self._env, stdout=log, stderr=log, start_new_session=True
                )

    def ask_to_stop(self) -> None:
        """Politely."""
        if self._process is not None:
            self._process.terminate()

    def end(self) -> None:
        """Waits for its end, then no more."""
        if self._process is None:
            return
        try:
            self._process.wait(40)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


class Place:
    """One install and its neighbours. `jumps` are the moves of its clock: what it showed before, and after."""

    def __init__(self, store: str) -> None:
        self.home = Path(tempfile.mkdtemp(prefix="settle-crash-"))
        port = free_ports()
        self.server = postgres.own_server() if store == "postgres" else None
        if store == "postgres" and self.server is None:
            raise ConfigError("There are no programs of PostgreSQL here: apt-get install postgresql.")
        self.mail = Gate(("127.0.0.1", port + 3))
        keep = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        self.env = keep | {
            "SETTLE_MODE": "demo",
            "PORT": str(port),
            "DATA_DIR": str(self.home),
            "SECRET_KEY": "k" * 40,
            "WEB_CONCURRENCY": "2",
            "WEB_THREADS": "4",
            "SMTP_URL": f"smtp://127.0.0.1:{self.mail.port}",
        }
        self.jumps: list[tuple[datetime, datetime]] = []
        self.origin, self.bank = f"http://127.0.0.1:{port}", f"http://127.0.0.1:{port + 2}"
        self._clock_before = kit_clock._source
        logs = self.home / "logs"
        logs.mkdir()
        self.supervisor = Kept((sys.executable, "manage.py", "run"), self.env, logs / "supervisor.log")
        self.second = {
            queue: Kept((sys.executable, "-m", "workers", queue), self.env, logs / f"second-{queue}.log")
            for queue in SECONDS
        }
        self._over = threading.Event()
        self._keeper = threading.Thread(target=self._look_after, name="keeper", daemon=True)

    def open(self) -> None:
        """A migrated store that counts as a demo already, so that `manage.py run` makes none; this process is of it."""
        if self.server is not None:
            self.server.start()
            self.env["DATABASE_URL"] = postgres.create(self.server.url, "settle")
        config.use(config.read(self.env))
        base.configure(config.settings().database_url)
        schema.migrate()
        mark.begun(utc_now().date())
        mark.made(utc_now().date(), {})
        demo_clock.install()
        self.mail.lead_on()

    def start(self) -> None:
        """Everything, up when this returns, and looked after from now on."""
        self._keeper.start()
        self.wait_for_web()

    def _look_after(self) -> None:
        while not self._over.wait(0.2):
            for kept in (self.supervisor, *self.second.values()):
                kept.look_after()

    def wait_for_web(self, seconds: float = 90.0) -> None:
        """Returns when it is ready: store, queue and migrations are there. Raises TimeoutError."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            with suppress(requests.RequestException):
                if requests.get(f"{self.origin}/readyz", timeout=5).status_code == 200:
                    return
            time.sleep(0.1)
        raise TimeoutError(f"The web is not ready after {seconds:.0f} seconds. The last words:\n{self.said()[-3000:]}")

    # -- who runs -------------------------------------------------------------------------------------------------

    def parts(self) -> dict[str, int]:
        """The supervisor's children by name, as far as they run: web, clock, worker-mail, valkey, gateway, inbox."""
        return {name: pid for pid in children(self.supervisor.pid) if (name := self._name(command_line(pid)))}

    def _name(self, words: list[str]) -> str | None:
        text = " ".join(words)
        if "gunicorn" in text:
            return "web"
        if "-m workers" in text:
            return "clock" if words[-1] == "clock" else f"worker-{words[-1]}"
        if "-m sandbox.inbox" in text:
            return "inbox"
        if "-m sandbox" in text:
            return "gateway"
        return "valkey" if "valkey.sock" in text else None

    @property
    def valkey_socket(self) -> Path:
        """Where the embedded Valkey listens."""
        return config.settings().valkey_socket

    # -- the clock ------------------------------------------------------------------------------------------------

    def move(self, by: timedelta) -> None:
        """Moves our clock and the bank's day: every process sees it within a second."""
        ahead = patiently(demo_clock.offset) + by
        patiently(lambda: move_day(self.bank, ahead))
        before = utc_now()
        patiently(lambda: demo_clock.set_offset(ahead))
        self.jumps.append((before, before + by))
        patiently(lambda: rounds.note(utc_now()))  # else a supervisor that starts just now takes this for a long rest

    def lasted(self, since: datetime, until: datetime) -> timedelta:
        """Real time between two stamps: without the moves of the clock in between."""
        return until - since - sum((b - a for a, b in self.jumps if since < b <= until), timedelta(0))

    # -- what its neighbours say ----------------------------------------------------------------------------------

    def control(self, **wish: Any) -> None:
        """Tells the sandbox how to behave; one that is away is left alone."""
        with suppress(requests.RequestException):
            requests.post(f"{self.bank}/sandbox/control", json=wish, timeout=10).raise_for_status()

    def charges(self) -> list[dict[str, Any]]:
        """The independent truth."""
        found: list[dict[str, Any]] = patiently(
            lambda: requests.get(f"{self.bank}/sandbox/charges.json", timeout=30).json()
        )
        return found

    def letters(self) -> Letters:
        """Everybody's mailbox, to be closed."""
        return Letters(self.home / "inbox.sqlite")

    def said(self) -> str:
        """All that our processes have logged."""
        return "".join(path.read_text(errors="replace") for path in sorted((self.home / "logs").glob("*.log")))

    # -- the end --------------------------------------------------------------------------------------------------

    def clear(self) -> None:
        """Ends everything and forgets the folders."""
        self._over.set()
        if self._keeper.is_alive():
            self._keeper.join()
        everybody = (*self.second.values(), self.supervisor)
        for kept in everybody:
            kept.ask_to_stop()
        for kept in everybody:
            kept.end()
        for pid in processes_of(self.home):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.mail.close()
        if base.db.obj is not None:
            close_all: Any = getattr(base.db.obj, "close_all", base.db.obj.close)
            close_all()
        if self.server is not None:
            self.server.clear()
        kit_clock.use(self._clock_before)
        config.use(None)
        shutil.rmtree(self.home, ignore_errors=True)


def children(pid: int) -> list[int]:
    """The processes that a process has started."""
    try:
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def command_line(pid: int) -> list[str]:
    """How a process was started; empty when it is gone."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_text(errors="replace").rstrip("\0").split("\0")
    except OSError:
        return []
