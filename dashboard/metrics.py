"""Counts and times of web requests, by endpoint and never by address, summed over all worker processes."""

from __future__ import annotations

import os
import time

from flask import Flask, Response, g, request
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

_ENV = "PROMETHEUS_MULTIPROC_DIR"
_requests = Counter("settle_web_requests_total", "Web requests answered", ("endpoint", "method", "status"))
_seconds = Histogram(
    "settle_web_request_seconds",
    "Time to answer a web request",
    ("endpoint",),
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)


def install(server: Flask) -> None:
    """Counts every request."""
    server.before_request(_start)
    server.after_request(_count)


def _start() -> None:
    g.started = time.perf_counter()


def _count(response: Response) -> Response:
    endpoint = request.endpoint or "none"
    _requests.labels(endpoint, request.method, str(response.status_code)).inc()
    if "started" in g:
        _seconds.labels(endpoint).observe(time.perf_counter() - g.started)
    return response


def exposition() -> tuple[bytes, str]:
    """The figures in Prometheus' text format, and its media type."""
    if _ENV not in os.environ:
        return generate_latest(), CONTENT_TYPE_LATEST
    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return generate_latest(registry), CONTENT_TYPE_LATEST
