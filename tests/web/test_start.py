"""Starts gunicorn as an operator does, and asks for a page and all its scripts at once as the very first requests."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

from dashboard.assets_build import ROOT

pytestmark = pytest.mark.slow
DASH = ("_dash-layout", "_dash-dependencies")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def _running(module: str, store: str, home: Path) -> Iterator[str]:
    port = _free_port()
    environment = {"SETTLE_MODE": "test", "DATA_DIR": str(home), "DATABASE_URL": store, "SECRET_KEY": "k" * 40}
    command = [sys.executable, "-m", "gunicorn", "-k", "gthread", "-w", "2", "--threads", "4", "--no-control-socket"]
    process = subprocess.Popen(
        [*command, "-b", f"127.0.0.1:{port}", f"{module}:server"],
        env={"PATH": os.environ["PATH"], "PORT": str(port)} | environment,
        cwd=ROOT.parent,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(20)


def _first(address: str, **options: object) -> requests.Response:
    """The answer to the first request that is answered at all."""
    until = time.monotonic() + 60
    while time.monotonic() < until:
        try:
            return requests.get(address, timeout=30, **options)  # type: ignore[arg-type]
        except requests.ConnectionError:
            time.sleep(0.02)
    raise AssertionError("gunicorn did not answer within a minute")


def test_the_first_page_works_ten_times_out_of_ten(sqlite_store: str, people: dict[str, str], tmp_path: Path) -> None:
    cookies = {"customer": people["alex"]}
    for _turn in range(10):
        with _running("tests.web.wsgi_sample", sqlite_store, tmp_path) as origin, ThreadPoolExecutor(12) as pool:
            html = _first(f"{origin}/p/harbor", cookies=cookies).text
            sources = re.findall(r'<script src="([^"]+)"', html)
            assert len(sources) >= 8
            asked = [*(origin + source for source in sources), *(f"{origin}/{path}" for path in DASH)]
            answers = list(
                pool.map(
                    lambda address: requests.get(
                        address, cookies=cookies, headers={"X-Settle-Page": "/p/harbor"}, timeout=30
                    ),
                    asked,
                )
            )
            assert [answer.status_code for answer in answers] == [200] * len(asked)
            assert all(answer.content for answer in answers)
            assert "page.children" in answers[-1].text


def test_our_own_entry_point_starts_warm(sqlite_store: str, tmp_path: Path) -> None:
    with _running("wsgi", sqlite_store, tmp_path) as origin:
        ready = _first(f"{origin}/readyz")
        assert ready.json() == {"warm": "ok", "store": "ok", "redis": "not ready", "migrations": "ok"}
        assert ready.status_code == 503, "no Redis is running here"
        assert requests.get(f"{origin}/p/harbor", timeout=30, allow_redirects=False).status_code in (303, 404)
        assert "settle_web_requests_total" in requests.get(f"{origin}/metrics", timeout=30).text
