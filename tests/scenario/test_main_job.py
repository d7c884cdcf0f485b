"""The main job, end to end with real parts: a file is imported, its customer signs up by mail, an automatic payment
fails, the customer settles with a new card on the processor's page, a receipt arrives, and all books agree."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from flask.testing import FlaskClient

from domain.imports.run import run_import
from domain.ledger import invariants
from domain.payments import intention
from domain.work.drain import drain
from integrations.gateways import registry
from integrations.gateways.http import DeadlineHTTP
from kit import config
from kit.clock import Stopped
from models.customers import Account, Customer
from models.merchants import Merchant
from models.orders import Order
from models.payments import Payment, PaymentState, Receipt, Recovery, RecoveryState
from sandbox.inbox.catcher import Catcher, listen
from sandbox.inbox.letters import Caught, Letters
from tests import factory
from tests.mail.conftest import free_port
from tests.sandbox.running import Running
from tests.served import portal

PASSWORD = "a lake in the morning"
CSV = """order_number,email,name,date,description,amount
HY-1,ann@example.com,Ann Lee,2026-09-20,Monthly membership,89.00
HY-2,ann@example.com,Ann Lee,2026-10-20,Monthly membership,89.00
HY-3,ann@example.com,Ann Lee,2026-11-20,Retreat deposit,95.50
"""


class Post:
    """The mailbox of everybody. Reading it does what is due first, as clock and workers would."""

    def __init__(self, letters: Letters) -> None:
        self._letters = letters

    def newest(self) -> Caught:
        drain()
        return self._letters.newest(most=1)[0]

    def link(self, kind: str) -> str:
        """The path of the newest mail's link of a kind."""
        found = re.search(rf"https?://[^/\s]+(/\S*/{kind}/[\w-]+)", self.newest().text)
        assert found, self.newest().text
        return found.group(1)


@pytest.fixture
def post(tmp_path: Path) -> Iterator[Post]:
    letters, port = Letters(tmp_path / "inbox.sqlite"), free_port()
    controller = listen(Catcher(letters), port)
    config.use(replace(config.settings(), smtp_url=f"smtp://127.0.0.1:{port}"))
    yield Post(letters)
    controller.stop(no_assert=True)
    letters.close()


@pytest.fixture
def gateway(tmp_path: Path, settings: config.Settings) -> Iterator[Running]:
    """The sandbox as a process, over HTTP."""
    process = Running(tmp_path / "sandbox")
    config.use(replace(settings, gateway_url=process.url))
    with registry.use_transport(DeadlineHTTP):
        yield process
    assert process.stop() == 0


class Browser:
    """Keeps cookies, fills the form it was shown, follows redirects of ours."""

    def __init__(self, client: FlaskClient) -> None:
        self.client, self.text = client, ""

    def see(self, path: str) -> str:
        self.text = self.client.get(path, follow_redirects=True).get_data(as_text=True)
        return self.text

    def submit(self, path: str, **fields: Any) -> str:
        """Posts with the token of the page that is open; follows; returns where it ended."""
        token = re.search(r'name="csrf(?:_token" value|-token" content)="([^"]+)"', self.text)
        assert token, "no form is open"
        answer = self.client.post(
            path, data={"csrf_token": html.unescape(token.group(1)), **fields}, follow_redirects=True
        )
        self.text = answer.get_data(as_text=True)
        return answer.request.path


def test_from_an_imported_order_to_a_receipt(
    store: str, clock: Stopped, gateway: Running, post: Post, tmp_path: Path
) -> None:
    merchant = factory.merchant("harbor-yoga", name="Harbor Yoga")
    gateway.control(now=clock.at.isoformat())
    _import(tmp_path, merchant)
    browser = Browser(portal().test_client())
    customer = _sign_up(browser, post)
    retreat = Order.get(Order.number == "HY-3")
    membership = _automatic_payment_fails(customer, clock, gateway, post)
    _settle_with_a_new_card(browser, gateway, customer, retreat, membership)
    _a_receipt_arrives(post)
    _books_agree(gateway)


def _import(tmp_path: Path, merchant: Merchant) -> None:
    file = tmp_path / "orders.csv"
    file.write_text(CSV)
    run_import(path=file, merchant=merchant.slug, unpaid_last=1)
    assert (Order.select().count(), Order.select().where(Order.open > 0).count()) == (3, 1)


def _sign_up(browser: Browser, post: Post) -> Customer:
    """The mailbox proves that the imported customer is hers."""
    browser.see("/p/harbor-yoga/create-account")
    browser.submit("/p/harbor-yoga/create-account", name="Ann Lee", email="ann@example.com")
    link = post.link("confirm")
    browser.see(link)
    assert browser.submit(link, password=PASSWORD) == "/p/harbor-yoga"
    assert Account.get().confirmed_at is not None
    customer: Customer = Customer.get()
    return customer


def _automatic_payment_fails(customer: Customer, clock: Stopped, gateway: Running, post: Post) -> Order:
    card = factory.method(customer, "pm_card_visa_chargeDeclinedInsufficientFunds")
    order = factory.automatic(customer, card, factory.consented(customer, card), 8900)
    clock.set(datetime(2026, 11, 23, 14, 5, tzinfo=UTC))
    gateway.control(now=clock.at.isoformat())
    drain()
    assert Recovery.get().state == RecoveryState.OPEN
    told = post.newest()
    assert "not enough money" in told.text
    assert "24 November" in told.text
    return order


def _settle_with_a_new_card(
    browser: Browser, gateway: Running, customer: Customer, retreat: Order, membership: Order
) -> None:
    assert "Password" in browser.see("/p/harbor-yoga")  # two hours have passed: signed out
    home = browser.submit("/p/harbor-yoga/sign-in", email="ann@example.com", password=PASSWORD)
    assert home == "/p/harbor-yoga"
    page = browser.submit("/p/harbor-yoga/pay")
    handle = page.rsplit("/", 1)[1]
    ticked = {"order": [str(retreat.id), str(membership.id)]}
    leaving = browser.submit(f"{page}/add", kind="card", **ticked)
    assert leaving.startswith("/leaving/")
    hosted = re.search(r'href="(http[^"]+/checkout/[^"]+)"', browser.text)
    assert hosted, browser.text
    _status, back, _body = gateway.post_form(html.unescape(hosted.group(1)), kind="card", number="4242424242424242",
                                             expiry="12/30", cvc="123", name="Ann Lee")  # fmt: skip
    browser.see(back.split("8050", 1)[1])
    account = Account.get()
    shown = intention.selection(handle, buyer=intention.Buyer(customer.id, account.id))
    assert shown.chosen == {retreat.id, membership.id}
    browser.see(page)
    end = browser.submit(page, method=str(shown.method), seen=str(shown.total.minor), press=str(shown.press), **ticked)
    assert end.startswith("/p/harbor-yoga/payments/")
    assert "Payment received" in browser.text
    assert Receipt.get().number in browser.text
    assert Payment.get_by_id(UUID(end.rsplit("/", 1)[1])).amount == 18450


def _a_receipt_arrives(post: Post) -> None:
    receipt = post.newest()
    assert "$184.50" in receipt.subject
    assert Receipt.get().number in receipt.text
    assert "/p/harbor-yoga" in receipt.html


def _books_agree(gateway: Running) -> None:
    assert invariants.check() == []
    assert Recovery.get().state == RecoveryState.RECOVERED
    captured = {str(p.amount) for p in Payment.select().where(
        (Payment.state == PaymentState.SUCCEEDED) & Payment.external.is_null())}  # fmt: skip
    taken = {str(charge["amount"]) for charge in gateway.charges() if charge["status"] == "succeeded"}
    assert captured == taken == {"18450"}
    drain()
