"""Serves scripts and styles: ours by content hash, Dash's bundles pre-compressed, plotly's small bundle for its big."""

from __future__ import annotations

import pkgutil
from functools import lru_cache
from pathlib import Path

import brotli  # type: ignore[import-untyped]
from dash import Dash
from dash.fingerprint import check_fingerprint
from flask import Flask, Response, abort, request

from dashboard import assets_build
from dashboard.door import door
from domain.accounts.viewer import Audience

SUITES = "/_dash-component-suites/<string:package_name>/<path:fingerprinted_path>"
PLOTLY = Path(__file__).parent / "vendor" / "plotly-basic-4.1.1.min.js.br"
_FOREVER = "public, max-age=31536000, immutable"
_BRIEFLY = "public, max-age=3600"


def install(server: Flask, app: Dash) -> None:
    """Our assets' route, and our way of serving Dash's."""

    @door(Audience.PUBLIC)
    def asset(digest: str, name: str) -> Response:
        if assets_build.manifest().get(name) != digest:
            abort(404)
        return _answer((assets_build.ROOT / name).read_bytes(), name, _FOREVER)

    @door(Audience.PUBLIC)
    def suite(package_name: str, fingerprinted_path: str) -> Response:
        path, has_fingerprint = check_fingerprint(fingerprinted_path)  # type: ignore[no-untyped-call]
        if path not in app.registered_paths.get(package_name, ()) or not path.endswith((".js", ".css")):
            abort(404)
        return _answer(_suite(package_name, path), path, _FOREVER if has_fingerprint else _BRIEFLY)

    server.add_url_rule("/assets/<digest>/<path:name>", "asset", asset)
    server.view_functions[SUITES] = suite


def compress_ahead(app: Dash) -> None:
    """Makes the compressed copies of what a first page load needs."""
    for name in assets_build.manifest():
        _both((assets_build.ROOT / name).read_bytes())
    for source in first_scripts(app):
        package, _slash, fingerprinted = source.removeprefix("/_dash-component-suites/").partition("/")
        path, _known = check_fingerprint(fingerprinted)  # type: ignore[no-untyped-call]
        _both(_suite(package, path))
    _both(_suite("plotly", "package_data/plotly.min.js"))


def first_scripts(app: Dash) -> list[str]:
    """The addresses of the scripts that every Dash page loads. Dash's old table is left out: no page has one."""
    tags = app._generate_scripts_html().split('src="')[1:]
    return [source for tag in tags if "/dash_table/" not in (source := tag.partition('"')[0])]


def _both(body: bytes) -> None:
    for coding in ("br", "gzip"):
        assets_build.best(body, coding)


@lru_cache(maxsize=128)
def _suite(package: str, path: str) -> bytes:
    if (package, path) == ("plotly", "package_data/plotly.min.js"):
        return bytes(brotli.decompress(PLOTLY.read_bytes()))
    body = pkgutil.get_data(package, path)
    if body is None:
        abort(404)
    return body


def _answer(body: bytes, name: str, keep: str) -> Response:
    packed, coding = assets_build.best(body, request.headers.get("Accept-Encoding", ""))
    response = Response(packed, content_type=assets_build.kind_of(name))
    response.headers["Cache-Control"] = keep
    response.headers["Vary"] = "Accept-Encoding"
    if coding:
        response.headers["Content-Encoding"] = coding
    response.add_etag()
    response.make_conditional(request)
    return response
