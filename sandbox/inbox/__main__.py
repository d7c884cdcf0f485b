"""`python -m sandbox.inbox --smtp-port N --web-port N --data DIR`: the mail catcher as a process of its own."""

from __future__ import annotations

import argparse
import logging
import signal
import sys
import threading
from pathlib import Path
from types import FrameType

from werkzeug.serving import WSGIRequestHandler, make_server

from sandbox.inbox.catcher import HOST, Catcher, listen
from sandbox.inbox.letters import Letters
from sandbox.inbox.web import create_app


class Handler(WSGIRequestHandler):
    """Writes no access log."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Says nothing."""


def main(arguments: list[str] | None = None) -> int:
    """Serves until SIGTERM or SIGINT."""
    parser = argparse.ArgumentParser(prog="python -m sandbox.inbox", description=__doc__)
    parser.add_argument("--smtp-port", type=int, required=True)
    parser.add_argument("--web-port", type=int, required=True)
    parser.add_argument("--data", type=Path, required=True)
    chosen = parser.parse_args(arguments)
    chosen.data.mkdir(parents=True, exist_ok=True, mode=0o700)
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    letters = Letters(chosen.data / "inbox.sqlite")
    catcher = Catcher(letters)
    try:
        controller = listen(catcher, chosen.smtp_port)
    except OSError:
        sys.stderr.write(f"inbox: port {chosen.smtp_port} is taken\n")
        return 1
    try:
        server = make_server(
            HOST, chosen.web_port, create_app(letters, catcher), threaded=True, request_handler=Handler
        )
    except (OSError, SystemExit):
        sys.stderr.write(f"inbox: port {chosen.web_port} is taken\n")
        controller.stop()
        return 1
    server.daemon_threads = True  # type: ignore[attr-defined]

    def stop(_signal: int, _frame: FrameType | None) -> None:
        threading.Thread(target=server.shutdown, daemon=True).start()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    sys.stdout.write(f"inbox: http://{HOST}:{server.port} (SMTP on {controller.port})\n")
    sys.stdout.flush()
    try:
        server.serve_forever(poll_interval=0.1)
    finally:
        server.socket.close()
        controller.stop(no_assert=True)
        letters.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
