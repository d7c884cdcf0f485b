"""The web server as it is in production, made once in a test process: making one takes a fifth of a second."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from flask import Flask

from dashboard import routes
from dashboard.app import create_server
from kit.config import Settings, settings

_made: dict[Settings, Flask] = {}


def portal() -> Flask:
    """The server for this test's settings, counting nobody's requests yet.

    Folder, store and neighbours are asked anew with every request, so they may differ from test to test; whoever
    changes the server itself makes one of their own.
    """
    key = replace(settings(), data_dir=Path(), database_url="", redis_url=None, smtp_url="", gateway_url=None)
    if key not in _made:
        _made[key] = create_server()
    routes.use(None)
    for limiter in _made[key].extensions["limiter"]:
        limiter.reset()
    return _made[key]
