"""The web server as it is in production, made once in a test process: making one takes a fifth of a second."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from flask import Flask

from dashboard import routes
from dashboard.app import create_server
from kit.config import Settings, settings

_made: dict[tuple[Settings, tuple[routes.Route, ...] | None], tuple[Flask, dict[str, Any]]] = {}


def portal(table: tuple[routes.Route, ...] | None = None) -> Flask:
    """The server for this test's settings, counting nobody's requests yet; with a route table of the test's own.

    Folder, store and neighbours are asked anew with every request, so they may differ from test to test; whoever
    changes the server itself makes one of their own. Who gives a table takes it back: `routes.use(None)`.
    """
    chosen = replace(settings(), data_dir=Path(), database_url="", redis_url=None, smtp_url="", gateway_url=None)
    key = (chosen, table)
    if key not in _made:
        made = create_server(table)
        _made[key] = (made, dict(made.config))
    routes.use(table)
    server, config = _made[key]
    server.config.clear()
    server.config.update(config)  # one test without tokens in forms must not take them from the next
    for limiter in server.extensions["limiter"]:
        limiter.reset()
    return server
