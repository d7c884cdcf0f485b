"""A sandbox as a process of its own, and plain HTTP to it."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path
from typing import Any

from sandbox.inprocess import InProcess

ROOT = Path(__file__).parents[2]


class NoRedirect(urllib.request.HTTPRedirectHandler):
    """Shows a redirect instead of following it."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


_opener = urllib.request.build_opener(NoRedirect)


class Running:
    """`python -m sandbox` on a free port."""

    def __init__(self, data: Path, *options: str) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        command = [sys.executable, "-m", "sandbox", "--port", str(self.port), "--data", str(data), *options]
        self.process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        assert self.process.stdout.readline().startswith("sandbox: http://127.0.0.1:")

    def stop(self) -> int:
        """Ends it politely and answers its exit code."""
        self.process.terminate()
        return self.process.wait(timeout=10)

    def control(self, **wish: Any) -> Any:
        """POST /sandbox/control."""
        return self.get_json("/sandbox/control", json.dumps(wish).encode())

    def get_json(self, path: str, body: bytes | None = None) -> Any:
        """An answer as JSON."""
        with urllib.request.urlopen(self.url + path, body, timeout=10) as response:
            return json.load(response)

    def charges(self) -> Any:
        """The independent truth."""
        return self.get_json("/sandbox/charges.json")

    def post_form(self, url: str, **fields: str) -> tuple[int, str, str]:
        """What a browser without JavaScript sends: status, Location, body."""
        path = url if url.startswith("http") else self.url + url
        try:
            with _opener.open(path, urllib.parse.urlencode(fields).encode(), timeout=10) as response:
                return response.status, "", response.read().decode()
        except urllib.error.HTTPError as answer:
            return answer.code, answer.headers.get("Location", ""), answer.read().decode()


class Inside:
    """The same, in process."""

    def __init__(self, store: str | Path = ":memory:") -> None:
        self.sandbox = InProcess(store)
        self.url = "http://sandbox.invalid"
        self.control = self.sandbox.control
        self.charges = self.sandbox.charges

    def post_form(self, url: str, **fields: str) -> tuple[int, str, str]:
        """As Running.post_form."""
        answer = self.sandbox.app.test_client().post(url.removeprefix(self.url), data=fields)
        return answer.status_code, answer.headers.get("Location", ""), answer.text


def until(true: Any, seconds: float = 10.0) -> None:
    """Waits for a condition of another process, at most so long."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.02)
