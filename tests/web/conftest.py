"""A server over the sample routes, and people of every kind who are signed in to it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

import pytest
from flask import Blueprint, Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from dashboard import app as dashboard_app
from dashboard import cookies, routes
from dashboard.door import door
from dashboard.render import page
from domain.accounts import sessions
from domain.accounts.viewer import Audience, Role
from kit.clock import utc_now
from models.base import unit_of_work
from models.customers import Access, AccessSource, Account, Customer
from models.merchants import Membership, Merchant, Staff
from tests.web import sample

views = Blueprint("sample_views", __name__)


@views.route("/p/<slug>/sign-in", methods=["GET", "POST"])
@door(Audience.PUBLIC)
def sign_in(slug: str) -> str:
    return page("door.html", title="Sign in")


@views.get("/p/<slug>/receipts/<uuid:receipt_id>")
@door(Audience.CUSTOMER)
def receipt(slug: str, receipt_id: UUID) -> str:
    return page("errors/error.html", title="Receipt", heading="Receipt", sentence="x", trace="")


@views.get("/p/<slug>/links/<token>")
@door(Audience.PUBLIC, token_in_address=True)
def link(slug: str, token: str) -> str:
    return "ok"


@views.post("/webhooks/<token>")
@door(Audience.PUBLIC, machine=True)
def webhook(token: str) -> str:
    return "taken"


@views.post("/p/<slug>/pay")
@door(Audience.CUSTOMER)
def pay(slug: str) -> str:
    return "paid"


@pytest.fixture
def make_server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], Flask]]:
    """Builds a server over the sample routes and views, under the settings of the moment."""

    def make() -> Flask:
        monkeypatch.setattr(dashboard_app, "BLUEPRINTS", (views,))
        server = dashboard_app.create_server(sample.ROUTES)
        server.test_client().get("/healthz")
        return server

    yield make
    routes.use(None)


@pytest.fixture
def server(make_server: Callable[[], Flask], sqlite_store: str) -> Flask:
    """The server over the sample, with an empty store."""
    return make_server()


@pytest.fixture
def anybody(server: Flask) -> FlaskClient:
    """A browser without a session."""
    return server.test_client()


def _merchant(slug: str) -> Merchant:
    return Merchant.create(
        slug=slug,
        name=slug.title() + " Yoga",
        currency="USD",
        country="US",
        zone="America/New_York",
        created_at=utc_now(),
    )


@pytest.fixture
def people(server: Flask) -> dict[str, str]:
    """Tokens: alex, a customer of harbor; sam, one of summit; kim, harbor's owner; ola, an operator."""
    now = utc_now()
    with unit_of_work():
        harbor, summit = _merchant("harbor"), _merchant("summit")
        tokens = {}
        for name, merchant in (("alex", harbor), ("sam", summit)):
            mail = f"{name}@example.com"
            customer = Customer.create(merchant=merchant, reference=name, name=name.title(), email=mail, created_at=now)
            account = Account.create(merchant=merchant, email=mail, name=name.title(), created_at=now)
            Access.create(account=account, customer=customer, source=AccessSource.MAILBOX_MATCH, granted_at=now)
            tokens[name] = sessions.open_session(account=account.id, customer=customer.id)
        kim = Staff.create(email="kim@example.com", name="Kim", created_at=now)
        Membership.create(staff=kim, merchant=harbor, role=Role.OWNER, created_at=now)
        ola = Staff.create(email="ola@example.com", name="Ola", operator=True, created_at=now)
        tokens |= {"kim": sessions.open_session(staff=kim.id), "ola": sessions.open_session(staff=ola.id)}
    return tokens


@pytest.fixture
def browser_of(server: Flask, people: dict[str, str]) -> Callable[[str], FlaskClient]:
    """A browser in which that person is signed in."""

    def made(name: str) -> FlaskClient:
        client = server.test_client()
        audience = Audience.CUSTOMER if name in ("alex", "sam") else Audience.STAFF
        client.set_cookie(cookies.name_of(audience), people[name])
        return client

    return made


def token_in(html: str) -> str:
    """The CSRF token that a page carries."""
    found = re.search(r'name="csrf-token" content="([^"]+)"', html)
    assert found, "the page carries no CSRF token"
    return found.group(1)


@pytest.fixture
def post_callback() -> Callable[..., TestResponse]:
    """Posts a callback as door.js would, from a page that this browser has opened."""

    def post(client: FlaskClient, page_path: str, body: Any, **overrides: Any) -> TestResponse:
        opened = client.get(page_path.partition("?")[0])
        token = token_in(opened.text) if opened.status_code == 200 else ""
        headers = {"X-Settle-Page": page_path, "X-CSRFToken": token} | overrides.pop("headers", {})
        sent: dict[str, Any] = overrides or {"json": body}
        return client.post("/_dash-update-component", headers=headers, **sent)

    return post
