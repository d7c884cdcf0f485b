"""A real web server over our own views, a browser without scripts, and a mailbox to read."""

from __future__ import annotations

import dataclasses
import html
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from dashboard import routes
from domain.accounts.viewer import Audience
from domain.mail import send as sending
from kit import config
from kit.clock import utc_now
from sandbox.inbox.catcher import Catcher, listen
from sandbox.inbox.letters import Caught, Letters
from tests.mail.conftest import free_port
from tests.served import portal


class Visitor:
    """A browser as far as these pages need one: keeps cookies, fills the form it was shown, follows redirects."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client

    def get(self, path: str, **kwargs: Any) -> TestResponse:
        """Opens a page as it answers, without following."""
        return self.client.get(path, **kwargs)

    def see(self, path: str) -> TestResponse:
        """Opens a page and follows where it leads."""
        return self.client.get(path, follow_redirects=True)

    def submit(self, path: str, to: str | None = None, **fields: str) -> TestResponse:
        """Opens a page, fills its form with `fields`, posts it (to its own address by default) and follows."""
        shown = self.see(path).get_data(as_text=True)
        token = re.search(r'name="csrf_token" value="([^"]+)"', shown)
        assert token, "the page has no form"
        data = {"csrf_token": html.unescape(token.group(1)), **fields}
        return self.client.post(to or path, data=data, follow_redirects=True)


class Mailbox:
    """What the relay caught; reading it sends what is due first."""

    def __init__(self, letters: Letters) -> None:
        self._letters = letters

    def all(self, to: str = "") -> list[Caught]:
        """The mails, the newest first."""
        for mail_id in sending.due(utc_now(), 100):
            sending.send(mail_id)
        return [mail for mail in self._letters.newest(most=500) if to in mail.to]

    def link(self, kind: str, to: str = "") -> str:
        """The path of the newest mail's link of a kind: confirm, reset, set-password."""
        found = re.search(rf"https?://[^/\s]+(/\S*/{kind}/[\w-]+)", self.all(to)[0].text)
        assert found, self.all(to)[0].text
        return found.group(1)


@pytest.fixture
def mailbox(tmp_path: Path, settings: config.Settings) -> Iterator[Mailbox]:
    """The mailbox of everybody."""
    letters, port = Letters(tmp_path / "inbox.sqlite"), free_port()
    controller = listen(Catcher(letters), port)
    config.use(dataclasses.replace(config.settings(), smtp_url=f"smtp://127.0.0.1:{port}"))
    yield Mailbox(letters)
    controller.stop(no_assert=True)
    letters.close()


_TABLE = (
    routes.Route("/p/<slug>", "tests.accounts.places:home", "Home", Audience.CUSTOMER),
    routes.Route("/p/<slug>/orders", "tests.accounts.places:home", "Orders", Audience.CUSTOMER),
    routes.Route("/merchant/<slug>", "tests.accounts.places:home", "Desk", Audience.STAFF),
    routes.Route("/operations", "tests.accounts.places:home", "Operations", Audience.OPERATOR),
)


@pytest.fixture
def server(sqlite_store: str, mailbox: Mailbox, clock: object) -> Iterator[Flask]:
    """The web server with four pages to land on. The use cases behind it run on both stores in their own tests."""
    yield portal(_TABLE)
    routes.use(None)


@pytest.fixture
def visit(server: Flask) -> Callable[[], Visitor]:
    """Opens a browser with no cookies."""
    return lambda: Visitor(server.test_client())
