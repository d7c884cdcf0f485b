"""For machines: is the process up, may it take traffic, what does it count."""

from __future__ import annotations

import hmac
from collections.abc import Callable

from flask import Blueprint, Response, abort, current_app, jsonify, request
from flask.typing import ResponseReturnValue

from dashboard import metrics
from dashboard.door import door
from domain.accounts.viewer import Audience
from integrations.queue.connection import impatient
from kit.config import is_loopback, settings
from models import schema
from models.base import connected, db

health = Blueprint("health", __name__)
WARM = "settle_warm"


@health.get("/healthz")
@door(Audience.PUBLIC)
def healthz() -> ResponseReturnValue:
    """The process is up; nothing else is asked."""
    return "OK\n", 200, {"Content-Type": "text/plain"}


@health.get("/readyz")
@door(Audience.PUBLIC)
def readyz() -> ResponseReturnValue:
    """Warm, store, Redis and migrations: 200 when all are there, else 503 and which is not."""
    checks = {"warm": _warm, "store": _store, "redis": _redis, "migrations": _migrations}
    found = {name: _holds(check) for name, check in checks.items()}
    return jsonify({name: "ok" if holds else "not ready" for name, holds in found.items()}), (
        200 if all(found.values()) else 503
    )


@health.get("/metrics")
@door(Audience.PUBLIC)
def figures() -> ResponseReturnValue:
    """Prometheus figures: with the METRICS_TOKEN as bearer, or from this machine when none is set."""
    wanted = settings().metrics_token
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    direct = is_loopback(request.remote_addr) and "X-Forwarded-For" not in request.headers
    if not (hmac.compare_digest(given.encode(), wanted.encode()) if wanted else direct):
        abort(404)
    body, kind = metrics.exposition()
    return Response(body, content_type=kind)


def _holds(check: Callable[[], bool]) -> bool:
    try:
        return check()
    except Exception:  # whatever is wrong: the answer is no, and the operator sees which
        return False


def _warm() -> bool:
    return bool(current_app.extensions.get(WARM))


def _store() -> bool:
    with connected():
        db.execute_sql("SELECT 1")
    return True


def _redis() -> bool:
    return bool(impatient().ping())


def _migrations() -> bool:
    return not schema.pending()
