"""For Prometheus: counts and times of web requests, by endpoint and never by address, summed over all processes of this
host; and the install's own figures, which are read from the store (domain/operations/exported.py)."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator

from flask import Flask, Response, g, request
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.metrics_core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from domain.operations.exported import Told, exported
from kit.clock import utc_now
from kit.measure import BOUNDS

_ENV = "PROMETHEUS_MULTIPROC_DIR"
_METHODS = frozenset({"GET", "HEAD", "POST", "OPTIONS", "PUT", "PATCH", "DELETE"})
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
    method = request.method if request.method in _METHODS else "other"  # a browser may send any word: a series each
    _requests.labels(endpoint, method, str(response.status_code)).inc()
    if "started" in g:
        _seconds.labels(endpoint).observe(time.perf_counter() - g.started)
    return response


class _Install(Collector):
    """The install's figures, read anew for each scrape."""

    def collect(self) -> Iterator[Metric]:
        """Gauges, counters and histograms in Prometheus' own shapes."""
        found = exported(utc_now())
        for told in found.gauges:
            yield _filled(GaugeMetricFamily(told.name, told.says, labels=told.labels), told)
        for told in found.counters:
            yield _filled(CounterMetricFamily(told.name, told.says, labels=told.labels), told)
        for spread in found.spreads:
            family = HistogramMetricFamily(spread.name, spread.says, labels=spread.labels)
            for labels, within, seconds in spread.values:
                family.add_metric(labels, list(zip(_BOUNDS, within, strict=True)), seconds)
            yield family


_BOUNDS = (*(str(bound / 1000) for bound in BOUNDS), "+Inf")


def _filled(family: GaugeMetricFamily | CounterMetricFamily, told: Told) -> Metric:
    for labels, value in told.values:
        family.add_metric(labels, value)
    return family


def exposition() -> tuple[bytes, str]:
    """The figures in Prometheus' text format, and its media type."""
    web = REGISTRY
    if _ENV in os.environ:
        web = CollectorRegistry()
        MultiProcessCollector(web)  # type: ignore[no-untyped-call]
    install = CollectorRegistry()
    install.register(_Install())
    return generate_latest(web) + generate_latest(install), CONTENT_TYPE_LATEST
