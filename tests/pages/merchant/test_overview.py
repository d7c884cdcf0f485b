"""The page where a merchant's people land: who may see it, what stands on it, what it costs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from urllib.parse import quote

import pytest
from flask import Flask

from dashboard import app as dashboard_app
from dashboard import cookies, routes
from domain.accounts import sessions
from domain.accounts.viewer import Audience, Role
from models.base import unit_of_work
from tests import factory
from tests.pages.console import counted, drawn, signed_in
from tests.pages.merchant.conftest import Town, live

pytestmark = pytest.mark.usefixtures("sqlite_store")
PAGE = "/merchant/harbor"


@pytest.fixture
def server(sqlite_store: str) -> Iterator[Flask]:
    yield dashboard_app.create_server()
    routes.use(None)


def test_the_merchants_people_see_it_and_nobody_else(server: Flask, town: Town) -> None:
    live(town)
    for role in Role:
        answer = drawn(signed_in(server, factory.staff(of=town.merchant, role=role)), PAGE)
        shown = json.dumps(answer.get_json(), ensure_ascii=False)
        for words in ("$399.00", "$259.00", "$100.00", "$40.00", "Flo Lost", "Portal adoption", "lost_card"):
            assert words in shown
        for words in ("Stranger Sam", "$777.00", "Old Story"):
            assert words not in shown
        assert "€20.00 (1 payment)" in shown, "another currency is said, not added"
    for person in (None, factory.staff(of=factory.merchant("third")), factory.staff(operator=True)):
        client = signed_in(server, person)
        assert client.get(PAGE).status_code == 303
        answer = drawn(client, PAGE)
        assert (answer.status_code, "Flo Lost" in answer.text) == (401, False)


def test_a_customer_of_the_merchant_does_not(server: Flask, town: Town) -> None:
    account = factory.account(factory.customer(town.merchant))
    with unit_of_work():
        token = sessions.open_session(account=account.id)
    for audience in (Audience.CUSTOMER, Audience.STAFF):
        client = server.test_client()
        client.set_cookie(cookies.name_of(audience), token)
        assert client.get(PAGE).status_code == 303


def test_a_merchant_without_customers_reads_what_will_stand_here(server: Flask, town: Town) -> None:
    answer = drawn(signed_in(server, factory.staff(of=town.merchant)), PAGE)
    assert "No automatic payment failed in these 30 days" in answer.text
    assert "Nobody has signed in yet" in answer.text
    assert '"Graph"' not in answer.text, "no chart, so no plotly is loaded"


def test_any_page_of_the_list_can_be_asked_for(server: Flask, town: Town) -> None:
    client = signed_in(server, factory.staff(of=town.merchant))
    for asked in ("2", "0", "-1", "x", "9" * 30, "٣", "²", ""):
        answer = drawn(client, f"{PAGE}?page={quote(asked)}")
        assert (answer.status_code, "Latest failed payments" in answer.text) == (200, True), asked


def test_it_takes_at_most_twelve_queries(server: Flask, town: Town) -> None:
    live(town)
    client = signed_in(server, factory.staff(of=town.merchant))
    with counted() as opening:
        client.get(PAGE)
    with counted() as both:
        drawn(client, PAGE)
    assert len(both) - len(opening) <= 12, both[len(opening) :]
