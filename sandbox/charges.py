"""Charges: what one confirmation of an intent came to."""

from __future__ import annotations

from datetime import timedelta

from sandbox import banks, cards
from sandbox.store import Thing
from sandbox.wire import Json
from sandbox.world import World

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
