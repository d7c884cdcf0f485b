"""Refunds: a card's arrives at once, a bank account's after some banking days; one may fail later."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sandbox import banks, disputes
from sandbox.store import Thing
from sandbox.wire import Json, Refusal, bad_request, missing
from sandbox.world import World, at_nine

_BANKING_DAYS = 3  # a refund to a bank account
_ENDS = ("succeeded", "failed", "canceled")


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


def _check(world: World, charge: Thing, params: Json) -> int:
    """What is to be refunded; never more than what was captured and not yet refunded."""
    if charge.body["status"] != "succeeded":
        raise bad_request("This charge has not been captured or did not succeed.", "charge_not_refundable", "charge")
    if not disputes.is_refundable(world, charge):
        raise bad_request("This charge has been charged back.", "charge_disputed", "charge")
    rest = charge.body["amount"] - charge.body["amount_refunded"]
    if rest == 0:
        raise bad_request(f"Charge {charge.id} has already been refunded.", "charge_already_refunded")
    amount: int = params.get("amount", rest)
    if not 0 < amount <= rest:
        raise Refusal(
            400,
            "invalid_request_error",
            f"Refund amount ({amount}) is greater than unrefunded amount on charge ({rest})",
            code="amount_too_large",
            param="amount",
        )
    return amount


def create(world: World, account: str, params: Json) -> Json:
    """POST /v1/refunds."""
    charge = _charge_of(world, account, params)
    amount = _check(world, charge, params)
    method = world.store.get(charge.body["payment_method"])
    card = method.hidden.get("card") if method else None
    is_bank = charge.body["payment_method_details"]["type"] == "us_bank_account"
    waits = is_bank or card == "refund_pending"
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
        "status": "pending" if waits else "succeeded",
    }
    if waits:
        body["pending_reason"] = "processing"
    refund = world.make("refund", "re", account, body, parent=charge.body["payment_intent"])
    _book(world, charge, amount)
    world.tell("refund.created", account, refund.body)
    world.tell("charge.refunded", account, charge.body)
    if waits:
        day = banks.banking_days_after(world.moment().date(), _BANKING_DAYS)
        world.later("end_refund", refund.id, at_nine(datetime(day.year, day.month, day.day, tzinfo=UTC)))
    if card == "refund_fails":
        world.later("fail_refund", refund.id, world.moment() + timedelta(days=1))
    return refund.body


def _book(world: World, charge: Thing, amount: int) -> None:
    charge.body["amount_refunded"] += amount
    charge.body["refunded"] = charge.body["amount_refunded"] == charge.body["amount"]
    world.store.save(charge)


def end_refund(world: World, refund: Thing) -> None:
    """Timer: a pending refund has arrived."""
    if refund.body["status"] == "pending":
        _end(world, refund, "succeeded")


def fail_refund(world: World, refund: Thing) -> None:
    """Timer: the refund did not arrive."""
    if refund.body["status"] in ("pending", "succeeded"):
        _end(world, refund, "failed", "expired_or_canceled_card")


def _end(world: World, refund: Thing, status: str, why: str | None = None) -> None:
    gone = status != "succeeded"
    refund.body.pop("pending_reason", None)
    refund.body.update(status=status, **({"failure_reason": why} if why else {}))
    world.store.save(refund)
    charge = world.store.get(refund.body["charge"])
    if charge and gone:
        _book(world, charge, -refund.body["amount"])
    world.tell("refund.failed" if status == "failed" else "refund.updated", refund.account, refund.body)
    world.tell("charge.refund.updated", refund.account, refund.body)


def command(world: World, charge: Thing | None, wish: Json) -> None:
    """Control: `{id, status: succeeded | failed | canceled}` ends one; `{charge, amount}` makes one at the processor's
    own pages, without our metadata."""
    if charge is not None:
        asked = {"charge": charge.id, **({"amount": wish["amount"]} if "amount" in wish else {})}
        create(world, charge.account, asked)
        return
    refund = world.store.get(wish.get("id", ""), kind="refund")
    if refund is None or wish.get("status") not in _ENDS or refund.body["status"] in ("failed", "canceled"):
        raise bad_request("refunds: [{id, status: succeeded | failed | canceled} or {charge, amount}]")
    why = "expired_or_canceled_card" if wish["status"] == "failed" else None
    _end(world, refund, wish["status"], wish.get("reason", why))
