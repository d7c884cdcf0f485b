"""The sandbox without a process: a stripe HTTPClient that calls the WSGI app directly, for demo and tests."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit

from stripe import APIConnectionError, HTTPClient
from werkzeug.test import run_wsgi_app

from sandbox import control
from sandbox.app import HANG_MARK, create_app, world_of
from sandbox.wire import Json, Refusal

URL = "http://sandbox.invalid"


class WsgiHTTP(HTTPClient):
    """Carries the SDK's requests into a WSGI app. An answer that would hang raises at once, as a time-out does."""

    name = "wsgi"

    def __init__(self, app: Any) -> None:
        super().__init__()
        self._app = app

    def request(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None,
        post_data: Any = None,
        *,
        _usage: list[str] | None = None,
    ) -> tuple[str, int, Mapping[str, str]]:
        """One request."""
        parts = urlsplit(url)
        body = post_data.encode() if isinstance(post_data, str) else post_data or b""
        environ: dict[str, Any] = {
            "REQUEST_METHOD": method.upper(),
            "SCRIPT_NAME": "",
            "PATH_INFO": parts.path,
            "QUERY_STRING": parts.query,
            "SERVER_NAME": parts.hostname or "sandbox.invalid",
            "SERVER_PORT": "80",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "CONTENT_LENGTH": str(len(body)),
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(body),
            "wsgi.errors": sys.stderr,
            "wsgi.multithread": True,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
        }
        for name, value in (headers or {}).items():
            cgi = name.upper().replace("-", "_")
            environ["CONTENT_TYPE" if cgi == "CONTENT_TYPE" else f"HTTP_{cgi}"] = value
        pieces, status, answered = run_wsgi_app(self._app, environ, buffered=True)
        if HANG_MARK in answered:
            raise APIConnectionError("The sandbox does not answer.")  # type: ignore[no-untyped-call]
        return b"".join(pieces).decode(), int(status.split(" ", 1)[0]), cast("Mapping[str, str]", answered)

    def close(self) -> None:
        """Nothing is open."""


class InProcess:
    """A sandbox inside this process: no threads, no waiting, no webhooks sent (events queue in the store)."""

    def __init__(self, store: str | Path = ":memory:", *, public_url: str = URL) -> None:
        self.app = create_app(store, public_url=public_url, deliver=False, fast=True)
        self.world = world_of(self.app)

    def http(self) -> WsgiHTTP:
        """The HTTPClient to give to StripeClient."""
        return WsgiHTTP(self.app)

    def control(self, **wish: Any) -> Json:
        """`POST /sandbox/control`. Raises ValueError with the sentence when it refuses."""
        try:
            return control.apply(self.world, wish)
        except Refusal as refusal:
            raise ValueError(json.dumps(refusal.body)) from None

    def charges(self) -> list[Json]:
        """`GET /sandbox/charges.json`."""
        return control.all_charges(self.world)

    def close(self) -> None:
        """Closes the store."""
        self.world.store.close()
