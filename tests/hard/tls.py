"""What stands in front of a portal in the world: a proxy that ends TLS and passes on by host name."""

from __future__ import annotations

import http.client
import socket
import ssl
import threading
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

_OF_ONE_HOP = frozenset({"connection", "keep-alive", "transfer-encoding", "te", "trailer", "upgrade"})


class Proxy:
    """Listens on a free port; `hosts` says which name leads to which port of this machine."""

    def __init__(self, folder: Path, hosts: Mapping[str, int]) -> None:
        self.hosts = dict(hosts)
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.hosts = self.hosts
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate(folder, list(hosts)))
        self._server.tls = context
        self.port = self._server.server_port
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self._thread.start()

    def address(self, host: str) -> str:
        """The origin under which people reach a host."""
        return f"https://{host}:{self.port}"

    def lead(self, host: str, port: int) -> None:
        """From now on that name leads there."""
        self.hosts[host] = port

    def close(self) -> None:
        """Stops listening."""
        self._server.shutdown()
        self._thread.join(5)
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    hosts: dict[str, int]
    tls: ssl.SSLContext

    def finish_request(self, request: socket.socket | tuple[bytes, socket.socket], client_address: object) -> None:
        """In the connection's own thread: a handshake that stalls keeps nobody else waiting."""
        assert isinstance(request, socket.socket)
        request.settimeout(20)
        try:
            with self.tls.wrap_socket(request, server_side=True) as secured:
                _Handler(secured, client_address, self)
        except OSError:
            return  # the browser opened a connection ahead and did not use it


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_GET(self) -> None:
        """Passes on and back."""
        name = self.headers["Host"].partition(":")[0]
        passed = http.client.HTTPConnection("127.0.0.1", self.server.hosts[name], timeout=30)
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        headers = {key: value for key, value in self.headers.items() if key.lower() not in _OF_ONE_HOP}
        headers |= {
            "X-Forwarded-For": self.client_address[0],
            "X-Forwarded-Proto": "https",
            "X-Forwarded-Host": self.headers["Host"],
        }
        try:
            passed.request(self.command, self.path, body, headers)
            answer = passed.getresponse()
            content = answer.read()
        finally:
            passed.close()
        self.send_response_only(answer.status, answer.reason)
        for key, value in answer.getheaders():
            if key.lower() not in _OF_ONE_HOP | {"content-length"}:
                self.send_header(key, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_POST = do_GET

    def log_message(self, *_: object) -> None:
        """Says nothing."""


def certificate(folder: Path, hosts: list[str]) -> Path:
    """A certificate for these names that nobody has signed but itself, with its key, in one file."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, hosts[0])])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host) for host in hosts]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = folder / "tls.pem"
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(secret + made.public_bytes(serialization.Encoding.PEM))
    return path
