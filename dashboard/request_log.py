"""Ties the lines of the log to the request that they belong to: its id, the merchant; and one line for each answer.

No address, no query, nothing that anybody typed: an address may hold the token of a letter's link.
"""

from __future__ import annotations

import re
import time

from flask import Flask, Response, g, request

from dashboard.viewer import merchant
from kit.config import settings
from kit.ids import code
from kit.log import begin, know, log

HEADER = "X-Request-ID"
_WELL_FORMED = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{7,63}")
_QUIET = ("/assets/", "/_dash-component-suites/", "/healthz", "/readyz", "/metrics")


def install(server: Flask) -> None:
    """Must come first: whatever follows may log."""
    server.before_request(_begin)
    server.after_request(_answered)
    server.teardown_request(lambda _error: begin())


def _begin() -> None:
    g.began = time.perf_counter()
    g.request_id = _given() or code()
    begin(request=g.request_id)


def _given() -> str | None:
    """The proxy's id, so that its log and ours tell of one request. Not a browser's: that could name anything."""
    given = request.headers.get(HEADER, "") if settings().proxy_hops else ""
    return given if _WELL_FORMED.fullmatch(given) else None


def know_merchant() -> None:
    """Called by the guard when it knows who asks: from here on, lines carry the merchant."""
    found = merchant()
    if found is not None:
        know(merchant=str(found.id))


def _answered(response: Response) -> Response:
    if "request_id" not in g:
        return response
    response.headers[HEADER] = g.request_id
    if not request.path.startswith(_QUIET):
        ms = int((time.perf_counter() - g.began) * 1000)
        log().info(
            "web.answered",
            endpoint=request.endpoint or "none",
            method=request.method,
            status=response.status_code,
            ms=ms,
        )
    return response
