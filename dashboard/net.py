"""A coarse net by address against floods. What protects people or money counts in the store (accounts/throttle.py).

It counts in each web process's memory: no answer waits for Redis, and nothing fails when Redis does.
"""

from __future__ import annotations

from flask import Flask, request
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

PER_MINUTE = 1500  # of one address and web process; an office behind one address stays far below
_FREE = ("/assets/", "/_dash-component-suites/", "/healthz", "/readyz", "/metrics")


def install(server: Flask) -> None:
    """Answers 429 beyond the limit, before anything else is looked at."""
    Limiter(
        get_remote_address,
        app=server,
        storage_uri="memory://",
        application_limits=[lambda: f"{PER_MINUTE} per minute"],
        application_limits_exempt_when=lambda: request.path.startswith(_FREE),
        swallow_errors=True,
    )
