"""Which processes make up the product, how each is started, and how to tell that each answers."""

from __future__ import annotations

import http.client
import socket
import sys
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

from peewee import PeeweeException

from domain.work import rounds
from integrations.queue.kinds import QUEUES
from integrations.queue.snapshot import snapshot
from kit.clock import utc_now
from kit.config import Settings
from kit.errors import ConfigError
from workers.children import Plan
from workers.worker import worker_name

HOST = "127.0.0.1"
GUNICORN = Path(__file__).parents[1] / "deploy" / "gunicorn.conf.py"


def ports(chosen: Settings) -> dict[int, str]:
    """The ports that must be free, and for what."""
    needed = {chosen.port: "the portal"}
    if chosen.demo:
        needed |= {
            chosen.port + 1: "the inbox",
            chosen.port + 2: "the sandbox gateway",
            chosen.port + 3: "the demo's mail",
        }
    return needed


def require_free(needed: dict[int, str]) -> None:
    """Raises ConfigError naming the first port that another program holds."""
    for port, purpose in needed.items():
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, port))
            except OSError:
                first = min(needed)
                raise ConfigError(
                    f"Port {port} (for {purpose}) is taken by another program. "
                    f"Stop it, or choose another with PORT={first + 100 if first < 65000 else 8050}."
                ) from None


def web(chosen: Settings, *, with_queue: bool) -> Plan:
    """The web server. Without a queue it is up, though not ready in the sense of its own check."""
    command = [sys.executable, "-m", "gunicorn", "--config", str(GUNICORN), "--bind", f"{HOST}:{chosen.port}"]
    command += ["--workers", str(chosen.web_workers), "--threads", str(chosen.web_threads), "wsgi:server"]
    return Plan("web", tuple(command), ready=_answers(chosen.port, "/readyz" if with_queue else "/healthz"))


def works(chosen: Settings) -> list[Plan]:
    """The clock, and a worker for each queue; for charges as many as the settings say."""
    python = (sys.executable, "-m", "workers")
    begun = utc_now()
    return [
        Plan("clock", (*python, "clock"), ready=lambda _pid: _went_round_since(begun)),
        *(Plan(name, (*python, queue), ready=_listens(queue), queue=queue) for name, queue in _workers(chosen)),
    ]


def _workers(chosen: Settings) -> Iterator[tuple[str, str]]:
    for queue in QUEUES:
        yield f"worker-{queue}", queue
    for n in range(2, chosen.charge_workers + 1):
        yield f"worker-charges-{n}", "charges"


def demo(chosen: Settings) -> list[Plan]:
    """What the demo needs besides: the stand-in for the processor, and the mailbox of everybody."""
    gateway = ("-m", "sandbox", "--port", str(chosen.port + 2), "--data", str(chosen.data_dir))
    inbox = ("-m", "sandbox.inbox", "--web-port", str(chosen.port + 1), "--smtp-port", str(chosen.port + 3))
    return [
        Plan("sandbox", (sys.executable, *gateway), ready=_answers(chosen.port + 2, "/sandbox/state.json")),
        Plan(
            "inbox",
            (sys.executable, *inbox, "--data", str(chosen.data_dir)),
            ready=_answers(chosen.port + 1, "/messages.json"),
        ),
    ]


def _answers(port: int, path: str) -> Callable[[int], bool]:
    def ask(_pid: int) -> bool:
        connection = http.client.HTTPConnection(HOST, port, timeout=2)
        try:
            connection.request("GET", path)
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    return ask


def _went_round_since(begun: datetime) -> bool:
    try:
        latest = rounds.latest()
    except PeeweeException:  # a store that restarts just now: the supervisor outlives it
        return False
    return latest is not None and latest >= begun


def _listens(queue: str) -> Callable[[int], bool]:
    """Whether the worker with that process id has signed in at its queue."""
    return lambda pid: worker_name(queue, pid) in {worker.name for worker in snapshot().workers}
