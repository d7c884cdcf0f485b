"""The table of endpoints: exactly what the driver and its tests use, with every parameter they may send."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass

from sandbox import checkout, disputes, intents, methods, refunds, webhooks
from sandbox.wire import PAGE, RANGE, Json, Spec
from sandbox.world import Timers, World

Handler = Callable[..., Json]
_EXPAND: Spec = {"expand": "list"}
_MANDATE: Spec = {
    "customer_acceptance": {
        "type": "str!",
        "accepted_at": "int",
        "online": {"ip_address": "str!", "user_agent": "str!"},
        "offline": {},
    }
}

TIMERS: Timers = {
    "end_debit": intents.end_debit,
    "return_late": disputes.return_late,
    "dispute_card": disputes.dispute_card,
    "end_refund": refunds.end_refund,
    "fail_refund": refunds.fail_refund,
    "expire_session": checkout.expire_session,
    "expire_check": methods.expire_check,
}


def _retrieve(kind: str) -> Handler:
    def handler(world: World, account: str, _params: Json, key: str) -> Json:
        return world.need(kind, key, account).body

    return handler


def _list(kind: str, url: str, *, parent: str | None = None) -> Handler:
    def handler(world: World, account: str, params: Json) -> Json:
        where = {
            column: params[name] for column, name in (("customer", "customer"), ("parent", parent)) if name in params
        }
        types = ([params["type"]] if "type" in params else []) + params.get("types", [])
        return {**world.store.page(kind, account, params, where, types), "url": url}

    return handler


def account_id(secret_key: str) -> str:
    """The account that a secret key belongs to; always the same one."""
    return f"acct_{hashlib.sha256(secret_key.encode()).hexdigest()[:16]}"


def _account(_world: World, account: str, _params: Json) -> Json:
    return {
        "id": account,
        "object": "account",
        "business_profile": {"name": "Sandbox account"},
        "capabilities": {"card_payments": "active", "us_bank_account_ach_payments": "active"},
        "charges_enabled": True,
        "country": "US",
        "default_currency": "usd",
        "details_submitted": True,
        "email": None,
        "metadata": {},
        "payouts_enabled": True,
        "settings": {"dashboard": {"display_name": "Sandbox account"}},
        "type": "standard",
    }


@dataclass(frozen=True)
class Endpoint:
    """One row of the table."""

    method: str
    pattern: re.Pattern[str]
    spec: Spec
    handler: Handler


def _row(method: str, path: str, spec: Spec, handler: Handler) -> Endpoint:
    return Endpoint(method, re.compile(f"^/v1{path.replace('{id}', '(?P<key>[A-Za-z0-9_]+)')}$"), spec, handler)


_PI, _PM, _CS = "/payment_intents", "/payment_methods", "/checkout/sessions"
_BY_INTENT: Spec = {**PAGE, "created": RANGE, "payment_intent": "str", "charge": "str"}
ENDPOINTS: tuple[Endpoint, ...] = (
    _row("GET", "/account", _EXPAND, _account),
    _row(
        "POST",
        "/customers",
        {**_EXPAND, "name": "str", "email": "str", "phone": "str", "description": "str", "metadata": "map"},
        methods.create_customer,
    ),
    _row("GET", "/customers/{id}", _EXPAND, _retrieve("customer")),
    _row(
        "POST",
        _PI,
        {
            **_EXPAND,
            "amount": "int!",
            "currency": "str!",
            "customer": "str",
            "description": "str",
            "metadata": "map",
            "payment_method": "str",
            "allowed_payment_method_types": "list",
            "automatic_payment_methods": {"enabled": "bool!", "allow_redirects": "str"},
        },
        intents.create,
    ),
    _row("GET", _PI, {**PAGE, "created": RANGE, "customer": "str"}, _list("payment_intent", f"/v1{_PI}")),
    _row("GET", f"{_PI}/{{id}}", _EXPAND, _retrieve("payment_intent")),
    _row(
        "POST",
        f"{_PI}/{{id}}/confirm",
        {
            **_EXPAND,
            "payment_method": "str",
            "off_session": "str",
            "return_url": "str",
            "mandate_data": _MANDATE,
        },
        intents.confirm,
    ),
    _row("POST", f"{_PI}/{{id}}/cancel", {**_EXPAND, "cancellation_reason": "str"}, intents.cancel),
    _row("GET", f"{_PM}/{{id}}", _EXPAND, _retrieve("payment_method")),
    _row("GET", _PM, {**PAGE, "customer": "str", "type": "str"}, methods.customer_methods),
    _row("POST", f"{_PM}/{{id}}/attach", {**_EXPAND, "customer": "str!"}, methods.attach),
    _row("POST", f"{_PM}/{{id}}/detach", _EXPAND, methods.detach),
    _row(
        "POST",
        _CS,
        {
            **_EXPAND,
            "mode": "str!",
            "customer": "str!",
            "currency": "str",
            "client_reference_id": "str",
            "success_url": "str!",
            "cancel_url": "str",
            "metadata": "map",
            "allowed_payment_method_types": "list",
        },
        checkout.create,
    ),
    _row("GET", f"{_CS}/{{id}}", _EXPAND, _retrieve("checkout.session")),
    _row("POST", f"{_CS}/{{id}}/expire", _EXPAND, checkout.expire),
    _row("GET", "/setup_intents/{id}", _EXPAND, _retrieve("setup_intent")),
    _row("GET", "/mandates/{id}", _EXPAND, _retrieve("mandate")),
    _row(
        "GET",
        "/charges",
        {**PAGE, "created": RANGE, "customer": "str", "payment_intent": "str"},
        _list("charge", "/v1/charges", parent="payment_intent"),
    ),
    _row("GET", "/charges/{id}", _EXPAND, _retrieve("charge")),
    _row(
        "POST",
        "/refunds",
        {
            **_EXPAND,
            "amount": "int",
            "charge": "str",
            "payment_intent": "str",
            "reason": "str",
            "metadata": "map",
        },
        refunds.create,
    ),
    _row("GET", "/refunds", _BY_INTENT, _list("refund", "/v1/refunds", parent="payment_intent")),
    _row("GET", "/refunds/{id}", _EXPAND, _retrieve("refund")),
    _row("GET", "/disputes", _BY_INTENT, _list("dispute", "/v1/disputes", parent="payment_intent")),
    _row("GET", "/disputes/{id}", _EXPAND, _retrieve("dispute")),
    _row("GET", "/events", {**PAGE, "created": RANGE, "type": "str", "types": "list"}, _list("event", "/v1/events")),
    _row("GET", "/events/{id}", _EXPAND, _retrieve("event")),
    _row(
        "POST",
        "/webhook_endpoints",
        {
            **_EXPAND,
            "url": "str!",
            "enabled_events": "list",
            "description": "str",
            "metadata": "map",
            "api_version": "str",
        },
        webhooks.create,
    ),
    _row("GET", "/webhook_endpoints", PAGE, webhooks.listed),
    _row("DELETE", "/webhook_endpoints/{id}", {}, webhooks.delete),
)
