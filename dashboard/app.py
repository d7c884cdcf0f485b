"""Builds the web server: Flask, one Dash app, the guard in front of both."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from urllib.parse import urlsplit

from flask import Flask
from flask_wtf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix

from dashboard import (
    callbacks,
    failures,
    guard,
    headers,
    language,
    metrics,
    moved,
    net,
    request_log,
    router,
    routes,
    suites,
)
from dashboard.appearance import appearance
from dashboard.door import door_of
from dashboard.health import WARM, health
from dashboard.shell import Portal
from dashboard.views import BLUEPRINTS
from kit import i18n
from kit.config import settings
from kit.errors import ConfigError
from models.base import db

_DASH_OWN = ("_dash_", "/")  # Dash's endpoints: the guard names those it opens, the rest stays closed


def create_server(table: Iterable[routes.Route] | None = None) -> Flask:
    """The server, ready but for `warm_up`. Tests may give a route table of their own.

    Raises ConfigError when a view has no `@door`.
    """
    routes.use(table)
    routes.load()
    server = Flask("settle", static_folder=None)
    _configure(server)
    request_log.install(server)
    metrics.install(server)
    headers.install(server)
    language.install(server)
    net.install(server)
    guard.install(server)
    moved.install(server)
    protection = CSRFProtect(server)
    for blueprint in (health, appearance, *BLUEPRINTS):
        server.register_blueprint(blueprint)
    app = _dash(server)
    suites.install(server, app)
    failures.install(server)
    server.teardown_request(_let_go)
    for endpoint, view in server.view_functions.items():
        declared = door_of(view)
        if declared is None and not endpoint.startswith(_DASH_OWN):
            raise ConfigError(f"The view {endpoint!r} declares no audience. Put @door(Audience.…) under its route.")
        if declared is not None and declared.machine:
            protection.exempt(view)
    if settings().proxy_hops:
        hops = settings().proxy_hops
        server.wsgi_app = ProxyFix(server.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    return server


def warm_up(server: Flask) -> None:
    """Lets Dash set itself up alone: two first requests at once would get dead scripts. Then we are ready."""
    with server.test_client() as client:
        client.get("/healthz", base_url=settings().public_url)
    suites.compress_ahead(server.extensions["settle_dash"])
    i18n.warm_up()
    server.extensions[WARM] = True


def _configure(server: Flask) -> None:
    chosen = settings()
    host = urlsplit(chosen.public_url).hostname or ""
    server.config.update(
        SECRET_KEY=chosen.secret_key,
        SECRET_KEY_FALLBACKS=list(chosen.secret_key_fallbacks),
        SESSION_COOKIE_NAME="__Host-form" if chosen.https else "form",
        SESSION_COOKIE_SECURE=chosen.https,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        PERMANENT_SESSION_LIFETIME=timedelta(hours=12),
        TRUSTED_HOSTS=[host, "127.0.0.1", "localhost", "[::1]"],
        MAX_CONTENT_LENGTH=2 * 1024 * 1024,
        WTF_CSRF_TIME_LIMIT=None,
        WTF_CSRF_SSL_STRICT=False,
        PROPAGATE_EXCEPTIONS=False,
        REMEMBER_COOKIE_NAME="__Host-unused",
    )


def _dash(server: Flask) -> Portal:
    app = Portal(
        "settle",
        server=server,  # type: ignore[arg-type]  # Dash says bool; a Flask is meant
        assets_url_path="_unused",
        include_assets_files=False,
        pages_folder="",
        use_pages=False,
        suppress_callback_exceptions=True,
        update_title=None,  # type: ignore[arg-type]  # None: the title stays
        title="",
        serve_locally=True,
        compress=False,
        csrf_header_name="X-CSRFToken",
        enable_mcp=False,
        on_error=router.on_error,
        add_log_handler=False,
    )
    server.extensions["settle_dash"] = app
    router.install(app)
    callbacks.register(app)
    return app


def _let_go(_error: BaseException | None) -> None:
    if db.obj is not None and not db.is_closed():
        db.close()
