"""The settings of Harbor Yoga and the people in front of them: owner, manager, viewer, and another merchant's owner."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from html import unescape
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from dashboard import routes
from kit.clock import Stopped
from models.merchants import Merchant, Role, Staff
from models.work import Event
from tests import factory
from tests.pages.console import signed_in
from tests.served import portal


@dataclass
class House:
    """One merchant with its people, and a browser for each."""

    server: Flask
    merchant: Merchant
    owner: Staff
    manager: Staff
    viewer: Staff
    stranger: Staff

    def browser(self, role: str) -> FlaskClient:
        """A browser of owner, manager, viewer or stranger."""
        return signed_in(self.server, getattr(self, role))

    def get(self, role: str, path: str = "") -> TestResponse:
        """One of them opens a page of the settings."""
        return self.browser(role).get(f"/merchant/{self.merchant.slug}/settings{path}")

    def post(self, role: str, path: str, *, of: str | None = None, **typed: Any) -> TestResponse:
        """One of them opens a form, changes these fields and sends it; `of` is the page that shows the form."""
        client = self.browser(role)
        return self.send(client, client.get(self.at(of or path)), path, **typed)

    def send(self, client: FlaskClient, opened: TestResponse, path: str, **typed: Any) -> TestResponse:
        """Sends a form that was opened before."""
        return client.post(self.at(path), data={**fields(opened.text), **typed}, content_type="multipart/form-data")

    def at(self, path: str) -> str:
        """The address of a page of the settings."""
        return f"/merchant/{self.merchant.slug}/settings{path}"

    def now(self) -> Merchant:
        """The merchant's row as it stands."""
        row: Merchant = Merchant.get_by_id(self.merchant.id)
        return row


def fields(html: str) -> dict[str, str]:
    """What the page's fields hold, as a browser would send it; ticks that are not set are left out."""
    found = {}
    for tag in re.findall(r"<input[^>]*>", html):
        name, kind = attribute(tag, "name"), attribute(tag, "type")
        if (name and kind not in ("checkbox", "radio", "file")) or (name and " checked" in tag):
            found[name] = attribute(tag, "value")
    for name, text in re.findall(r'<textarea id="[^"]*" name="([^"]*)"[^>]*>\n(.*?)</textarea>', html, re.S):
        found[name] = unescape(text)
    for name, options in re.findall(r'<select id="[^"]*" name="([^"]*)".*?>(.*?)</select>', html, re.S):
        chosen = re.search(r'value="([^"]*)" selected', options)
        found[name] = chosen[1] if chosen else ""
    return found


def attribute(tag: str, name: str) -> str:
    found = re.search(rf'\b{name}="([^"]*)"', tag)
    return unescape(found[1]) if found else ""


def events() -> list[str]:
    """The kinds of what the merchant's people did, in order."""
    return [row.kind for row in Event.select().where(Event.actor == "staff").order_by(Event.at, Event.id)]


@lru_cache
def _server() -> Flask:
    """One for all: making it takes as long as ten tests."""
    return portal()


@pytest.fixture
def house(sqlite_store: str, clock: Stopped) -> House:
    """Made anew for each test."""
    merchant = factory.merchant("harbor", name="Harbor Yoga")
    owner, manager, viewer = (factory.staff(of=merchant, role=role) for role in (Role.OWNER, Role.MANAGER, Role.VIEWER))
    stranger = factory.staff(of=factory.merchant("summit", name="Summit"))
    routes.use(None)
    return House(_server(), merchant, owner, manager, viewer, stranger)
