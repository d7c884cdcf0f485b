"""A real Valkey for tests of the queue: the embedded program on a Unix socket."""

from __future__ import annotations

import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from redis import Redis

from integrations.queue.connection import breaker
from kit import config
from workers import valkey


def until(ready, seconds: float = 10.0) -> None:
    """Polls until `ready()`; fails the test when the time is over."""
    deadline = time.monotonic() + seconds
    while not ready():
        assert time.monotonic() < deadline, "not in time"
        time.sleep(0.02)


@pytest.fixture(scope="session")
def valkey_socket() -> Iterator[Path]:
    """A Valkey of this test process."""
    home = Path(tempfile.mkdtemp(prefix="settle-vk-"))  # pytest's own folders are too long for a socket
    path = home / "s"
    program = valkey.program()
    assert program is not None
    server = subprocess.Popen([program, "--port", "0", "--unixsocket", str(path), "--dir", str(home), "--save", ""],
                              stdout=subprocess.DEVNULL, start_new_session=True)  # fmt: skip
    until(lambda: valkey.answers(path))
    yield path
    server.terminate()
    server.wait(10)
    shutil.rmtree(home, ignore_errors=True)


@pytest.fixture
def queue(valkey_socket: Path, settings: config.Settings) -> Iterator[Redis]:
    """An empty queue that this process's settings point to; a client of it."""
    config.use(replace(settings, redis_url=f"unix://{valkey_socket}"))
    client = Redis(unix_socket_path=str(valkey_socket))
    client.flushall()
    breaker.reset()
    yield client
    breaker.reset()
    client.close()


@pytest.fixture
def kept_signals() -> Iterator[None]:
    """A worker that runs in this process takes over signals: gives them back."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGALRM)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.fixture
def silent_server() -> Iterator[int]:
    """A server that accepts connections and never says anything; its port."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        taken: list[socket.socket] = []

        def accept() -> None:
            while True:
                try:
                    taken.append(server.accept()[0])
                except OSError:
                    return

        threading.Thread(target=accept, daemon=True).start()
        yield server.getsockname()[1]
        for connection in taken:
            connection.close()
