"""Payment methods, the leaving page, webhooks."""

from __future__ import annotations

import hashlib
import hmac
import json

from flask import Flask

from kit.clock import Stopped
from kit.crypto import seal
from models.methods import MethodState, PaymentMethod
from models.work import WebhookEvent
from sandbox.inprocess import InProcess
from tests import factory
from tests.pages.customer.conftest import Person


def test_adding_a_card_outside_of_a_payment(owner: Person, sandbox: InProcess) -> None:
    leaving = owner.post("/methods/add", kind="card").headers["Location"]
    away = owner.client.get(leaving).text
    hosted = away.partition('data-leave href="')[2].partition('"')[0].replace("http://sandbox.invalid", "")
    back = sandbox.app.test_client().post(hosted, data={"kind": "card", "number": "4242424242424242"})
    handle = back.headers["Location"].rpartition("/")[2]
    assert owner.get(f"/added/{handle}").headers["Location"] == f"{owner.base}/methods"
    html = owner.page("/methods")
    assert "Visa ending 4242 was added." in html and "Default" in html
    owner.get(f"/added/{handle}")
    assert PaymentMethod.select().count() == 1, "coming back twice adds it once"


def test_the_default_is_chosen_by_its_owner_only(owner: Person, colleague: Person, stranger: Person) -> None:
    first, second = factory.method(owner.customer), factory.method(owner.customer, "pm_card_mastercard")
    for other in (colleague, stranger):
        other.post(f"/methods/{second.id}/default")
        assert "not there any more" in other.page("/methods")
    assert PaymentMethod.get_by_id(first.id).is_default
    owner.post(f"/methods/{second.id}/default")
    assert "Mastercard ending 4444 is your default now." in owner.page("/methods")
    assert PaymentMethod.get_by_id(second.id).is_default and not PaymentMethod.get_by_id(first.id).is_default


def test_what_cannot_pay_is_no_default(owner: Person) -> None:
    factory.method(owner.customer)
    other = factory.method(owner.customer, "pm_card_mastercard")
    PaymentMethod.update(state=MethodState.UNVERIFIED).where(PaymentMethod.id == other.id).execute()
    owner.post(f"/methods/{other.id}/default")
    assert "cannot pay just now" in owner.page("/methods") and not PaymentMethod.get_by_id(other.id).is_default


def test_an_unverified_account_is_shown_but_cannot_be_chosen(owner: Person) -> None:
    factory.order(owner.customer)
    bank = factory.method(owner.customer, "pm_usBankAccount_success")
    PaymentMethod.update(state=MethodState.UNVERIFIED).where(PaymentMethod.id == bank.id).execute()
    html = owner.page(owner.post("/pay").headers["Location"])
    row = html.partition(f'value="{bank.id}"')[2][:60]
    assert "disabled" in row and "Waits for its check" in html and "Add a card to pay" in html


def test_the_leaving_page_goes_only_where_we_sealed(server: Flask, clock: Stopped) -> None:
    client, until = server.test_client(), int(clock().timestamp()) + 60
    good = client.get(f"/leaving/{seal('leaving', {'to': 'https://bank.example/x', 'until': until})}")
    assert good.status_code == 200 and 'href="https://bank.example/x"' in good.text
    assert good.headers["Referrer-Policy"] == "no-referrer" and "<noscript><meta" in good.text
    assert client.get("/leaving/https%3A%2F%2Fevil.example").status_code == 404
    assert client.get(f"/leaving/{seal('other', {'to': 'https://x', 'until': until})}").status_code == 404
    assert client.get(f"/leaving/{seal('leaving', {'to': 'https://x', 'until': until - 120})}").status_code == 404


def _signed(body: bytes, at: int) -> str:
    mark = hmac.new(b"whsec_test", b"%d." % at + body, hashlib.sha256).hexdigest()
    return f"t={at},v1={mark}"


def test_a_webhook_is_stored_once_and_forged_ones_are_not(owner: Person, clock: Stopped) -> None:
    client, at = owner.client.application.test_client(), int(clock().timestamp())
    body = json.dumps(
        {"id": "evt_1", "type": "payment_intent.succeeded", "created": at, "livemode": False,
         "data": {"object": {"id": "pi_1", "object": "payment_intent", "metadata": {}}}}
    ).encode()  # fmt: skip
    where = f"/webhooks/{owner.customer.merchant_id.hex}"
    good = {"Stripe-Signature": _signed(body, at)}
    assert client.post(where, data=body, headers=good).status_code == 200
    assert client.post(where, data=body, headers=good).status_code == 200
    assert WebhookEvent.select().count() == 1
    assert client.post(where, data=body, headers={"Stripe-Signature": "t=1,v1=00"}).status_code == 400
    assert client.post(where, data=body).status_code == 400
    assert client.post("/webhooks/nowhere", data=body, headers=good).status_code == 404
    assert client.get(where).status_code in (404, 405)
