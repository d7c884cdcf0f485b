"""Charges, refunds and disputes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sandbox import banks, cards
from sandbox.store import Thing
from sandbox.wire import Json, Refusal, bad_request, missing
from sandbox.world import World, at_nine

_CARD_OK = {
    "advice_code": None,
    "network_advice_code": None,
    "network_decline_code": None,
    "network_status": "approved_by_network",
    "reason": None,
    "risk_level": "normal",
    "seller_message": "Payment complete.",
    "type": "authorized",
}


def no_for(world: World, method: Thing, step: str | None) -> cards.No | None:
    """The issuer's "no" to a card payment, if it is one. `step` is what a script says."""
    name = step
    if name is None:
        card = cards.BY_NAME[method.hidden["card"]]
        saved = int(method.hidden.get("saved") or method.body["created"])
        days = card.clears_after_days
        cleared = days is not None and world.now() >= saved + days * 86400
        name = "approve" if cleared else card.behaviour
    return cards.DECLINES.get(name)


def _details(world: World, method: Thing) -> Json:
    kind = method.body["type"]
    shown = dict(method.body[kind])
    if kind == "us_bank_account":
        due = banks.banking_days_after(world.moment().date(), 1)
        shown.update(expected_debit_date=due.isoformat(), mandate=method.hidden.get("mandate"), payment_reference=None)
    else:
        shown.update(network=shown["brand"], three_d_secure=None, authorization_code=None)
    return {"type": kind, kind: shown}


def make_charge(world: World, intent: Thing, method: Thing, status: str, no: cards.No | None = None) -> Thing:
    """The charge of one confirmation: succeeded, pending (bank debits) or failed."""
    outcome: Json = dict(_CARD_OK)
    if no:
        outcome.update(
            advice_code=no.advice,
            network_advice_code=no.mac,
            network_decline_code=no.network,
            network_status="declined_by_network",
            reason=no.decline_code,
            seller_message="The bank did not return any further details with this decline.",
            type="issuer_declined",
        )
    amount = intent.body["amount"]
    body = {
        "amount": amount,
        "amount_captured": amount if status == "succeeded" else 0,
        "amount_refunded": 0,
        "application": None,
        "balance_transaction": None,
        "billing_details": method.body["billing_details"],
        "captured": status != "failed",
        "currency": intent.body["currency"],
        "customer": intent.body["customer"],
        "description": intent.body["description"],
        "disputed": False,
        "failure_balance_transaction": None,
        "failure_code": no.code if no else None,
        "failure_message": no.message if no else None,
        "fraud_details": {},
        "metadata": dict(intent.body["metadata"]),
        "on_behalf_of": None,
        "outcome": outcome,
        "paid": status != "failed",  # Stripe calls a pending bank debit paid
        "payment_intent": intent.id,
        "payment_method": method.id,
        "payment_method_details": _details(world, method),
        "receipt_email": None,
        "receipt_number": None,
        "receipt_url": None,
        "refunded": False,
        "review": None,
        "shipping": None,
        "source": None,
        "status": status,
        "transfer_group": None,
    }
    prefix = "ch" if method.body["type"] == "card" else "py"
    charge = world.make("charge", prefix, intent.account, body, customer=intent.body["customer"], parent=intent.id)
    world.tell(f"charge.{status}", intent.account, charge.body)
    if method.hidden.get("card") == "disputed" and status == "succeeded":
        world.later("dispute_card", charge.id, world.moment() + timedelta(days=1))
    return charge


def dispute_charge(world: World, charge: Thing, *, reason: str, status: str, network: str | None) -> Thing:
    """A dispute: a card's waits for an answer, a bank's late return is lost at once."""
    body = {
        "amount": charge.body["amount"],
        "balance_transactions": [],
        "charge": charge.id,
        "currency": charge.body["currency"],
        "evidence": {},
        "evidence_details": {"due_by": None, "has_evidence": False, "past_due": False, "submission_count": 0},
        "is_charge_refundable": False,
        "metadata": {},
        "network_reason_code": network,
        "payment_intent": charge.body["payment_intent"],
        "reason": reason,
        "status": status,
    }
    dispute = world.make("dispute", "du", charge.account, body, parent=charge.body["payment_intent"])
    charge.body["disputed"] = True
    world.store.save(charge)
    world.tell("charge.dispute.created", charge.account, dispute.body)
    world.tell("charge.dispute.funds_withdrawn", charge.account, dispute.body)
    if status == "lost":
        world.tell("charge.dispute.closed", charge.account, dispute.body)
    return dispute


def dispute_card(world: World, charge: Thing) -> None:
    """Timer: the holder of the disputed test card complains."""
    dispute_charge(world, charge, reason="fraudulent", status="needs_response", network="10.4")


def return_late(world: World, charge: Thing) -> None:
    """Timer: a settled bank debit comes back."""
    bank = banks.BY_NAME["late_return"]
    dispute_charge(world, charge, reason=bank.failure or "general", status="lost", network=bank.returned)


def plan_late_return(world: World, charge: Thing, days: int) -> None:
    """A settled debit will come back so many banking days later."""
    day = banks.banking_days_after(world.moment().date(), days)
    world.later("return_late", charge.id, at_nine(datetime(day.year, day.month, day.day, tzinfo=UTC)))


def close_dispute(world: World, dispute: Thing, status: str) -> None:
    """Control: the network decides, `won` or `lost`."""
    dispute.body["status"] = status
    world.store.save(dispute)
    if status == "won":
        world.tell("charge.dispute.funds_reinstated", dispute.account, dispute.body)
    world.tell("charge.dispute.closed", dispute.account, dispute.body)


def _charge_of(world: World, account: str, params: Json) -> Thing:
    if "charge" in params:
        return world.need("charge", params["charge"], account, "charge")
    if "payment_intent" not in params:
        raise bad_request("One of the following params should be provided: payment_intent or charge.")
    intent = world.need("payment_intent", params["payment_intent"], account, "payment_intent")
    charge = world.store.get(intent.body["latest_charge"] or "")
    if charge is None:
        raise missing("charge", str(intent.body["latest_charge"]), "payment_intent")
    return charge


def create_refund(world: World, account: str, params: Json) -> Json:
    """POST /v1/refunds: never more than what was captured and not yet refunded."""
    charge = _charge_of(world, account, params)
    if charge.body["status"] != "succeeded":
        raise bad_request("This charge has not been captured or did not succeed.", "charge_not_refundable", "charge")
    if charge.body["disputed"]:
        raise bad_request("This charge has been charged back.", "charge_disputed", "charge")
    rest = charge.body["amount"] - charge.body["amount_refunded"]
    if rest == 0:
        raise bad_request(f"Charge {charge.id} has already been refunded.", "charge_already_refunded")
    amount = params.get("amount", rest)
    if not 0 < amount <= rest:
        raise Refusal(
            400,
            "invalid_request_error",
            f"Refund amount ({amount}) is greater than unrefunded amount on charge ({rest})",
            code="amount_too_large",
            param="amount",
        )
    body = {
        "amount": amount,
        "balance_transaction": None,
        "charge": charge.id,
        "currency": charge.body["currency"],
        "destination_details": {"type": charge.body["payment_method_details"]["type"]},
        "metadata": params.get("metadata", {}),
        "payment_intent": charge.body["payment_intent"],
        "reason": params.get("reason"),
        "receipt_number": None,
        "status": "succeeded",
    }
    refund = world.make("refund", "re", account, body, parent=charge.body["payment_intent"])
    _book(world, charge, amount)
    world.tell("refund.created", account, refund.body)
    world.tell("charge.refunded", account, charge.body)
    method = world.store.get(charge.body["payment_method"])
    if method and method.hidden.get("card") == "refund_fails":
        world.later("fail_refund", refund.id, world.moment() + timedelta(days=1))
    return refund.body


def _book(world: World, charge: Thing, amount: int) -> None:
    charge.body["amount_refunded"] += amount
    charge.body["refunded"] = charge.body["amount_refunded"] == charge.body["amount"]
    world.store.save(charge)


def fail_refund(world: World, refund: Thing) -> None:
    """Timer: the refund did not arrive."""
    refund.body.update(status="failed", failure_reason="expired_or_canceled_card")
    world.store.save(refund)
    charge = world.store.get(refund.body["charge"])
    if charge:
        _book(world, charge, -refund.body["amount"])
    world.tell("refund.failed", refund.account, refund.body)
    world.tell("charge.refund.updated", refund.account, refund.body)
