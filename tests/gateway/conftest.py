"""Who must pass the contract: the sandbox as a process and in process, and Stripe's test mode when a key is given."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest
import stripe

from integrations.gateways import registry
from integrations.gateways.base import Credentials, Gateway, Intent, MethodKind
from integrations.gateways.http import DeadlineHTTP
from kit.deadline import Deadline
from kit.money import Money
from tests.sandbox.running import Inside, Running

RETURN = "https://shop.example/back?order=7"
MANDATE: dict[str, Any] = {"mandate_ip": "203.0.113.9", "mandate_agent": "Mozilla/5.0"}


def soon(seconds: float = 15.0) -> Deadline:
    """A deadline that is no part of the test."""
    return Deadline.within(seconds)


@dataclass
class Subject:
    """A gateway under contract, a customer there, and the sandbox behind it (None: the real one)."""

    gateway: Gateway
    client: stripe.StripeClient
    credentials: Credentials
    sandbox: Any = None
    customer: str = ""

    def prepare(self) -> None:
        """Makes the customer."""
        self.customer = self.gateway.create_customer(
            key=f"{uuid4()}:customer", name="Ada", email="ada@example.com", reference="c-1", deadline=soon()
        )

    def save(self, token: str) -> str:
        """Saves a test method for the customer and answers its id."""
        return self.client.v1.payment_methods.attach(token, {"customer": self.customer}).id

    def intent(self, kind: MethodKind = MethodKind.CARD, *, attempt: str = "", amount: int = 1234) -> Intent:
        """A fresh unconfirmed intent."""
        attempt = attempt or str(uuid4())
        return self.gateway.create_intent(
            key=f"{attempt}:create",
            amount=Money(amount, "USD"),
            customer=self.customer,
            kind=kind,
            attempt=attempt,
            install="install-1",
            description="Order 7",
            deadline=soon(),
        )

    def confirm(self, intent: Intent, method: str, **more: Any) -> Intent:
        """Confirms off session unless told otherwise."""
        asked = {"off_session": True, "return_url": None, "deadline": soon(), **more}
        return self.gateway.confirm_intent(intent.id, key=f"{intent.attempt}:confirm", method=method, **asked)


def _subject(credentials: Credentials, transport: Any, sandbox: Any) -> Subject:
    with registry.use_transport(transport):
        gateway = registry.driver("stripe", credentials)
    addresses: Any = {"api": credentials.base_url} if credentials.base_url else None
    client = stripe.StripeClient(credentials.secret_key, base_addresses=addresses, http_client=transport())
    return Subject(gateway, client, credentials, sandbox)


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """One sandbox process for all tests here."""
    process = Running(tmp_path_factory.mktemp("sandbox"))
    yield process
    assert process.stop() == 0


@pytest.fixture(params=["process", "inside", "stripe"])
def subject(request: pytest.FixtureRequest) -> Subject:
    """Each gateway in turn."""
    if request.param == "stripe":
        key = os.environ.get("STRIPE_TEST_KEY")
        if not key:
            pytest.skip("STRIPE_TEST_KEY is not set")
        made = _subject(Credentials(key), DeadlineHTTP, None)
    elif request.param == "inside":
        inside = Inside()
        made = _subject(Credentials(f"sk_test_{uuid4().hex}", inside.url), inside.sandbox.http, inside)
    else:
        process: Running = request.getfixturevalue("running")
        process.control(clear=True, now=None)
        made = _subject(Credentials(f"sk_test_{uuid4().hex}", process.url), DeadlineHTTP, process)
    made.prepare()
    return made


@pytest.fixture
def sandboxed(subject: Subject) -> Subject:
    """A gateway whose other side we can command."""
    if subject.sandbox is None:
        pytest.skip("only the sandbox can be told to do this")
    return subject
