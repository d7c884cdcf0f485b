"""Disputes: a card's holder complains, or a bank debit comes back after it was settled."""

from __future__ import annotations

from datetime import UTC, datetime

from sandbox import banks
from sandbox.store import Thing
from sandbox.wire import Json, bad_request
from sandbox.world import World, at_nine

_ANSWER_SECONDS = 21 * 86400  # how long a card's dispute waits for evidence
_INQUIRIES = ("warning_needs_response", "warning_under_review", "warning_closed")  # no money has left
_STATUSES = (*_INQUIRIES, "needs_response", "under_review", "won", "lost")
_WORDS = {  # a return code in the words of Stripe's disputes: https://docs.stripe.com/disputes/categories
    "R01": "insufficient_funds",
    "R03": "incorrect_account_details",
    "R04": "incorrect_account_details",
    "R10": "debit_not_authorized",
}


def dispute_charge(
    world: World, charge: Thing, *, reason: str, status: str, network: str | None, amount: int | None = None
) -> Thing:
    """A dispute: a card's waits for an answer, a bank's late return is lost at once. An inquiry takes no money."""
    waits, asks = status.endswith("needs_response"), status in _INQUIRIES
    body = {
        "amount": charge.body["amount"] if amount is None else amount,
        "balance_transactions": [],
        "charge": charge.id,
        "currency": charge.body["currency"],
        "evidence": {},
        "evidence_details": {
            "due_by": world.now() + _ANSWER_SECONDS if waits else 0,
            "has_evidence": False,
            "past_due": False,
            "submission_count": 0,
        },
        "is_charge_refundable": asks,
        "metadata": {},
        "network_reason_code": network,
        "payment_intent": charge.body["payment_intent"],
        "payment_method_details": _card(charge, network, "inquiry" if asks else "chargeback"),
        "reason": reason,
        "status": status,
    }
    dispute = world.make("dispute", "du", charge.account, body, parent=charge.body["payment_intent"])
    charge.body["disputed"] = True
    world.store.save(charge)
    world.tell("charge.dispute.created", charge.account, dispute.body)
    if not asks:
        world.tell("charge.dispute.funds_withdrawn", charge.account, dispute.body)
    if status == "lost":
        world.tell("charge.dispute.closed", charge.account, dispute.body)
    return dispute


def _card(charge: Thing, network: str | None, case: str) -> Json | None:
    """Stripe tells it for cards and wallets; for a bank debit the charge has to be asked."""
    details = charge.body["payment_method_details"]
    if details["type"] != "card":
        return None
    brand = details["card"]["brand"]
    return {"type": "card", "card": {"brand": brand, "case_type": case, "network_reason_code": network}}


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


def is_refundable(world: World, charge: Thing) -> bool:
    """Not while a dispute about it is open or lost. An inquiry is none."""
    about = world.store.every("dispute", parent=charge.body["payment_intent"])
    return all(
        dispute.body["status"] in ("won", *_INQUIRIES) for dispute in about if dispute.body["charge"] == charge.id
    )


def command(world: World, charge: Thing | None, wish: Json) -> None:
    """Control: `{id, status}` takes one on; `{charge, reason}` or `{charge, return: "R01"}` opens one, and `{charge,
    status: "warning_needs_response"}` an inquiry."""
    known = wish.get("status", "needs_response") in _STATUSES
    if known and charge is not None and charge.body["status"] == "succeeded":
        code, amount = wish.get("return"), wish.get("amount")
        if code is None:
            reason = wish.get("reason", "fraudulent")
            status = wish.get("status", "needs_response")
            dispute_charge(world, charge, reason=reason, status=status, network="10.4", amount=amount)
        else:
            reason = _WORDS.get(code, "general")
            dispute_charge(world, charge, reason=reason, status="lost", network=code, amount=amount)
        return
    dispute = world.store.get(wish.get("id", ""), kind="dispute")
    if dispute is None or not known or "status" not in wish:
        raise bad_request("disputes: [{id, status} or {charge, reason, status} or {charge, return}]")
    _take_on(world, dispute, wish["status"])


def _take_on(world: World, dispute: Thing, status: str) -> None:
    asked = dispute.body["status"] in _INQUIRIES
    dispute.body["status"] = status
    dispute.body["is_charge_refundable"] = status in _INQUIRIES
    world.store.save(dispute)
    if asked and status not in _INQUIRIES:
        world.tell("charge.dispute.funds_withdrawn", dispute.account, dispute.body)
    if status not in ("won", "lost", "warning_closed"):
        world.tell("charge.dispute.updated", dispute.account, dispute.body)
        return
    if status == "won":
        world.tell("charge.dispute.funds_reinstated", dispute.account, dispute.body)
    world.tell("charge.dispute.closed", dispute.account, dispute.body)
