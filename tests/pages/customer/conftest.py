"""The real portal over the sandbox in process, and three people: the owner, a colleague, a stranger."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from dashboard import cookies
from domain.accounts import sessions
from domain.accounts.viewer import Audience
from kit.clock import Stopped
from models.base import unit_of_work
from models.customers import Account, Customer
from models.merchants import Merchant
from sandbox.inprocess import InProcess
from tests import factory
from tests.served import portal


@dataclass
class Person:
    """Somebody who is signed in, and their browser."""

    customer: Customer
    account: Account
    client: FlaskClient
    base: str
    token: str = ""
    seen: list[str] = field(default_factory=list)

    def get(self, path: str = "", **more: Any) -> TestResponse:
        """A page of the portal, by its path under /p/<slug>."""
        return self.client.get(path if path.startswith("/") and path.startswith("/p/") else self.base + path, **more)

    def csrf(self) -> str:
        """The token of this browser's forms."""
        found = re.search(r'name="csrf-token" content="([^"]+)"', self.client.get(self.base).text)
        assert found
        return found.group(1)

    def post(self, path: str, **fields: Any) -> TestResponse:
        """A native form."""
        where = path if path.startswith("/p/") else self.base + path
        return self.client.post(where, data={"csrf_token": self.csrf(), **fields})

    def page(self, path: str = "") -> str:
        """What Dash draws for a page: the router callback's answer as text."""
        return self.draw(path if path.startswith("/p/") else self.base + path, self.csrf())

    def draw(self, where: str, token: str) -> str:
        """The router callback alone."""
        body = {
            "output": "page.children",
            "outputs": {"id": "page", "property": "children"},
            "inputs": [{"id": "address", "property": "pathname", "value": where}],
            "changedPropIds": ["address.pathname"],
        }
        headers = {"X-Settle-Page": where, "X-CSRFToken": token}
        answer = self.client.post("/_dash-update-component", json=body, headers=headers)
        assert answer.status_code == 200, answer.text
        return _plain(answer.json)

    def tick(self, page: str, ticks: str) -> TestResponse:
        """The pay page's callback."""
        outputs = [{"id": "pay--total", "property": "children"}, {"id": "pay--button", "property": "children"}]
        body = {
            "output": "..pay--total.children...pay--button.children..",
            "outputs": outputs,
            "inputs": [{"id": "pay--ticks", "property": "value", "value": ticks}],
            "changedPropIds": ["pay--ticks.value"],
        }
        headers = {"X-Settle-Page": page, "X-CSRFToken": self.csrf()}
        return self.client.post("/_dash-update-component", json=body, headers=headers)


def _plain(node: Any) -> str:
    """The HTML that fragments carry, and the texts between them."""
    if isinstance(node, dict):
        return "".join(value if name == "html" else _plain(value) for name, value in node.items())
    if isinstance(node, list):
        return "".join(_plain(each) for each in node)
    return ""


@pytest.fixture
def server(sqlite_store: str, sandbox: InProcess, clock: Stopped) -> Iterator[Flask]:
    """The portal with its real routes and views."""
    made = portal()
    made.test_client().get("/healthz")
    yield made


@pytest.fixture
def house(server: Flask) -> Merchant:
    """Harbor Yoga."""
    return factory.merchant("harbor", name="Harbor Yoga")


def sign_in(server: Flask, customer: Customer) -> Person:
    """A person of that customer, signed in."""
    account = factory.account(customer)
    with unit_of_work():
        token = sessions.open_session(account=account.id, customer=customer.id)
    client = server.test_client()
    client.set_cookie(cookies.name_of(Audience.CUSTOMER), token)
    return Person(customer, account, client, f"/p/{customer.merchant.slug}", token)


@pytest.fixture
def owner(server: Flask, house: Merchant) -> Person:
    """Whose orders they are."""
    return sign_in(server, factory.customer(house))


@pytest.fixture
def colleague(server: Flask, house: Merchant) -> Person:
    """Another customer of the same merchant."""
    return sign_in(server, factory.customer(house, name="Jordan Reyes"))


@pytest.fixture
def stranger(server: Flask) -> Person:
    """A customer of another merchant."""
    return sign_in(server, factory.customer(factory.merchant("summit", name="Summit Bikes")))


Field = Callable[[str, str], str]


def value_of(html: str, name: str) -> str:
    """The value of a hidden field."""
    found = re.search(rf'name="{name}" value="([^"]*)"', html)
    assert found, f"no field {name}"
    return found.group(1)
