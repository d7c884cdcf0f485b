"""nginx as we tell people to set it up, before gunicorn as we tell them to run it: half-open requests hold nobody."""

from __future__ import annotations

import re
import shutil
import socket
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import requests

from tests.hard.house import House, end
from tests.hard.tls import certificate
from tests.postgres import free_port
from tests.sandbox.running import until

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("nginx") is None, reason="no nginx on this machine: apt-get install nginx"),
]
CONF = Path(__file__).parents[2] / "deploy" / "nginx.conf"
HOST = "pay.example.com"
HALF = f"POST /p/x/sign-in HTTP/1.1\r\nHost: {HOST}\r\nContent-Length: 100\r\n\r\nemail=".encode()


@pytest.fixture
def house(_golden: Path) -> Iterator[House]:
    made = House(_golden)
    made.env |= {"PUBLIC_URL": f"https://{HOST}", "PROXY_HOPS": "1"}
    yield made
    made.clear()


def _nginx(house: House) -> int:
    """Started with our file, but for ports, certificate and log; answers when this returns its port."""
    port, plain, folder = free_port(), free_port(), house.home / "nginx"
    folder.mkdir()
    pair = certificate(folder, [HOST])
    text = CONF.read_text().replace("127.0.0.1:8050", f"127.0.0.1:{house.env['PORT']}")
    text = text.replace("listen 443", f"listen 127.0.0.1:{port}").replace("listen 80;", f"listen 127.0.0.1:{plain};")
    text = re.sub(r"(ssl_certificate(?:_key)?\s+)[^;]+", rf"\g<1>{pair}", text)
    text = text.replace("/var/log/nginx/settle.log", str(folder / "access.log"))
    scratch = "".join(
        f"{kind}_temp_path {folder}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    head = f"daemon off; pid {folder}/pid; error_log {folder}/error.log; events {{}}"
    (folder / "nginx.conf").write_text(f"{head}\nhttp {{ {scratch}\n{text}\n}}\n")
    checked = subprocess.run(
        ["nginx", "-t", "-c", str(folder / "nginx.conf")], capture_output=True, text=True, check=False
    )
    assert checked.returncode == 0, checked.stderr
    house.start("nginx", "-c", str(folder / "nginx.conf"))
    until(lambda: _answers(port), 20)
    return port


def _answers(port: int) -> bool:
    try:
        return _get(port, "/healthz") == 200
    except (OSError, requests.RequestException):
        return False


def _get(port: int, path: str) -> int:
    session = requests.Session()
    return session.get(f"https://127.0.0.1:{port}{path}", headers={"Host": HOST}, verify=False, timeout=10).status_code


@pytest.mark.filterwarnings("ignore:Unverified HTTPS")
def test_half_open_requests_keep_nobody_waiting(house: House) -> None:
    web = house.start_web()
    port = _nginx(house)
    with ExitStack() as held:
        for _n in range(12):  # more than the web server has threads
            raw = held.enter_context(socket.create_connection(("127.0.0.1", port)))
            context = ssl._create_unverified_context()
            held.enter_context(context.wrap_socket(raw, server_hostname=HOST)).sendall(HALF)
        assert _get(port, "/healthz") == 200
        assert _get(port, "/metrics") == 404
    assert 'GET /healthz" 200' in (house.home / "nginx" / "access.log").read_text()
    end(web)


def test_without_it_they_would(house: House) -> None:
    house.start_web()
    with ExitStack() as held:
        for _n in range(12):
            held.enter_context(socket.create_connection(("127.0.0.1", int(house.env["PORT"])))).sendall(HALF)
        with pytest.raises(requests.RequestException):
            requests.get(f"{house.origin}/healthz", timeout=3)
