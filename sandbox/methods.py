"""Customers, payment methods, setup intents and mandates."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import Any

from sandbox import banks, cards
from sandbox.store import Thing
from sandbox.wire import Json, bad_request, missing
from sandbox.world import World


def _billing(name: str | None) -> Json:
    return {"address": None, "email": None, "name": name, "phone": None, "tax_id": None}


def create_customer(world: World, account: str, params: Json) -> Json:
    """POST /v1/customers."""
    body = {
        "address": None,
        "balance": 0,
        "currency": None,
        "default_source": None,
        "delinquent": False,
        "description": params.get("description"),
        "email": params.get("email"),
        "invoice_settings": {"custom_fields": None, "default_payment_method": None, "footer": None},
        "metadata": params.get("metadata", {}),
        "name": params.get("name"),
        "phone": params.get("phone"),
        "preferred_locales": [],
        "shipping": None,
        "tax_exempt": "none",
        "test_clock": None,
    }
    thing = world.make("customer", "cus", account, body)
    world.tell("customer.created", account, thing.body)
    return thing.body


def _fingerprint(account: str, number: str) -> str:
    return hashlib.sha256(f"{account}:{number}".encode()).hexdigest()[:16]


def make_card(world: World, account: str, card: cards.Card, name: str | None = None) -> Thing:
    """A payment method for a test card. The number itself is not kept."""
    details = {
        "brand": card.brand,
        "checks": {"address_line1_check": None, "address_postal_code_check": None, "cvc_check": "pass"},
        "country": "US",
        "display_brand": {"amex": "american_express"}.get(card.brand, card.brand),
        "exp_month": card.exp_month,
        "exp_year": card.exp_year,
        "fingerprint": _fingerprint(account, card.number),
        "funding": card.funding,
        "generated_from": None,
        "last4": card.last4,
        "networks": {"available": [card.brand], "preferred": None},
        "three_d_secure_usage": {"supported": True},
        "wallet": None,
    }
    return _make(world, account, "card", details, hidden={"card": card.name}, name=name)


def make_bank(world: World, account: str, bank: banks.BankAccount, name: str | None = None) -> Thing:
    """A payment method for a test bank account."""
    details = {
        "account_holder_type": "individual",
        "account_type": "checking",
        "bank_name": banks.BANK_NAME,
        "financial_connections_account": None,
        "fingerprint": _fingerprint(account, bank.number),
        "last4": bank.last4,
        "networks": {"preferred": "ach", "supported": ["ach"]},
        "routing_number": banks.ROUTING,
        "status_details": {},
    }
    hidden = {"bank": bank.name, "verified": not bank.verify}
    return _make(world, account, "us_bank_account", details, hidden=hidden, name=name)


def _make(world: World, account: str, kind: str, details: Json, *, hidden: Json, name: str | None) -> Thing:
    body = {
        "allow_redisplay": "unspecified",
        "billing_details": _billing(name),
        "customer": None,
        "metadata": {},
        "type": kind,
        kind: details,
    }
    return world.make("payment_method", "pm", account, body, hidden=hidden)


def find(world: World, account: str, key: str, param: str = "payment_method") -> Thing:
    """A payment method by id, or a new one from one of Stripe's shared test tokens."""
    if key in cards.BY_TOKEN:
        return make_card(world, account, cards.BY_TOKEN[key])
    if key in banks.BY_TOKEN:
        return make_bank(world, account, banks.BY_TOKEN[key])
    return world.need("payment_method", key, account, param)


def attach_to(world: World, method: Thing, customer: str) -> None:
    """Saves a method for a customer. A method that was detached can never be attached again."""
    if method.body["customer"] == customer:
        return
    if method.body["customer"] or method.hidden.get("detached"):
        raise bad_request(
            "This PaymentMethod was previously used without being attached to a Customer or was detached from a "
            "Customer, and may not be used again.",
            "payment_method_unexpected_state",
        )
    method.body["customer"] = customer
    method.hidden["saved"] = world.now()
    world.store.save(method)
    world.tell("payment_method.attached", method.account, method.body)


def attach(world: World, account: str, params: Json, key: str) -> Json:
    """POST /v1/payment_methods/{id}/attach."""
    world.need("customer", params["customer"], account, "customer")
    method = find(world, account, key)
    attach_to(world, method, params["customer"])
    return method.body


def detach(world: World, account: str, _params: Json, key: str) -> Json:
    """POST /v1/payment_methods/{id}/detach."""
    method = world.need("payment_method", key, account)
    if not method.body["customer"]:
        raise bad_request(
            "The payment method you provided is not attached to a customer so detachment is impossible.",
            "payment_method_unexpected_state",
        )
    method.body["customer"] = None
    method.hidden["detached"] = True
    world.store.save(method)
    world.tell("payment_method.detached", account, method.body)
    return method.body


def customer_methods(world: World, account: str, params: Json) -> Json:
    """GET /v1/payment_methods: a customer's; without `type` all of them."""
    if "customer" not in params:
        raise bad_request("Missing required param: customer.", "parameter_missing", "customer")
    world.need("customer", params["customer"], account, "customer")
    found = world.store.page("payment_method", account, params, {"customer": params["customer"]}, [])
    if "type" in params:
        found["data"] = [row for row in found["data"] if row["type"] == params["type"]]
    return {**found, "url": "/v1/payment_methods"}


def make_mandate(world: World, method: Thing, acceptance: Json) -> Thing:
    """The permission to debit a bank account."""
    body = {
        "customer_acceptance": acceptance,
        "multi_use": {},
        "payment_method": method.id,
        "payment_method_details": {"type": "us_bank_account", "us_bank_account": {}},
        "status": "active",
        "type": "multi_use",
    }
    mandate = world.make("mandate", "mandate", method.account, body)
    method.hidden["mandate"] = mandate.id
    world.store.save(method)
    return mandate


def setup_method(world: World, setup: Thing, method: Thing) -> None:
    """Ends a setup: the method is saved for the customer, or waits for its micro-deposits."""
    setup.body["payment_method"] = method.id
    if method.body["type"] == "us_bank_account":
        online = {"ip_address": "127.0.0.1", "user_agent": "hosted page"}
        acceptance = {"accepted_at": world.now(), "online": online, "type": "online"}
        setup.body["mandate"] = make_mandate(world, method, acceptance).id
    if method.hidden.get("verified", True):
        setup.body.update(status="succeeded", next_action=None)
        attach_to(world, method, setup.body["customer"])
        world.tell("setup_intent.succeeded", setup.account, setup.body)
    else:
        url = f"{world.public_url}/verify/{setup.id}"
        deposits = {"arrival_date": world.now() + 86400, "hosted_verification_url": url, "microdeposit_type": "amounts"}
        setup.body.update(
            status="requires_action",
            next_action={"type": "verify_with_microdeposits", "verify_with_microdeposits": deposits},
        )
        world.tell("setup_intent.requires_action", setup.account, setup.body)
        world.later("expire_check", setup.id, world.moment() + timedelta(days=banks.CHECK_DAYS))
    world.store.save(setup)


def verify(world: World, setup: Thing, amounts: tuple[int, ...]) -> bool:
    """The person enters the two deposits, in any order. Right ones end the setup; done twice is harmless."""
    method = world.store.get(setup.body["payment_method"])
    if method is None:
        raise missing("payment_method", str(setup.body["payment_method"]))
    if setup.body["status"] == "succeeded":
        return True
    if setup.body["status"] != "requires_action":
        return False
    if sorted(amounts) != sorted(banks.AMOUNTS):
        _wrong(world, setup, tuple(sorted(amounts)))
        return False
    method.hidden["verified"] = True
    world.store.save(method)
    setup.body.update(status="succeeded", next_action=None)
    attach_to(world, method, setup.body["customer"])
    world.store.save(setup)
    world.tell("setup_intent.succeeded", setup.account, setup.body)
    return True


def _wrong(world: World, setup: Thing, amounts: tuple[int, ...]) -> None:
    setup.hidden["wrong"] = setup.hidden.get("wrong", 0) + 1
    code = banks.ENDINGS.get(amounts)
    if setup.hidden["wrong"] >= banks.MOST_WRONG:
        code = "payment_method_microdeposit_verification_attempts_exceeded"
    if code:
        fail_check(world, setup, code)
    world.store.save(setup)


def expire_check(world: World, setup: Thing) -> None:
    """Timer: nobody entered the amounts in time."""
    if setup.body["status"] == "requires_action":
        fail_check(world, setup, "payment_method_microdeposit_verification_timeout")
        world.store.save(setup)


def fail_check(world: World, setup: Thing, code: str) -> None:
    """The account cannot be verified through this setup any more; it names the method in its error only."""
    method = world.store.get(setup.body["payment_method"])
    error = {"code": code, "message": code, "payment_method": method and method.body, "type": "invalid_request_error"}
    setup.body.update(status="requires_payment_method", next_action=None, payment_method=None, last_setup_error=error)
    world.tell("setup_intent.setup_failed", setup.account, setup.body)


def make_setup(world: World, account: str, customer: str, kinds: list[str], metadata: dict[str, Any]) -> Thing:
    """The setup intent behind a visit to the hosted page."""
    body = {
        "application": None,
        "automatic_payment_methods": None,
        "cancellation_reason": None,
        "client_secret": None,
        "customer": customer,
        "description": None,
        "last_setup_error": None,
        "latest_attempt": None,
        "mandate": None,
        "metadata": metadata,
        "next_action": None,
        "on_behalf_of": None,
        "payment_method": None,
        "payment_method_options": {},
        "payment_method_types": kinds,
        "single_use_mandate": None,
        "status": "requires_payment_method",
        "usage": "off_session",
    }
    return world.make("setup_intent", "seti", account, body, customer=customer)
