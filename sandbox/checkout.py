"""Checkout Sessions in setup mode: a visit to the hosted page."""

from __future__ import annotations

from datetime import timedelta

from sandbox import banks, cards, methods
from sandbox.store import Thing
from sandbox.wire import Json, bad_request
from sandbox.world import World


def create(world: World, account: str, params: Json) -> Json:
    """POST /v1/checkout/sessions."""
    if params["mode"] != "setup":
        raise bad_request("This sandbox knows only mode=setup.", param="mode")
    world.need("customer", params["customer"], account, "customer")
    kinds = params.get("allowed_payment_method_types")
    if not kinds and "currency" not in params:
        raise bad_request("Missing required param: currency.", "parameter_missing", "currency")
    for kind in kinds or []:
        if kind not in ("card", "us_bank_account"):
            raise bad_request(f"The payment method type “{kind}” is invalid.", param="allowed_payment_method_types")
    kinds = kinds or ["card"]
    setup = methods.make_setup(world, account, params["customer"], kinds, params.get("metadata", {}))
    body = {
        "allowed_payment_method_types": params.get("allowed_payment_method_types"),
        "amount_subtotal": None,
        "amount_total": None,
        "cancel_url": params.get("cancel_url"),
        "client_reference_id": params.get("client_reference_id"),
        "client_secret": None,
        "currency": params.get("currency"),
        "customer": params["customer"],
        "customer_details": None,
        "customer_email": None,
        "expires_at": world.now() + 86400,
        "metadata": params.get("metadata", {}),
        "mode": "setup",
        "payment_intent": None,
        "payment_method_types": kinds,
        "payment_status": "no_payment_required",
        "setup_intent": setup.id,
        "status": "open",
        "success_url": params["success_url"],
        "ui_mode": "hosted_page",
        "url": None,
    }
    session = world.make("checkout.session", "cs_test", account, body, customer=params["customer"], parent=setup.id)
    session.body["url"] = f"{world.public_url}/checkout/{session.id}"
    world.store.save(session)
    world.later("expire_session", session.id, world.moment() + timedelta(days=1))
    return session.body


def expire(world: World, account: str, _params: Json, key: str) -> Json:
    """POST /v1/checkout/sessions/{id}/expire."""
    session = world.need("checkout.session", key, account)
    if session.body["status"] != "open":
        raise bad_request(
            f'Only Checkout Sessions with a status in ["open"] can be expired. This one is {session.body["status"]}.'
        )
    expire_session(world, session)
    return session.body


def expire_session(world: World, session: Thing) -> None:
    """Timer: a visit that nobody finished ends after 24 hours."""
    if session.body["status"] == "open":
        session.body.update(status="expired", url=None)
        world.store.save(session)
        world.tell("checkout.session.expired", session.account, session.body)


def finish(world: World, session: Thing, what: cards.Card | banks.BankAccount, name: str | None) -> None:
    """The person gave a card or an account. A second press of the same form changes nothing."""
    if session.body["status"] != "open":
        return
    setup = world.store.get(session.body["setup_intent"])
    assert setup is not None
    if isinstance(what, cards.Card):
        method = methods.make_card(world, session.account, what, name)
    else:
        method = methods.make_bank(world, session.account, what, name)
    methods.setup_method(world, setup, method)
    session.body.update(status="complete", url=None)
    world.store.save(session)
    world.tell("checkout.session.completed", session.account, session.body)
