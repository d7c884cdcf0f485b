"""Stripe's JSON as our values. A shape that does not fit raises KeyError, TypeError or ValueError: garbage."""

from __future__ import annotations

import json
import re
from datetime import UTC, date, datetime
from typing import Any

from integrations.gateways.base import (
    Account,
    Charge,
    Decline,
    DisputeStatus,
    GatewayDispute,
    GatewayRefund,
    Hint,
    Intent,
    IntentStatus,
    MethodDetails,
    MethodKind,
    RefundStatus,
    Setup,
    SetupStatus,
)
from kit.calendar import add_banking_days
from kit.money import Money

Raw = dict[str, Any]

# Stripe names a returned debit by a word; the network's return code comes along only sometimes.
# https://docs.stripe.com/payments/ach-direct-debit (failures) and Nacha's list of return codes.
_RETURN_CODES = {
    "insufficient_funds": "R01",
    "account_closed": "R02",
    "bank_account_closed": "R02",
    "no_account": "R03",
    "invalid_account_number": "R04",
    "debit_not_authorized": "R10",
    "bank_account_restricted": "R16",
}
_RETURN_CODE = re.compile(r"^R\d\d$")

# A late return is a dispute, with words of its own. https://docs.stripe.com/disputes/categories
_DISPUTED_AS = {"insufficient_funds": "R01", "incorrect_account_details": "R03", "debit_not_authorized": "R10"}
_BANK = frozenset({MethodKind.BANK.value, "ach_debit"})
_STANDING = {
    "won": DisputeStatus.WON,
    "prevented": DisputeStatus.CLOSED,  # it never became a dispute: no money left
    "warning_needs_response": DisputeStatus.INQUIRY,
    "warning_under_review": DisputeStatus.INQUIRY,
    "warning_closed": DisputeStatus.CLOSED,  # an inquiry that led to nothing
    "lost": DisputeStatus.LOST,
    "appeal_needs_response": DisputeStatus.LOST,  # the money is gone unless the appeal brings it back
    "appeal_under_review": DisputeStatus.LOST,
}


def _money(minor: Any, currency: Any) -> Money:
    if type(minor) is not int or not isinstance(currency, str) or len(currency) != 3:
        raise ValueError("no amount")
    return Money(minor, currency.upper())


def _moment(seconds: Any) -> datetime:
    return datetime.fromtimestamp(int(seconds), UTC)


def _id(value: Any) -> str | None:
    """An id, whether Stripe sent it or the whole object."""
    if isinstance(value, dict):
        value = value["id"]
    return value if isinstance(value, str) else None


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError("text is missing")
    return value


def account(raw: Raw, livemode: bool) -> Account:
    """GET /v1/account."""
    profile, settings = raw.get("business_profile") or {}, raw.get("settings") or {}
    name = profile.get("name") or (settings.get("dashboard") or {}).get("display_name") or ""
    return Account(
        id=_text(raw["id"]),
        livemode=livemode,
        name=name,
        country=raw.get("country") or "",
        currency=(raw.get("default_currency") or "").upper(),
        charges_enabled=bool(raw["charges_enabled"]),
    )


def decline(raw: Raw | None) -> Decline | None:
    """A PaymentIntent's last_payment_error, or the error object of a 402."""
    if not raw:
        return None
    code = str(raw.get("code") or raw.get("type") or "declined")
    network = raw.get("network_decline_code")
    method = raw.get("payment_method") or {}
    kind = raw.get("payment_method_type") or (method.get("type") if isinstance(method, dict) else None)
    reason = raw.get("decline_code") or code
    if kind == MethodKind.BANK:
        known = isinstance(network, str) and _RETURN_CODE.match(network)
        reason = network if known else _RETURN_CODES.get(code, reason)
    advice = raw.get("network_advice_code")
    return Decline(code, str(reason), network, advice, str(raw.get("message") or ""))


def _action(raw: Raw | None) -> str | None:
    if not raw:
        return None
    redirect, deposits = raw.get("redirect_to_url") or {}, raw.get("verify_with_microdeposits") or {}
    return redirect.get("url") or deposits.get("hosted_verification_url")


def intent(raw: Raw) -> Intent:
    """A PaymentIntent. `decline` stays visible after a cancel, so that the reason is not lost."""
    status = IntentStatus(raw["status"])
    notes = raw.get("metadata") or {}
    failed = status in (IntentStatus.REQUIRES_PAYMENT_METHOD, IntentStatus.CANCELED)
    return Intent(
        id=_text(raw["id"]),
        status=status,
        amount=_money(raw["amount"], raw["currency"]),
        captured=_money(raw["amount_received"], raw["currency"]),
        customer=_id(raw["customer"]) or "",
        method=_id(raw["payment_method"]),
        attempt=notes.get("settle_attempt"),
        install=notes.get("settle_install"),
        created=_moment(raw["created"]),
        livemode=bool(raw["livemode"]),
        charge=_id(raw["latest_charge"]),
        decline=decline(raw["last_payment_error"]) if failed else None,
        action_url=_action(raw["next_action"]),
        final_on=_final_day(raw["latest_charge"]) if status == IntentStatus.PROCESSING else None,
    )


def _final_day(charged: Any) -> date | None:
    """When a bank debit is expected to be final: Stripe tells the day it debits, the first of "up to 4 business days"
    (https://docs.stripe.com/payments/ach-direct-debit, timing). Known only when the charge came along."""
    if not isinstance(charged, dict):
        return None
    told = (charged["payment_method_details"].get("us_bank_account") or {}).get("expected_debit_date")
    if not told:
        return None
    return add_banking_days(date.fromisoformat(told), 3)


def method(raw: Raw) -> MethodDetails:
    """A PaymentMethod: a card, or a bank account."""
    kind = MethodKind(raw["type"])
    shown = raw[kind.value]
    is_card = kind == MethodKind.CARD
    return MethodDetails(
        id=_text(raw["id"]),
        kind=kind,
        customer=_id(raw["customer"]),
        fingerprint=_text(shown["fingerprint"]),
        brand=shown["brand"] if is_card else shown.get("bank_name") or "",
        last4=_text(shown["last4"]),
        exp_month=shown["exp_month"] if is_card else None,
        exp_year=shown["exp_year"] if is_card else None,
        country=shown["country"] if is_card else "US",
        funding=shown["funding"] if is_card else shown.get("account_type"),
    )


def setup(raw: Raw) -> Setup:
    """A Checkout Session in setup mode, its setup intent and payment method expanded."""
    inner = raw["setup_intent"] if isinstance(raw["setup_intent"], dict) else {}
    found, waits = inner.get("payment_method"), inner.get("next_action") or {}
    return Setup(
        id=_text(raw["id"]),
        status=SetupStatus(raw["status"]),
        url=raw.get("url"),
        reference=raw.get("client_reference_id") or "",
        customer=_id(raw["customer"]),
        method=method(found) if isinstance(found, dict) else None,
        verify=(waits.get("verify_with_microdeposits") or {}).get("hosted_verification_url"),
        mandate=_id(inner.get("mandate")),
        failure=_why_unverified(inner),
    )


def _why_unverified(inner: Raw) -> str | None:
    """A setup that failed wants another method; before the first one was given there is no error."""
    failed = inner.get("status") == "requires_payment_method"
    return (inner.get("last_setup_error") or {}).get("code") if failed else None


def _setup_method(about: Raw) -> str | None:
    """The method that a setup intent is about; one that failed names it in its error."""
    return _id(about.get("payment_method")) or _id((about.get("last_setup_error") or {}).get("payment_method"))


def charge(raw: Raw) -> Charge:
    """One row of the charge list."""
    notes = raw.get("metadata") or {}
    return Charge(
        id=_text(raw["id"]),
        intent=_id(raw["payment_intent"]),
        amount=_money(raw["amount"], raw["currency"]),
        refunded=_money(raw["amount_refunded"], raw["currency"]),
        paid=raw["status"] == "succeeded",  # `paid` is true for a bank debit that is still on its way
        attempt=notes.get("settle_attempt"),
        install=notes.get("settle_install"),
        created=_moment(raw["created"]),
    )


def refund(raw: Raw) -> GatewayRefund:
    """A Refund. Stripe leaves the status empty on some old ones: nobody can say, so they are pending."""
    notes = raw.get("metadata") or {}
    return GatewayRefund(
        id=_text(raw["id"]),
        status=RefundStatus(raw["status"] or RefundStatus.PENDING),
        amount=_money(raw["amount"], raw["currency"]),
        intent=_id(raw["payment_intent"]),
        refund=notes.get("settle_refund"),
        install=notes.get("settle_install"),
        created=_moment(raw["created"]),
        failure=raw.get("failure_reason"),
    )


def dispute(raw: Raw) -> GatewayDispute:
    """A Dispute, its charge expanded. A status that is not decided, or that we do not know, is open."""
    kind, reason = _disputed_kind(raw), str(raw["reason"])
    code = raw.get("network_reason_code") or ((raw.get("payment_method_details") or {}).get("card") or {}).get(
        "network_reason_code"
    )
    if kind == MethodKind.BANK and not (isinstance(code, str) and _RETURN_CODE.match(code)):
        code = _DISPUTED_AS.get(reason)
    due = (raw.get("evidence_details") or {}).get("due_by")  # 0: there is nothing to answer
    return GatewayDispute(
        id=_text(raw["id"]),
        status=_STANDING.get(raw["status"], DisputeStatus.OPEN),
        amount=_money(raw["amount"], raw["currency"]),
        intent=_id(raw["payment_intent"]),
        kind=kind,
        reason=reason,
        code=str(code or ""),
        created=_moment(raw["created"]),
        answer_by=_moment(due) if due else None,
    )


def _disputed_kind(raw: Raw) -> MethodKind:
    """What was charged: the charge knows; `payment_method_details` of a dispute is there for cards and wallets only."""
    for known in (raw["charge"], raw):
        details = known.get("payment_method_details") if isinstance(known, dict) else None
        if details:
            return MethodKind.BANK if details["type"] in _BANK else MethodKind.CARD
    raise ValueError("the disputed charge did not come along")


def hint(body: bytes) -> Hint:
    """A webhook's event, its signature already checked."""
    event = json.loads(body)
    about = event["data"]["object"]
    notes = about.get("metadata") or {}
    kind = about["object"]
    return Hint(
        id=_text(event["id"]),
        kind=_text(event["type"]),
        created=_moment(event["created"]),
        livemode=bool(event["livemode"]),
        object_id=str(about.get("id") or ""),  # a balance has none
        object_kind=_text(kind),
        attempt=notes.get("settle_attempt"),
        install=notes.get("settle_install"),
        reference=about.get("client_reference_id"),
        intent=_id(about.get("id")) if kind == "payment_intent" else _id(about.get("payment_intent")),
        method=_setup_method(about) if kind == "setup_intent" else None,
    )
