"""Staff in front of our own pages: a client that asks as door.js does, and a Chromium that looks."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Browser, Page
from werkzeug.serving import make_server
from werkzeug.test import TestResponse

from dashboard import cookies
from dashboard.app import warm_up
from domain.accounts import sessions
from domain.accounts.viewer import Audience
from models.base import db, unit_of_work
from models.merchants import Staff
from tests.web import sample
from tests.web.conftest import token_in

SHOTS = Path(os.environ.get("SHOTS", Path(__file__).parents[2] / "test-results"))


def token_of(person: Staff) -> str:
    """A session of that person."""
    with unit_of_work():
        return sessions.open_session(staff=person.id)


def signed_in(server: Flask, person: Staff | None) -> FlaskClient:
    """A browser of theirs; of nobody's without a person."""
    client = server.test_client()
    if person is not None:
        client.set_cookie(cookies.name_of(Audience.STAFF), token_of(person))
    return client


def drawn(client: FlaskClient, path: str, body: Any = sample.PAGE_CALL) -> TestResponse:
    """What the callback of that page answers."""
    opened = client.get(path.partition("?")[0])
    token = token_in(opened.text) if opened.status_code == 200 else ""
    headers = {"X-Settle-Page": path, "X-CSRFToken": token}
    return client.post("/_dash-update-component", headers=headers, json=body)


@contextmanager
def counted() -> Iterator[list[str]]:
    """The statements that the store is asked meanwhile."""
    asked: list[str] = []
    kind: Any = type(db.obj)
    run = kind.execute_sql

    def noted(self: Any, sql: str, *rest: Any, **more: Any) -> Any:
        asked.append(sql)
        return run(self, sql, *rest, **more)

    kind.execute_sql = noted
    try:
        yield asked
    finally:
        kind.execute_sql = run


@contextmanager
def listening(server: Flask) -> Iterator[str]:
    """The server on a port of its own."""
    warm_up(server)
    web = make_server("127.0.0.1", 0, server, threaded=True)
    thread = threading.Thread(target=web.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{web.server_port}"
    finally:
        web.shutdown()
        thread.join(5)
        web.server_close()


def opened(browser: Browser, origin: str, path: str, person: Staff, *, width: int, theme: str) -> Page:
    """A page in front of that person. Console errors are kept in `page.said`."""
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=theme)  # type: ignore[arg-type]
    context.add_cookies([{"name": cookies.name_of(Audience.STAFF), "value": token_of(person), "url": origin}])
    page = context.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    page.said = said  # type: ignore[attr-defined]
    page.goto(origin + path)
    return page


def shot(page: Page, name: str) -> None:
    """Keeps a picture of the whole page."""
    SHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=str(SHOTS / f"{name}.png"), full_page=True)
