"""The Stripe driver: Stripe itself or the sandbox that speaks its wire format.

What it relies on, with source and test for each fact: docs/gateway-facts.md. Idempotency keys are always ours, the SDK
never retries by itself.
"""

from __future__ import annotations

import hashlib
import hmac
import logging
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any, TypeVar

import stripe
from stripe import HTTPClient, StripeClient, StripeObject

from integrations.gateways import http, stripe_shapes
from integrations.gateways.base import (
    Account,
    Charge,
    Credentials,
    GatewayError,
    GatewayRefused,
    GatewayUnreachable,
    Hint,
    Intent,
    IntentStatus,
    MethodDetails,
    MethodKind,
    Setup,
    SignatureInvalid,
)
from kit.deadline import Deadline, DeadlinePassed
from kit.money import Money

stripe.enable_telemetry = False  # no timings of our calls to anybody, and a quicker call
logging.getLogger("stripe").addHandler(logging.NullHandler())
logging.getLogger("stripe").setLevel(logging.CRITICAL)  # its debug lines quote what is sent
logging.getLogger("stripe").propagate = False

_T = TypeVar("_T")
_GARBAGE = (KeyError, IndexError, TypeError, ValueError, AttributeError, AssertionError)
_TOLERANCE_SECONDS = 300
_INTENT_PARTS = ["latest_charge"]  # holds the day of a bank debit
_SESSION_PARTS = ["setup_intent", "setup_intent.payment_method"]


class StripeGateway:
    """One Stripe account. See base.Gateway for what each call promises."""

    def __init__(self, credentials: Credentials, transport: HTTPClient) -> None:
        # an Account object does not say its mode, its keys do: sk_live_…, rk_test_…
        self._livemode = credentials.secret_key[3:8] == "live_"
        addresses: Any = {"api": credentials.base_url} if credentials.base_url else None
        self._client = StripeClient(
            credentials.secret_key, base_addresses=addresses, http_client=transport, max_network_retries=0
        )

    def __repr__(self) -> str:
        return "StripeGateway()"

    # -- whose, and for whom ----------------------------------------------------------------------------------------

    def account(self, *, deadline: Deadline) -> Account:
        """Whose keys these are; the check that a connection works."""
        return self._ask(
            lambda: stripe_shapes.account(_data(self._client.v1.accounts.retrieve_current()), self._livemode), deadline
        )

    def create_customer(self, *, key: str, name: str, email: str, reference: str, deadline: Deadline) -> str:
        """Makes the processor's customer for ours and returns its id."""

        def call() -> str:
            return self._client.v1.customers.create(
                {"name": name, "email": email, "metadata": {"settle_customer": reference}},
                {"idempotency_key": key},
            ).id

        return self._ask(call, deadline)

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
            intent = stripe_shapes.intent(_data(made))
            if (intent.amount, intent.customer, intent.attempt, intent.install) != (amount, customer, attempt, install):
                raise ValueError("the answer is about something else")
            return intent

        return self._ask(call, deadline)

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
            return _same(
                intent, _data(self._client.v1.payment_intents.confirm(intent, params, {"idempotency_key": key}))
            )

        verdict = self._ask_for_verdict(intent, call, deadline)
        if verdict.status != IntentStatus.PROCESSING:
            return verdict
        try:  # a bank debit: its day stands in the charge
            return self.read_intent(intent, deadline=deadline)
        except GatewayError:
            return verdict

    def read_intent(self, intent: str, *, deadline: Deadline) -> Intent:
        """The intent as it stands now."""
        return self._ask(
            lambda: _same(intent, _data(self._client.v1.payment_intents.retrieve(intent, {"expand": _INTENT_PARTS}))),
            deadline,
        )

    def cancel_intent(self, intent: str, *, key: str, deadline: Deadline) -> Intent:
        """Cancels. GatewayRefused when it cannot be cancelled any more: read it and take its status."""
        return self._ask(
            lambda: _same(intent, _data(self._client.v1.payment_intents.cancel(intent, {}, {"idempotency_key": key}))),
            deadline,
        )

    def charges(self, *, since: datetime, deadline: Deadline) -> Iterator[Charge]:
        """Every charge since a moment, newest first as Stripe lists them, a hundred a page."""
        params: Any = {"created": {"gte": int(since.timestamp())}, "limit": 100}

        def call() -> tuple[list[Charge], bool]:
            page = _data(self._client.v1.charges.list(params))
            return [stripe_shapes.charge(row) for row in page["data"]], bool(page["has_more"])

        more = True
        while more:
            found, more = self._ask(call, deadline)
            yield from found
            if not found:
                return
            params["starting_after"] = found[-1].id

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
            return stripe_shapes.setup(_data(made))

        return self._ask(call, deadline)

    def read_setup(self, setup: str, *, deadline: Deadline) -> Setup:
        """The hosted page's visit as it stands now, with the method when it is complete."""
        return self._ask(
            lambda: stripe_shapes.setup(
                _data(self._client.v1.checkout.sessions.retrieve(setup, {"expand": _SESSION_PARTS}))
            ),
            deadline,
        )

    def read_method(self, method: str, *, deadline: Deadline) -> MethodDetails:
        """A stored method's public details."""
        return self._ask(
            lambda: stripe_shapes.method(_data(self._client.v1.payment_methods.retrieve(method))), deadline
        )

    def detach_method(self, method: str, *, deadline: Deadline) -> None:
        """Forgets a stored method. Already forgotten is fine."""
        try:
            self._ask(lambda: self._client.v1.payment_methods.detach(method), deadline)
        except GatewayRefused:
            if self.read_method(method, deadline=deadline).customer is not None:
                raise

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

    # -- asking ---------------------------------------------------------------------------------------------------

    def _ask(self, call: Callable[[], _T], deadline: Deadline) -> _T:
        """What the call answers, or GatewayRefused or GatewayUnreachable, raised free of the SDK's exception: that one
        carries the request and the whole answer, and would end up in a log."""
        answer, refused = _try(call, deadline)
        if isinstance(answer, GatewayError):
            raise answer
        if refused is not None:
            raise GatewayRefused(402, *refused.reason)
        assert answer is not None
        return answer

    def _ask_for_verdict(self, intent: str, call: Callable[[], Intent], deadline: Deadline) -> Intent:
        """As _ask; a 402 is a verdict, told by the intent inside it or, failing that, by the intent read again."""
        answer, refused = _try(call, deadline)
        if isinstance(answer, GatewayError):
            raise answer
        if refused is None:
            assert answer is not None
            return answer
        try:
            return _same(intent, refused.body["payment_intent"])
        except _GARBAGE:
            pass
        return self.read_intent(intent, deadline=deadline)


class _Refused402:
    """The error object of a 402."""

    def __init__(self, body: Any) -> None:
        self.body = body
        self.reason = (str(body.get("code") or "declined"), str(body.get("message") or ""))


def _try(call: Callable[[], _T], deadline: Deadline) -> tuple[_T | GatewayError | None, _Refused402 | None]:
    try:
        with http.within(deadline):
            return call(), None
    except stripe.StripeError as problem:
        return _judge(problem)
    except DeadlinePassed:
        return GatewayUnreachable("time-out"), None
    except _GARBAGE:
        return GatewayUnreachable("unusable answer"), None


def _judge(problem: stripe.StripeError) -> tuple[GatewayError | None, _Refused402 | None]:
    """A 4xx counts only with Stripe's error object in it: anything on the way can answer 404 with a page."""
    status, body = problem.http_status or 0, problem.json_body
    error = body.get("error") if isinstance(body, dict) else None
    if not isinstance(error, dict) or not 400 <= status < 500:
        return GatewayUnreachable(f"no verdict ({status or 'connection'})"), None
    if status == 402:
        return None, _Refused402(error)
    code = str(error.get("code") or error.get("type") or "refused")
    return GatewayRefused(status, code, str(error.get("message") or "")), None


def _data(made: StripeObject) -> Any:
    """The answer as it was parsed, without a copy."""
    response = made.last_response
    if response is None:
        raise ValueError("no answer")
    return response.data


def _same(asked: str, raw: Any) -> Intent:
    """The intent, if it is the one that was asked for."""
    intent = stripe_shapes.intent(raw)
    if intent.id != asked:
        raise ValueError("the answer is about another intent")
    return intent


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
