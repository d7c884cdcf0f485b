"""Weights over the wire, and what the browser may keep."""

from __future__ import annotations

import gzip
import re
from collections.abc import Callable

import brotli  # type: ignore[import-untyped]
import pytest
from flask import Flask
from flask.testing import FlaskClient
from plotly.offline import get_plotlyjs_version

from dashboard import suites

SOURCES = re.compile(r'(?:src|rel="stylesheet" href)="(/[^"]+)"')
PACKED = {"Accept-Encoding": "gzip, deflate, br"}


def _weight(client: FlaskClient, path: str, coding: str) -> int:
    """Bytes of a page with all it loads; the HTML itself counted as a proxy would pack it."""
    html = client.get(path).data
    loaded = [client.get(source, headers={"Accept-Encoding": coding}) for source in SOURCES.findall(html.decode())]
    assert all(answer.status_code == 200 for answer in loaded)
    assert all("immutable" in answer.headers["Cache-Control"] for answer in loaded)
    return len(html) + sum(len(answer.data) for answer in loaded)


@pytest.mark.parametrize("coding", ["br", "gzip"])
def test_a_plain_page_is_light(anybody: FlaskClient, coding: str) -> None:
    assert _weight(anybody, "/p/harbor/sign-in", coding) <= 60_000


@pytest.mark.parametrize("coding", ["br", "gzip"])
def test_the_portals_first_load_is_light(browser_of: Callable[[str], FlaskClient], coding: str) -> None:
    assert _weight(browser_of("alex"), "/p/harbor", coding) <= 500_000


def test_a_plain_page_runs_no_script(anybody: FlaskClient) -> None:
    assert "<script" not in anybody.get("/p/harbor/sign-in").text


def test_plotly_comes_only_with_a_chart_and_as_the_small_bundle(
    browser_of: Callable[[str], FlaskClient], anybody: FlaskClient
) -> None:
    assert "plotly.min" not in browser_of("alex").get("/p/harbor").text
    address = "/_dash-component-suites/plotly/package_data/plotly.min.js"
    answer = anybody.get(address, headers=PACKED)
    body = brotli.decompress(answer.data).decode()
    assert f"v{get_plotlyjs_version()}" in body[:300], "plotly.js is the version that plotly.py ships"
    assert "basic" in body[:300]
    assert len(answer.data) < 400_000
    again = anybody.get(address, headers={**PACKED, "If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304


def test_every_coding_gives_the_same_file(anybody: FlaskClient, server: Flask) -> None:
    source = suites.first_scripts(server.extensions["settle_dash"])[0]
    plain = anybody.get(source, headers={"Accept-Encoding": "identity"}).data
    assert gzip.decompress(anybody.get(source, headers={"Accept-Encoding": "gzip"}).data) == plain
    assert brotli.decompress(anybody.get(source, headers={"Accept-Encoding": "br"}).data) == plain
    assert anybody.get(source, headers={"Accept-Encoding": "br;q=0"}).data == plain


@pytest.mark.parametrize(
    "path",
    [
        "/assets/0000000000000000/theme.css",
        "/assets/../wsgi.py",
        "/assets/x/../../wsgi.py",
        "/_dash-component-suites/dash/dash.py",
        "/_dash-component-suites/kit/config.py",
        "/_dash-component-suites/nothing/x.js",
        "/_dash-component-suites/plotly/package_data/../__init__.py",
    ],
)
def test_nothing_else_is_served(anybody: FlaskClient, path: str) -> None:
    assert anybody.get(path).status_code == 404
