"""The fix-it link of a failure mail: one order, a new card, no sign-in, no personal data."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from kit.clock import Stopped
from models.base import unit_of_work
from models.orders import Order
from models.payments import Attempt
from sandbox.inprocess import InProcess
from tests import factory
from tests.factory import fix_it_link
from tests.pages.customer.conftest import Person, value_of
from tests.pages.customer.test_home import fail


@pytest.fixture
def reader(server: Flask) -> FlaskClient:
    """Whoever opened the mail; not signed in."""
    return server.test_client()


def link_to(order: Order) -> str:
    with unit_of_work():
        return f"/p/harbor/fix/{fix_it_link(order.id)}"


def post(client: FlaskClient, page: str, to: str, **fields: str) -> TestResponse:
    token = value_of(client.get(page).text, "csrf_token")
    return client.post(to, data={"csrf_token": token, **fields})


def give_card(client: FlaskClient, sandbox: InProcess, link: str, number: str = "4242424242424242") -> str:
    """Goes to the hosted page, gives a card and comes back: the review page's address."""
    return _hosted(client, sandbox, post(client, link, link, kind="card"), number)


def _hosted(client: FlaskClient, sandbox: InProcess, leaving: TestResponse, number: str) -> str:
    away = client.get(leaving.headers["Location"]).text
    hosted = away.partition('data-leave href="')[2].partition('"')[0].replace("http://sandbox.invalid", "")
    back = sandbox.app.test_client().post(hosted, data={"kind": "card", "number": number}).headers["Location"]
    return str(client.get(re.sub(r"^http://[^/]+", "", back)).headers["Location"])


def test_it_shows_the_order_and_nothing_personal(owner: Person, clock: Stopped, reader: FlaskClient) -> None:
    order = fail(owner, clock)
    answer = reader.get(link_to(order))
    assert answer.status_code == 200 and answer.headers["Referrer-Policy"] == "no-referrer"
    assert order.number in answer.text and "$89.00" in answer.text and "Not enough money" in answer.text
    for secret in ("Alex", owner.customer.email, "9995", "Membership"):
        assert secret not in answer.text


def test_it_pays_that_one_order_with_a_new_card(
    owner: Person, clock: Stopped, reader: FlaskClient, sandbox: InProcess, ledger_holds: None
) -> None:
    order, other = fail(owner, clock), factory.order(owner.customer, 1105)
    link = link_to(order)
    review = give_card(reader, sandbox, link)
    html = reader.get(review).text
    assert review.endswith("/review") and link.rpartition("/")[2] not in review, "the token is out of the address"
    assert "Pay $89.00" in html and "Visa ending 4242" in html and "9995" not in html and "Alex" not in html
    fields = {name: value_of(html, name) for name in ("method", "seen", "press")}
    paid = post(reader, review, review, **fields)
    page = reader.get(paid.headers["Location"]).text
    assert "Payment received" in page and "Receipt R-" in page and owner.customer.email not in page
    assert Order.get_by_id(order.id).open == 0 and Order.get_by_id(other.id).open == 1105
    assert reader.get(link).status_code == 410, "a settled order's link is dead"
    assert reader.get(owner.base).status_code == 303, "it is no session"


def test_a_stored_card_cannot_be_charged_through_it(
    owner: Person, clock: Stopped, reader: FlaskClient, sandbox: InProcess
) -> None:
    order = fail(owner, clock)
    stored = factory.method(owner.customer, "pm_card_mastercard")
    review = give_card(reader, sandbox, link_to(order))
    before = len(sandbox.charges())
    answer = post(reader, review, review, method=str(stored.id), seen="8900", press="1")
    assert answer.headers["Location"] == review
    assert "Choose how to pay" in reader.get(review).text
    assert len(sandbox.charges()) == before and Order.get_by_id(order.id).open == 8900


def test_declined_then_another_card(owner: Person, clock: Stopped, reader: FlaskClient, sandbox: InProcess) -> None:
    order = fail(owner, clock)
    review = give_card(reader, sandbox, link_to(order), "4000000000000341")
    html = reader.get(review).text
    to = post(reader, review, review, **{n: value_of(html, n) for n in ("method", "seen", "press")}).headers["Location"]
    page = reader.get(to)
    assert "did not go through" in page.text and "Nothing was taken." in page.text
    again = _hosted(reader, sandbox, post(reader, to, to.replace("/payment", "/again")), "5555555555554444")
    html = reader.get(again).text
    assert "Mastercard ending 4444" in html
    to = post(reader, again, again, **{n: value_of(html, n) for n in ("method", "seen", "press")}).headers["Location"]
    assert "Payment received" in reader.get(to).text


def test_confirming_at_the_bank_comes_back_to_the_same_page(
    owner: Person, clock: Stopped, reader: FlaskClient, sandbox: InProcess
) -> None:
    order = fail(owner, clock)
    review = give_card(reader, sandbox, link_to(order), "4000002760003184")
    html = reader.get(review).text
    to = post(reader, review, review, **{n: value_of(html, n) for n in ("method", "seen", "press")}).headers["Location"]
    assert "Confirm at your bank" in reader.get(to).text
    assert post(reader, to, f"{to}/confirm").headers["Location"].startswith("/leaving/")
    attempt = Attempt.select().order_by(Attempt.reserved_at.desc()).get()
    sandbox.app.test_client().post(f"/authenticate/{attempt.gateway_ref}", data={"answer": "approve"})
    back = reader.get(f"/p/harbor/payments/{attempt.payment_id}/return?payment_intent=x")
    assert back.headers["Location"] == to and "Payment received" in reader.get(to).text


def test_links_that_do_not_work(owner: Person, stranger: Person, reader: FlaskClient) -> None:
    order = factory.order(owner.customer)
    link = link_to(order)
    assert reader.get(link + "x").status_code == 410
    assert reader.get(link.replace("harbor", "summit")).status_code == 410, "another merchant's address"
    newer = link_to(order)
    assert reader.get(link).status_code == 410 and reader.get(newer).status_code == 200, "the newest only"
    for path in ("review", "payment"):
        assert reader.get(f"/p/harbor/fix/nothing/{path}").status_code == 410
    handle = owner.post("/pay").headers["Location"].rpartition("/")[2]
    assert reader.get(f"/p/harbor/fix/{handle}/review").status_code == 410, "a signed-in page's handle is no key"


def test_opening_it_changes_nothing(owner: Person, reader: FlaskClient) -> None:
    link = link_to(factory.order(owner.customer))
    for _scan in range(3):
        assert reader.get(link).status_code == 200 and reader.head(link).status_code == 200


def test_the_same_card_may_be_tried_again_after_a_call_to_the_bank(
    owner: Person, clock: Stopped, reader: FlaskClient, sandbox: InProcess
) -> None:
    order = fail(owner, clock)
    stored = factory.method(owner.customer, "pm_card_mastercard")
    review = give_card(reader, sandbox, link_to(order), "4000000000000341")
    html = reader.get(review).text
    to = post(reader, review, review, **{n: value_of(html, n) for n in ("method", "seen", "press")}).headers["Location"]
    assert "Try again with Visa ending 0341" in reader.get(to).text
    again = post(reader, to, to.replace("/payment", "/again"), same="1").headers["Location"]
    html = reader.get(again).text
    assert again.endswith("/review") and "Visa ending 0341" in html and "Pay $89.00" in html
    assert "4444" not in html and str(stored.id) not in html, "still no stored card"
    assert Order.get_by_id(order.id).open == 8900
