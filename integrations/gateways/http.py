"""How the Stripe SDK reaches the network here: keep-alive connections and one total deadline per call.

A socket time-out counts from read to read, so an answer that dribbles in byte by byte outlives it. Here every single
read is given only what is left of the deadline, from connecting to the last byte, headers included. (Resolving a host
name is the one step that the standard library cannot bound.)
"""

from __future__ import annotations

import http.client
import io
import os
import select
import socket
import ssl
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any
from urllib.parse import urlsplit

import certifi
from stripe import APIConnectionError, HTTPClient

from kit.deadline import Deadline, DeadlinePassed

CONNECT_SECONDS = 3.0
_DEFAULT_SECONDS = 25.0  # a call that nobody gave a deadline
_IDLE_SECONDS = 20.0  # older connections are not trusted to be open still
_LARGEST = 8 * 1024 * 1024
_deadline: ContextVar[Deadline | None] = ContextVar("gateway_deadline", default=None)


@contextmanager
def within(deadline: Deadline) -> Iterator[None]:
    """Calls made inside end by the deadline, all together."""
    token = _deadline.set(deadline)
    try:
        yield
    finally:
        _deadline.reset(token)


def current() -> Deadline:
    """The deadline of the call that is being made."""
    return _deadline.get() or Deadline.within(_DEFAULT_SECONDS)


class _TimedReads(io.RawIOBase):
    """A socket's bytes, each read bounded by what is left."""

    def __init__(self, sock: socket.socket, deadline: Deadline) -> None:
        self._sock, self._deadline = sock, deadline
        self._raw = sock.makefile("rb", buffering=0)  # keeps the socket open until this is closed

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        self._sock.settimeout(self._deadline.left())
        return self._raw.readinto(buffer)

    def close(self) -> None:
        if not self.closed:
            self._raw.close()
        super().close()


class _TimedSocket:
    """What http.client's response asks of a socket."""

    def __init__(self, sock: socket.socket, deadline: Deadline) -> None:
        self._sock, self._deadline = sock, deadline

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(_TimedReads(self._sock, self._deadline))


class _Response(http.client.HTTPResponse):
    def __init__(self, sock: Any, *args: Any, **more: Any) -> None:
        super().__init__(_TimedSocket(sock, current()), *args, **more)  # type: ignore[arg-type]


class _Pool:
    """Idle connections by host. A fork starts with none: two processes must not share one."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._idle: dict[tuple[str, str], list[tuple[http.client.HTTPConnection, float]]] = {}
        self._pid = os.getpid()
        self._tls: ssl.SSLContext | None = None

    def take(self, scheme: str, host: str) -> http.client.HTTPConnection:
        """An idle connection that is still open, or a new one."""
        with self._lock:
            if self._pid != os.getpid():
                self._idle, self._pid = {}, os.getpid()
            waiting = self._idle.get((scheme, host), [])
            while waiting:
                connection, since = waiting.pop()
                if time.monotonic() - since < _IDLE_SECONDS and _is_quiet(connection):
                    return connection
                connection.close()
        connection = self._new(scheme, host)
        connection.response_class = _Response
        return connection

    def _new(self, scheme: str, host: str) -> http.client.HTTPConnection:
        if scheme == "http":
            return http.client.HTTPConnection(host)
        if self._tls is None:
            self._tls = ssl.create_default_context(cafile=certifi.where())
        return http.client.HTTPSConnection(host, context=self._tls)

    def give_back(self, scheme: str, host: str, connection: http.client.HTTPConnection) -> None:
        """Keeps a connection whose answer was read to the end."""
        with self._lock:
            self._idle.setdefault((scheme, host), []).append((connection, time.monotonic()))


def _is_quiet(connection: http.client.HTTPConnection) -> bool:
    """Whether nothing waits to be read: a closed connection is readable (its end)."""
    sock = connection.sock
    return sock is not None and not select.select([sock], [], [], 0)[0]


_pool = _Pool()


class DeadlineHTTP(HTTPClient):
    """The SDK's transport. Whatever goes wrong is an APIConnectionError that holds nothing of the request."""

    name = "deadline"

    def request(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None,
        post_data: Any = None,
        *,
        _usage: list[str] | None = None,
    ) -> tuple[str, int, Mapping[str, str]]:
        """One request, answered completely before the deadline or not at all."""
        why = "unusable answer"
        try:
            return _exchange(method, url, dict(headers or {}), post_data)
        except (DeadlinePassed, TimeoutError):
            why = "time-out"
        except (OSError, http.client.HTTPException, UnicodeDecodeError, _TooLarge) as problem:
            why = type(problem).__name__
        raise APIConnectionError(f"No usable answer: {why}")  # type: ignore[no-untyped-call]

    def close(self) -> None:
        """Connections are the process's, not this client's."""


class _TooLarge(Exception):
    """An answer that no processor would send."""


def _exchange(method: str, url: str, headers: dict[str, str], body: Any) -> tuple[str, int, Mapping[str, str]]:
    parts, deadline = urlsplit(url), current()
    token = _deadline.set(deadline)  # the response reads it when it is made
    connection = _pool.take(parts.scheme, parts.netloc)
    kept = False
    try:
        if connection.sock is None:
            connection.timeout = min(CONNECT_SECONDS, deadline.left())
            connection.connect()
        connection.sock.settimeout(deadline.left())
        path = f"{parts.path}?{parts.query}" if parts.query else parts.path
        connection.request(method.upper(), path, body, headers)
        response = connection.getresponse()
        content = response.read(_LARGEST + 1)
        if len(content) > _LARGEST:
            raise _TooLarge
        kept = not response.will_close and response.isclosed()
        answered = {name.lower(): value for name, value in response.getheaders()}
        return content.decode(), response.status, answered
    finally:
        _deadline.reset(token)
        if kept:
            _pool.give_back(parts.scheme, parts.netloc, connection)
        else:
            connection.close()
