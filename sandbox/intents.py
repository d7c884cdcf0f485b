"""PaymentIntents: one amount, confirmed until it succeeds once or is canceled.

States as in https://docs.stripe.com/payments/paymentintents/lifecycle.
"""

from __future__ import annotations

from datetime import UTC, datetime

from sandbox import banks, cards, methods
from sandbox.charges import make_charge, no_for
from sandbox.disputes import plan_late_return
from sandbox.store import Thing
from sandbox.wire import Json, Refusal, bad_request
from sandbox.world import World, at_nine

_KINDS = ("card", "us_bank_account")


class Hang(Exception):
    """The answer to this request must hang. `body` is what it would have said, None when nothing was done."""

    def __init__(self, body: Json | None) -> None:
        super().__init__("hang")
        self.body = body


def create(world: World, account: str, params: Json) -> Json:
    """POST /v1/payment_intents."""
    if params["amount"] < 1 or params["amount"] > 99999999:
        raise bad_request("Invalid positive integer", "parameter_invalid_integer", "amount")
    if not (len(params["currency"]) == 3 and params["currency"].isalpha()):
        raise bad_request(f"Invalid currency: {params['currency']}", param="currency")
    if "customer" in params:
        world.need("customer", params["customer"], account, "customer")
    kinds = params.get("allowed_payment_method_types") or list(_KINDS)
    for kind in kinds:
        if kind not in _KINDS:
            raise bad_request(f"The payment method type “{kind}” is invalid.", param="allowed_payment_method_types")
    currency = params["currency"].lower()
    if currency != "usd":
        kinds = [kind for kind in kinds if kind != "us_bank_account"]
    if not kinds:
        raise bad_request("None of the payment method types can be used with this currency.", param="currency")
    intent = world.make(
        "payment_intent", "pi", account, _body(params, currency, kinds), customer=params.get("customer")
    )
    world.tell("payment_intent.created", account, intent.body)
    if "payment_method" in params:
        intent.body.update(payment_method=params["payment_method"], status="requires_confirmation")
        world.store.save(intent)
    return intent.body


def _body(params: Json, currency: str, kinds: list[str]) -> Json:
    return {
        "allowed_payment_method_types": params.get("allowed_payment_method_types"),
        "amount": params["amount"],
        "amount_capturable": 0,
        "amount_details": {"tip": {}},
        "amount_received": 0,
        "application": None,
        "automatic_payment_methods": params.get("automatic_payment_methods"),
        "canceled_at": None,
        "cancellation_reason": None,
        "capture_method": "automatic_async",
        "client_secret": None,
        "confirmation_method": "automatic",
        "currency": currency,
        "customer": params.get("customer"),
        "description": params.get("description"),
        "last_payment_error": None,
        "latest_charge": None,
        "metadata": params.get("metadata", {}),
        "next_action": None,
        "on_behalf_of": None,
        "payment_method": None,
        "payment_method_options": {},
        "payment_method_types": kinds,
        "processing": None,
        "receipt_email": None,
        "review": None,
        "setup_future_usage": None,
        "shipping": None,
        "source": None,
        "statement_descriptor": None,
        "status": "requires_payment_method",
        "transfer_data": None,
        "transfer_group": None,
    }


def _wrong_state(intent: Thing, verb: str) -> Refusal:
    status = intent.body["status"]
    return bad_request(
        f"You cannot {verb} this PaymentIntent because it has a status of {status}.",
        "payment_intent_unexpected_state",
        payment_intent=intent.body,
    )


def confirm(world: World, account: str, params: Json, key: str) -> Json:
    """POST /v1/payment_intents/{id}/confirm."""
    intent = world.need("payment_intent", key, account)
    if intent.body["status"] not in ("requires_payment_method", "requires_confirmation", "requires_action"):
        raise _wrong_state(intent, "confirm")
    chosen = params.get("payment_method") or intent.body["payment_method"]
    if not chosen:
        raise bad_request(
            "You cannot confirm this PaymentIntent because it's missing a payment method.",
            "payment_intent_unexpected_state",
            payment_intent=intent.body,
        )
    method = methods.find(world, account, chosen)
    _check_method(intent, method)
    intent.hidden.update(return_url=params.get("return_url"), off_session=params.get("off_session") == "true")
    intent.body.update(payment_method=method.id, last_payment_error=None, next_action=None)
    if method.body["type"] == "us_bank_account":
        _debit(world, intent, method, params)
    else:
        _charge_card(world, intent, method)
    world.store.save(intent)
    return intent.body


def _check_method(intent: Thing, method: Thing) -> None:
    kind = method.body["type"]
    if kind not in intent.body["payment_method_types"]:
        raise bad_request(
            f"The PaymentMethod provided ({kind}) is not allowed for this PaymentIntent.", param="payment_method"
        )
    owner = method.body["customer"]
    if method.hidden.get("detached"):
        raise bad_request(
            "The provided PaymentMethod was previously used and detached; it may not be used again.",
            "payment_method_unexpected_state",
            "payment_method",
        )
    if owner and owner != intent.body["customer"]:
        raise bad_request(
            "The provided PaymentMethod cannot be used. It belongs to a different Customer.",
            "payment_method_customer_mismatch" if intent.body["customer"] else "payment_method_customer_decline",
            "payment_method",
        )


def _charge_card(world: World, intent: Thing, method: Thing) -> None:
    card = cards.BY_NAME[method.hidden["card"]]
    step = world.next_step(method.id, method.body["card"]["fingerprint"])
    behaviour = step or card.behaviour
    if behaviour == "timeout_before":
        raise Hang(None)
    ask = step is None and (
        card.authenticate == "always" or (card.authenticate == "until_done" and not method.hidden.get("authenticated"))
    )
    if ask and intent.hidden["off_session"]:
        _decline(world, intent, method, cards.DECLINES["authentication_required"])
    if ask:
        _ask_bank(world, intent)
        return
    no = no_for(world, method, step)
    if no:
        _decline(world, intent, method, no)
    _succeed(world, intent, make_charge(world, intent, method, "succeeded"))
    if behaviour == "timeout_after":
        world.store.save(intent)
        raise Hang(intent.body)


def _ask_bank(world: World, intent: Thing) -> None:
    url = f"{world.public_url}/authenticate/{intent.id}"
    action: Json = {"type": "use_stripe_sdk", "use_stripe_sdk": {"type": "three_d_secure_redirect"}}
    if intent.hidden["return_url"]:
        action = {"type": "redirect_to_url", "redirect_to_url": {"return_url": intent.hidden["return_url"], "url": url}}
    intent.body.update(status="requires_action", next_action=action)
    world.tell("payment_intent.requires_action", intent.account, intent.body)


def _succeed(world: World, intent: Thing, charge: Thing) -> None:
    intent.body.update(
        status="succeeded",
        amount_received=intent.body["amount"],
        latest_charge=charge.id,
        next_action=None,
        last_payment_error=None,
    )
    world.tell("payment_intent.succeeded", intent.account, intent.body)


def fail(world: World, intent: Thing, method: Thing, error: Json, charge: str | None) -> None:
    """Back to requires_payment_method, with the reason."""
    intent.body.update(
        status="requires_payment_method",
        payment_method=None,
        next_action=None,
        latest_charge=charge or intent.body["latest_charge"],
        last_payment_error={**error, "payment_method": method.body},
    )
    world.store.save(intent)
    world.tell("payment_intent.payment_failed", intent.account, intent.body)


def _decline(world: World, intent: Thing, method: Thing, no: cards.No) -> None:
    """Records the decline and answers 402."""
    charge = make_charge(world, intent, method, "failed", no)
    error: Json = {
        "advice_code": no.advice,
        "charge": charge.id,
        "code": no.code,
        "decline_code": no.decline_code,
        "doc_url": f"https://stripe.com/docs/error-codes/{no.code.replace('_', '-')}",
        "message": no.message,
        "network_advice_code": no.mac,
        "network_decline_code": no.network,
        "type": "card_error",
    }
    error = {name: value for name, value in error.items() if value is not None}
    fail(world, intent, method, error, charge.id)
    fields = {name: value for name, value in error.items() if name not in ("type", "message", "code")}
    refusal = Refusal(402, "card_error", no.message, code=no.code, **fields)
    refusal.body["error"].update(payment_intent=intent.body, payment_method=method.body)
    raise refusal


def answer_bank(world: World, intent: Thing, approved: bool) -> None:
    """The person pressed Approve or Refuse on the bank's page. Pressed twice is harmless."""
    if intent.body["status"] != "requires_action":
        return
    method = world.store.get(intent.body["payment_method"])
    assert method is not None
    if not approved:
        error = {
            "code": "payment_intent_authentication_failure",
            "message": "The provided PaymentMethod has failed authentication.",
            "type": "invalid_request_error",
        }
        fail(world, intent, method, error, None)
        return
    method.hidden["authenticated"] = True
    world.store.save(method)
    no = no_for(world, method, None)
    if no:
        try:
            _decline(world, intent, method, no)
        except Refusal:
            return  # the page goes back to the shop, which reads the intent
    _succeed(world, intent, make_charge(world, intent, method, "succeeded"))
    world.store.save(intent)


def cancel(world: World, account: str, params: Json, key: str) -> Json:
    """POST /v1/payment_intents/{id}/cancel. Refused once it succeeded, is canceled or on its way through a bank."""
    intent = world.need("payment_intent", key, account)
    if intent.body["status"] in ("succeeded", "canceled", "processing"):
        raise _wrong_state(intent, "cancel")
    intent.body.update(
        status="canceled",
        canceled_at=world.now(),
        cancellation_reason=params.get("cancellation_reason"),
        next_action=None,
    )
    world.store.save(intent)
    world.tell("payment_intent.canceled", account, intent.body)
    return intent.body


# -- bank debits --------------------------------------------------------------------------------------------------


def _debit(world: World, intent: Thing, method: Thing, params: Json) -> None:
    bank = banks.BY_NAME[method.hidden["bank"]]
    if not method.hidden["verified"]:
        raise bad_request("This bank account is not verified yet.", "bank_account_unverified", "payment_method")
    if method.hidden.get("blocked"):
        raise bad_request(
            "This bank account cannot be used: an earlier debit came back.", "bank_account_unusable", "payment_method"
        )
    acceptance = params.get("mandate_data", {}).get("customer_acceptance")
    if acceptance:
        methods.make_mandate(world, method, acceptance)
    elif "mandate" not in method.hidden:
        raise bad_request(
            "A mandate is required to confirm a PaymentIntent with us_bank_account.",
            "payment_intent_mandate_invalid",
            "mandate_data",
        )
    step = world.next_step(method.id, method.body["us_bank_account"]["fingerprint"])
    bank = banks.BY_NAME.get({"approve": "settles"}.get(step, step), bank) if step else bank
    charge = make_charge(world, intent, method, "pending")
    intent.body.update(status="processing", latest_charge=charge.id)
    intent.hidden["bank"] = bank.name
    world.tell("payment_intent.processing", intent.account, intent.body)
    if not bank.never:
        day = banks.banking_days_after(world.moment().date(), bank.after)
        world.later("end_debit", intent.id, at_nine(datetime(day.year, day.month, day.day, tzinfo=UTC)))


def end_debit(world: World, intent: Thing) -> None:
    """Timer: a bank debit settles or comes back."""
    bank = banks.BY_NAME[intent.hidden["bank"]]
    charge, method = world.store.get(intent.body["latest_charge"]), world.store.get(intent.body["payment_method"])
    if intent.body["status"] != "processing" or charge is None or method is None:
        return
    if bank.returned is None or bank.disputed_after is not None:
        charge.body.update(status="succeeded", amount_captured=charge.body["amount"])
        world.store.save(charge)
        world.tell("charge.succeeded", intent.account, charge.body)
        _succeed(world, intent, charge)
        world.store.save(intent)
        if bank.disputed_after is not None:
            plan_late_return(world, charge, bank.disputed_after)
        return
    message = banks.RETURN_MESSAGES[bank.returned]
    charge.body.update(status="failed", paid=False, captured=False, failure_code=bank.failure, failure_message=message)
    charge.body["outcome"].update(network_status="declined_by_network", network_decline_code=bank.returned)
    world.store.save(charge)
    if bank.returned != "R01":
        method.hidden["blocked"] = True
        method.body["us_bank_account"]["status_details"] = {
            "blocked": {"network_code": bank.returned, "reason": f"bank_account_{bank.failure}"}
        }
        world.store.save(method)
    error: Json = {
        "charge": charge.id,
        "code": bank.failure,
        "message": message,
        "network_decline_code": bank.returned,
        "payment_method_type": "us_bank_account",
        "type": "invalid_request_error",
    }
    world.tell("charge.failed", intent.account, charge.body)
    fail(world, intent, method, error, charge.id)
