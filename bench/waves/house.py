"""The processes around the bench: the sandbox, Valkey, workers; each as it runs in an install."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from integrations.gateways.base import Credentials, Gateway
from integrations.gateways.registry import driver
from integrations.queue.connection import breaker
from kit import config
from models import base, schema
from tests import postgres
from workers import valkey

HOUSE = Path(__file__).parent.parent.parent
_WORKERS = [sys.executable, "-m", "workers"]


@contextmanager
def house(folder: Path, store: str) -> Iterator[config.Settings]:
    """An empty store at head, a sandbox and a Valkey; this process's settings point to them."""
    port = postgres.free_port()
    os.environ.update(_environment(folder, store, port))
    chosen = config.read(os.environ)
    config.use(chosen)
    base.configure(chosen.database_url)
    schema.migrate()
    with ExitStack() as running:
        running.enter_context(_process([sys.executable, "-m", "sandbox", "--port", str(port), "--data", str(folder)]))
        running.enter_context(_process(list(valkey.plan(chosen).command)))
        until(lambda: valkey.answers(chosen.valkey_socket) and _answers(f"{chosen.gateway_url}/sandbox/state.json"), 20)
        breaker.reset()
        yield chosen


def _environment(folder: Path, store: str, port: int) -> dict[str, str]:
    url = f"sqlite:///{folder / 'settle.db'}"
    if store == "postgres":
        server = postgres.start()
        if server is None:
            raise SystemExit("No PostgreSQL server found: set TEST_DATABASE_URL, or install postgresql.")
        url = postgres.create(server, f"wave_{os.getpid()}")
    return {
        "SETTLE_MODE": "test", "DATA_DIR": str(folder), "SECRET_KEY": "k" * 40, "DATABASE_URL": url,
        "GATEWAY_URL": f"http://127.0.0.1:{port}", "LOG_LEVEL": "ERROR",
    }  # fmt: skip


def gateway(secret: str) -> Gateway:
    """A client of the sandbox."""
    return driver("stripe", Credentials(secret, base_url=config.settings().gateway_url))


def empty(queue: str, count: int = 1) -> float:
    """So many workers of a queue until it is empty; seconds from the start of the first to the end of the last."""
    began = time.perf_counter()
    workers = [
        subprocess.Popen([*_WORKERS, queue, "--burst", "--max-jobs", "1000000"], cwd=HOUSE) for _n in range(count)
    ]
    for worker in workers:
        worker.wait()
    return time.perf_counter() - began


def wave(count: int, done: Callable[[], bool]) -> None:
    """The clock and so many workers of charges, until `done()`."""
    with ExitStack() as running:
        for name in ("clock", *["charges"] * count):
            running.enter_context(_process([*_WORKERS, name]))
        until(done, 3600)


@contextmanager
def _process(command: list[str]) -> Iterator[None]:
    process = subprocess.Popen(command, cwd=HOUSE, stdout=subprocess.DEVNULL)
    try:
        yield
    finally:
        process.terminate()
        process.wait(10)


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=1) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def until(ready: Callable[[], bool], seconds: float) -> None:
    """Waits; ends the bench when it takes too long."""
    end = time.monotonic() + seconds
    while not ready():
        if time.monotonic() > end:
            raise SystemExit("Not in time.")
        time.sleep(0.2)
