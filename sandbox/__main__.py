"""`python -m sandbox --port N --data DIR [--public-url URL]`: the sandbox as a process of its own, on loopback only."""

from __future__ import annotations

import argparse
import logging
import signal
import socket
import sys
import threading
from pathlib import Path
from types import FrameType

from werkzeug.serving import WSGIRequestHandler, make_server

from sandbox.app import create_app, world_of

HOST = "127.0.0.1"


class Handler(WSGIRequestHandler):
    """Keeps connections open, as Stripe does, and writes no access log: a path may hold what a person typed."""

    protocol_version = "HTTP/1.1"

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Says nothing."""


def store_path(data: str | Path) -> Path:
    """Where the sandbox keeps its store in a data directory."""
    return Path(data) / "sandbox.sqlite"


def main(arguments: list[str] | None = None) -> int:
    """Serves until SIGTERM or SIGINT."""
    parser = argparse.ArgumentParser(prog="python -m sandbox", description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--public-url", default=None)
    chosen = parser.parse_args(arguments)
    chosen.data.mkdir(parents=True, exist_ok=True, mode=0o700)
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    try:
        listening = socket.create_server((HOST, chosen.port), backlog=128)
    except OSError:
        sys.stderr.write(f"sandbox: port {chosen.port} is taken\n")
        return 1
    app = create_app(store_path(chosen.data), public_url=chosen.public_url or f"http://{HOST}:{chosen.port}")
    world = world_of(app)
    server = make_server(HOST, chosen.port, app, threaded=True, request_handler=Handler, fd=listening.fileno())
    server.daemon_threads = True  # type: ignore[attr-defined]

    def stop(_signal: int, _frame: FrameType | None) -> None:
        world.stopping.set()
        world.news.set()
        threading.Thread(target=server.shutdown, daemon=True).start()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    sys.stdout.write(f"sandbox: http://{HOST}:{server.port}\n")
    sys.stdout.flush()
    try:
        server.serve_forever(poll_interval=0.1)
    finally:
        server.socket.close()
        listening.close()
        world.store.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
