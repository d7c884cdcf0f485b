"""The sandbox as a process: hosted pages over HTTP, webhooks, a clean end."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import stripe

from tests.sandbox.running import ROOT, Running, until

pytestmark = pytest.mark.slow


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "sandbox"


@pytest.fixture
def running(data: Path) -> Iterator[Running]:
    process = Running(data)
    yield process
    process.stop()


@pytest.fixture
def client(running: Running) -> stripe.StripeClient:
    addresses: Any = {"api": running.url}
    return stripe.StripeClient("sk_test_p", base_addresses=addresses, max_network_retries=0)


@pytest.fixture
def visit(client: stripe.StripeClient) -> str:
    customer = client.v1.customers.create({"name": "Ada"}).id
    made = client.v1.checkout.sessions.create(
        {
            "mode": "setup",
            "customer": customer,
            "success_url": "http://shop.example/ok?s={CHECKOUT_SESSION_ID}",
            "cancel_url": "http://shop.example/no",
            "allowed_payment_method_types": ["card", "us_bank_account"],
        }
    )
    assert made.url
    return made.url


def _page(running: Running, url: str) -> str:
    import urllib.request

    with urllib.request.urlopen(url, timeout=10) as answer:
        return str(answer.read().decode())


def test_the_page_has_its_forms_and_the_way_back(running: Running, visit: str) -> None:
    page = _page(running, visit)
    for label in ("Card number", "Expiry", "CVC", "Name on card", "Routing number", "Account number", "Account holder"):
        assert re.search(rf"<label for=\"\w+\">{label}</label>", page), label
    assert "Save card" in page and "Save bank account" in page and "http://shop.example/no" in page
    assert "TEST" in page and "<script" not in page and page.count('aria-label="Use ') >= 25


def test_a_number_that_is_not_published_is_refused_and_kept_nowhere(running: Running, visit: str, data: Path) -> None:
    status, _back, page = running.post_form(visit, kind="card", number="4111 1111 1111 1111", name="Ada")
    assert status == 422 and "4242 4242 4242 4242" in page and "4111" not in page
    running.post_form(visit, kind="card", number="4242424242424242")
    running.stop()
    assert running.process.stderr
    kept = b"".join(path.read_bytes() for path in data.iterdir()) + running.process.stderr.read().encode()
    assert b"4111" not in kept and b"4242424242424242" not in kept and b'"last4": "4242"' in kept


def test_the_form_sent_twice_saves_once(running: Running, visit: str, client: stripe.StripeClient) -> None:
    answers = {running.post_form(visit, kind="card", number="5555555555554444")[:2] for _ in range(2)}
    assert len(answers) == 1 and answers.pop()[0] == 303
    customer = client.v1.checkout.sessions.retrieve(visit.rpartition("/")[2]).customer
    assert len(client.v1.payment_methods.list({"customer": str(customer)}).data) == 1


class Listener:
    """An endpoint that keeps what it hears; the first `fail` requests get 500."""

    def __init__(self, fail: int = 0) -> None:
        self.heard: list[tuple[bytes, str]] = []
        listener = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                listener.heard.append((body, self.headers["Stripe-Signature"]))
                self.send_response(500 if len(listener.heard) <= fail else 200)
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                return

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook"
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def kinds(self) -> list[str]:
        """What was heard, in order."""
        return [json.loads(body)["type"] for body, _ in list(self.heard)]


def _pay(client: stripe.StripeClient) -> None:
    intent = client.v1.payment_intents.create({"amount": 500, "currency": "usd"})
    client.v1.payment_intents.confirm(intent.id, {"payment_method": "pm_card_visa"})


def test_webhooks_are_signed_and_tried_again(client: stripe.StripeClient) -> None:
    ear = Listener(fail=1)
    hook = client.v1.webhook_endpoints.create({"url": ear.url, "enabled_events": ["payment_intent.succeeded"]})
    assert hook.secret
    _pay(client)
    until(lambda: len(ear.heard) >= 2)
    assert ear.kinds() == ["payment_intent.succeeded"] * 2 and len({body for body, _ in ear.heard}) == 1
    body, signature = ear.heard[1]
    assert client.construct_event(body, signature, hook.secret).type == "payment_intent.succeeded"
    with pytest.raises(stripe.SignatureVerificationError):
        client.construct_event(body + b" ", signature, hook.secret)
    ear.server.shutdown()


def test_webhooks_repeat_when_told_so_and_stop_when_deleted(running: Running, client: stripe.StripeClient) -> None:
    ear = Listener()
    hook = client.v1.webhook_endpoints.create({"url": ear.url, "enabled_events": ["*"]})
    running.control(webhooks={"repeat": 3, "shuffle": True, "paused": True})
    _pay(client)
    assert ear.heard == []
    running.control(webhooks={"paused": False})
    until(lambda: len(ear.heard) >= 9)
    assert sorted(ear.kinds()) == sorted(["payment_intent.created", "charge.succeeded", "payment_intent.succeeded"] * 3)
    client.v1.webhook_endpoints.delete(hook.id)
    _pay(client)
    assert running.get_json("/sandbox/state.json")["undelivered"] == 0 and len(ear.heard) == 9
    ear.server.shutdown()


def test_latency_faults_and_clear(running: Running, client: stripe.StripeClient) -> None:
    running.control(fault={"mode": "down", "path": "/v1/account"})
    with pytest.raises(stripe.APIError):
        client.v1.accounts.retrieve_current()
    client.v1.payment_intents.list()
    running.control(clear=True)
    assert client.v1.accounts.retrieve_current().id


def test_the_day_and_the_objects_outlive_a_restart(running: Running, client: stripe.StripeClient, data: Path) -> None:
    _pay(client)
    running.control(now="2030-01-01T00:00:00+00:00")
    before = running.charges()
    running.stop()
    again = Running(data)
    assert again.charges() == before
    assert again.get_json("/sandbox/state.json")["now"] == "2030-01-01T00:00:00+00:00"
    again.stop()


def test_it_ends_at_once_though_a_caller_hangs(running: Running, client: stripe.StripeClient) -> None:
    running.control(fault={"mode": "hang", "times": 1})

    def call() -> None:
        with suppress(stripe.StripeError):
            client.v1.events.list()

    threading.Thread(target=call, daemon=True).start()
    until(lambda: not running.get_json("/sandbox/state.json")["faults"])  # it has arrived
    running.process.send_signal(signal.SIGINT)
    assert running.process.wait(timeout=3) == 0
    assert running.process.stderr and running.process.stderr.read() == ""


def test_a_taken_port_is_one_sentence(running: Running, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "sandbox", "--port", str(running.port), "--data", str(tmp_path)]
    second = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=20, check=False)
    assert second.returncode == 1 and second.stderr == f"sandbox: port {running.port} is taken\n"
