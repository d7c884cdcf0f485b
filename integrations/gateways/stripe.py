"""The Stripe driver: Stripe itself or the sandbox that speaks its wire format.

What it relies on, with source and test for each fact: docs/gateway-facts.md. Idempotency keys are always ours, the SDK
never retries by itself. What goes back is in stripe_back.py, how a call is made in stripe_asking.py.
"""

from __future__ import annotations

import hashlib
import hmac
from datetime import datetime
from http import HTTPStatus
from typing import Any

from integrations.gateways import stripe_shapes
from integrations.gateways.base import (
    Account,
    GatewayError,
    GatewayRefused,
    Hint,
    Intent,
    IntentStatus,
    MethodDetails,
    MethodKind,
    Setup,
    SignatureInvalid,
)
from integrations.gateways.stripe_asking import data, same
from integrations.gateways.stripe_back import Back
from integrations.gateways.stripe_lists import Lists
from kit.deadline import Deadline
from kit.money import Money

_TOLERANCE_SECONDS = 300
_SESSION_PARTS = ["setup_intent", "setup_intent.payment_method"]


class StripeGateway(Back, Lists):
    """One Stripe account. See base.Gateway for what each call promises."""

    # -- whose, and for whom ----------------------------------------------------------------------------------------

    def account(self, *, deadline: Deadline) -> Account:
        """Whose keys these are; the check that a connection works."""
        return self.ask(
            lambda: stripe_shapes.account(data(self._client.v1.accounts.retrieve_current()), self._livemode), deadline
        )

    def create_customer(self, *, key: str, name: str, email: str, reference: str, deadline: Deadline) -> str:
        """Makes the processor's customer for ours and returns its id."""

        def call() -> str:
            return self._client.v1.customers.create(
                {"name": name, "email": email, "metadata": {"settle_customer": reference}},
                {"idempotency_key": key},
            ).id

        return self.ask(call, deadline)

    # -- money ------------------------------------------------------------------------------------------------------

    def create_intent(
        self,
        *,
        key: str,
        amount: Money,
        customer: str,
        kind: MethodKind,
        attempt: str,
        install: str,
        description: str,
        deadline: Deadline,
    ) -> Intent:
        """Makes an unconfirmed intent. Nothing is charged yet. An answer about something else is no answer."""

        def call() -> Intent:
            made = self._client.v1.payment_intents.create(
                {
                    "amount": amount.minor,
                    "currency": amount.currency.lower(),
                    "customer": customer,
                    "description": description,
                    "allowed_payment_method_types": [kind.value],
                    "metadata": {"settle_attempt": attempt, "settle_install": install},
                },
                {"idempotency_key": key},
            )
            intent = stripe_shapes.intent(data(made))
            if (intent.amount, intent.customer, intent.attempt, intent.install) != (amount, customer, attempt, install):
                raise ValueError("the answer is about something else")
            return intent

        return self.ask(call, deadline)

    def confirm_intent(
        self,
        intent: str,
        *,
        key: str,
        method: str,
        off_session: bool,
        return_url: str | None,
        deadline: Deadline,
        mandate_ip: str | None = None,
        mandate_agent: str | None = None,
        mandate_at: datetime | None = None,
    ) -> Intent:
        """Charges. A decline comes back as an Intent with `decline`. Mandate facts go along for bank debits."""
        params: Any = {"payment_method": method}
        if off_session:
            params["off_session"] = True
        elif return_url:  # Stripe refuses a return address when nobody is there to return
            params["return_url"] = return_url
        if mandate_ip and mandate_agent:
            online = {"ip_address": mandate_ip, "user_agent": mandate_agent}
            params["mandate_data"] = {"customer_acceptance": {"type": "online", "online": online}}
            if mandate_at:
                params["mandate_data"]["customer_acceptance"]["accepted_at"] = int(mandate_at.timestamp())

        def call() -> Intent:
            return same(intent, data(self._client.v1.payment_intents.confirm(intent, params, {"idempotency_key": key})))

        verdict = self.ask_for_verdict(intent, call, deadline)
        if verdict.status != IntentStatus.PROCESSING:
            return verdict
        try:  # a bank debit: its day stands in the charge
            return self.read_intent(intent, deadline=deadline)
        except GatewayError:
            return verdict

    def cancel_intent(self, intent: str, *, key: str, deadline: Deadline) -> Intent:
        """Cancels. GatewayRefused when it cannot be cancelled any more: read it and take its status."""
        return self.ask(
            lambda: same(intent, data(self._client.v1.payment_intents.cancel(intent, {}, {"idempotency_key": key}))),
            deadline,
        )

    # -- methods ------------------------------------------------------------------------------------------------------

    def start_setup(
        self,
        *,
        key: str,
        customer: str,
        kinds: tuple[MethodKind, ...],
        currency: str,
        reference: str,
        success_url: str,
        cancel_url: str,
        deadline: Deadline,
    ) -> Setup:
        """Opens a visit to the hosted page where a card or bank account is added (never on our pages)."""
        params: Any = {
            "mode": "setup",
            "customer": customer,
            "currency": currency.lower(),
            "allowed_payment_method_types": [kind.value for kind in kinds],
            "client_reference_id": reference,
            "success_url": success_url,
            "cancel_url": cancel_url,
            "expand": _SESSION_PARTS,
        }

        def call() -> Setup:
            made = self._client.v1.checkout.sessions.create(params, {"idempotency_key": key})
            return stripe_shapes.setup(data(made))

        return self.ask(call, deadline)

    def read_setup(self, setup: str, *, deadline: Deadline) -> Setup:
        """The hosted page's visit as it stands now, with the method when it is complete."""
        return self.ask(
            lambda: stripe_shapes.setup(
                data(self._client.v1.checkout.sessions.retrieve(setup, {"expand": _SESSION_PARTS}))
            ),
            deadline,
        )

    def read_method(self, method: str, *, deadline: Deadline) -> MethodDetails:
        """A stored method's public details."""
        return self.ask(lambda: stripe_shapes.method(data(self._client.v1.payment_methods.retrieve(method))), deadline)

    def detach_method(self, method: str, *, deadline: Deadline) -> None:
        """Forgets a stored method. Already forgotten is fine."""
        try:
            self.ask(lambda: self._client.v1.payment_methods.detach(method), deadline)
        except GatewayRefused:
            if self._is_attached(method, deadline):
                raise

    def _is_attached(self, method: str, deadline: Deadline) -> bool:
        try:
            return self.read_method(method, deadline=deadline).customer is not None
        except GatewayRefused as unknown:
            if unknown.status != HTTPStatus.NOT_FOUND:
                raise
            return False  # it is not there at all (any more)

    # -- hints ----------------------------------------------------------------------------------------------------

    def read_hint(self, body: bytes, signature: str, *, secrets: tuple[str, ...], now: datetime) -> Hint:
        """Verifies a webhook (constant time, 300 s tolerance, either secret). Raises SignatureInvalid."""
        for secret in secrets:
            if secret and _is_signed(body, signature, secret, now):
                try:
                    return stripe_shapes.hint(body)
                except (KeyError, TypeError, ValueError, AttributeError):
                    raise SignatureInvalid("signed, but no event") from None
        raise SignatureInvalid("not signed by this account, or too old")


def _is_signed(body: bytes, header: str, secret: str, now: datetime) -> bool:
    """Stripe's scheme v1. The moment is taken from our clock, not the machine's, so a moved day still fits."""
    pairs = [part.strip().partition("=") for part in header.split(",")]
    stamps = [value for name, _sign, value in pairs if name == "t"]
    if len(stamps) != 1 or not stamps[0].isdecimal() or len(stamps[0]) > 12:
        return False
    expected = hmac.new(secret.encode(), stamps[0].encode() + b"." + body, hashlib.sha256).hexdigest()
    given = [value for name, _sign, value in pairs if name == "v1"]
    right = any(hmac.compare_digest(expected.encode(), value.encode()) for value in given)
    return right and abs(now.timestamp() - int(stamps[0])) <= _TOLERANCE_SECONDS
