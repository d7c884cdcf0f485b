"""How every call to Stripe is made and what its answer is worth. The driver's parts stand on this."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any, TypeVar

import stripe
from stripe import HTTPClient, StripeClient, StripeObject

from integrations.gateways import http, stripe_shapes
from integrations.gateways.base import Credentials, GatewayError, GatewayRefused, GatewayUnreachable, Intent
from kit import measure
from kit.deadline import Deadline, DeadlinePassed
from kit.measure import What

stripe.enable_telemetry = False  # no timings of our calls to anybody, and a quicker call
logging.getLogger("stripe").addHandler(logging.NullHandler())
logging.getLogger("stripe").setLevel(logging.CRITICAL)  # its debug lines quote what is sent
logging.getLogger("stripe").propagate = False

_T = TypeVar("_T")
_GARBAGE = (KeyError, IndexError, TypeError, ValueError, AttributeError, AssertionError)
_PAGE = 100  # rows, the most that Stripe gives at once
_PAGE_SECONDS = 25.0
_TROUBLES = {401: What.GATEWAY_KEY, 403: What.GATEWAY_KEY, 429: What.GATEWAY_BUSY}


class Asking:
    """A client of one Stripe account whose calls end as an answer, GatewayRefused or GatewayUnreachable."""

    def __init__(self, credentials: Credentials, transport: HTTPClient) -> None:
        # an Account object does not say its mode, its keys do: sk_live_…, rk_test_…
        self._livemode = credentials.secret_key[3:8] == "live_"
        self._account = credentials.account
        addresses: Any = {"api": credentials.base_url} if credentials.base_url else None
        self._client = StripeClient(
            credentials.secret_key, base_addresses=addresses, http_client=transport, max_network_retries=0
        )

    def __repr__(self) -> str:
        return "StripeGateway()"

    def read_intent(self, intent: str, *, deadline: Deadline) -> Intent:
        """The intent as it stands now."""
        parts: Any = {"expand": ["latest_charge"]}  # holds the day of a bank debit
        return self.ask(
            lambda: same(intent, data(self._client.v1.payment_intents.retrieve(intent, parts))),
            deadline,
        )

    def ask(self, call: Callable[[], _T], deadline: Deadline) -> _T:
        """What the call answers, or GatewayRefused or GatewayUnreachable, raised free of the SDK's exception: that one
        carries the request and the whole answer, and would end up in a log."""
        answer, refused = self._try(call, deadline)
        if isinstance(answer, GatewayError):
            raise answer
        if refused is not None:
            raise GatewayRefused(402, *refused.reason)
        assert answer is not None
        return answer

    def ask_for_verdict(self, intent: str, call: Callable[[], Intent], deadline: Deadline) -> Intent:
        """As `ask`; a 402 is a verdict, told by the intent inside it or, failing that, by the intent read again."""
        answer, refused = self._try(call, deadline)
        if isinstance(answer, GatewayError):
            raise answer
        if refused is None:
            assert answer is not None
            return answer
        try:
            return same(intent, refused.body["payment_intent"])
        except _GARBAGE:
            pass
        return self.read_intent(intent, deadline=deadline)

    def _try(self, call: Callable[[], _T], deadline: Deadline) -> _Answer[_T]:
        began = time.perf_counter()
        answered = _try(call, deadline)
        if self._account:
            _measured(self._account, answered[0], time.perf_counter() - began)
        return answered

    def pages(
        self,
        listing: Callable[[Any], StripeObject],
        shape: Callable[[Any], _T],
        params: dict[str, Any],
        deadline: Deadline,
    ) -> Iterator[_T]:
        """Every row of a list, newest first as Stripe gives them. Each page is a call of 25 s at most, all of them
        together end by the deadline."""
        asked: dict[str, Any] = {**params, "limit": _PAGE}

        def call() -> tuple[list[_T], str | None]:
            deadline.left()
            page = data(listing(asked))
            rows = page["data"]
            return [shape(row) for row in rows], str(rows[-1]["id"]) if rows and page["has_more"] else None

        while True:
            found, last = self.ask(call, Deadline(min(deadline.at, Deadline.within(_PAGE_SECONDS).at)))
            yield from found
            if last is None:
                return
            asked["starting_after"] = last


def since(moment: datetime) -> dict[str, Any]:
    """The parameters of a list that begins at a moment."""
    return {"created": {"gte": int(moment.timestamp())}}


class _Refused402:
    """The error object of a 402."""

    def __init__(self, body: Any) -> None:
        self.body = body
        self.reason = (str(body.get("code") or "declined"), str(body.get("message") or ""))


_Answer = tuple[_T | GatewayError | None, _Refused402 | None]


def _measured(account: str, answer: object, seconds: float) -> None:
    measure.took(What.GATEWAY, account, seconds)
    if isinstance(answer, GatewayUnreachable):
        measure.count(What.GATEWAY_SILENT, account)
    elif isinstance(answer, GatewayRefused) and answer.status in _TROUBLES:
        measure.count(_TROUBLES[answer.status], account)


def _try(call: Callable[[], _T], deadline: Deadline) -> _Answer[_T]:
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


def data(made: StripeObject) -> Any:
    """The answer as it was parsed, without a copy."""
    response = made.last_response
    if response is None:
        raise ValueError("no answer")
    return response.data


def same(asked: str, raw: Any) -> Intent:
    """The intent, if it is the one that was asked for."""
    intent = stripe_shapes.intent(raw)
    if intent.id != asked:
        raise ValueError("the answer is about another intent")
    return intent
