"""What every gateway must do. docs/gateway-facts.md names these tests beside each fact."""

from __future__ import annotations

import json
import logging
import time
from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest

from integrations.gateways import registry
from integrations.gateways.base import (
    Credentials,
    GatewayRefused,
    GatewayUnreachable,
    IntentStatus,
    MethodKind,
    SetupStatus,
    SignatureInvalid,
)
from kit.errors import ConfigError
from kit.money import Money
from sandbox.webhooks import sign
from tests.gateway.conftest import MANDATE, RETURN, Subject, soon
from tests.sandbox.running import Running

REQUIRES_METHOD = IntentStatus.REQUIRES_PAYMENT_METHOD


def test_account_tells_whose_keys_these_are(subject: Subject) -> None:
    account = subject.gateway.account(deadline=soon())
    assert account.id.startswith("acct_") and not account.livemode
    assert subject.gateway.account(deadline=soon()).id == account.id


def test_wrong_key_is_refused(subject: Subject) -> None:
    wrong = registry.driver("stripe", Credentials("sk_live_wrong", subject.credentials.base_url))
    if subject.sandbox is not None and not isinstance(subject.sandbox, Running):
        pytest.skip("has no address")
    with pytest.raises(GatewayRefused) as refused:
        wrong.account(deadline=soon())
    assert refused.value.status == 401 and "sk_live" not in str(refused.value)


def test_create_charges_nothing_and_carries_our_reference(subject: Subject) -> None:
    intent = subject.intent(attempt=str(attempt := uuid4()))
    assert intent.status == REQUIRES_METHOD and intent.amount == Money(1234, "USD") and not intent.captured
    assert (intent.attempt, intent.install, intent.customer) == (str(attempt), "install-1", subject.customer)
    assert abs(intent.created - datetime.now(UTC)) < timedelta(minutes=5)


def test_same_key_same_intent(subject: Subject) -> None:
    attempt = str(uuid4())
    assert subject.intent(attempt=attempt).id == subject.intent(attempt=attempt).id


def test_same_key_other_amount_is_refused(subject: Subject) -> None:
    attempt = str(uuid4())
    subject.intent(attempt=attempt)
    with pytest.raises(GatewayRefused) as refused:
        subject.intent(attempt=attempt, amount=9999)
    assert refused.value.status == 400


def test_unknown_customer_is_refused(subject: Subject) -> None:
    subject.customer = "cus_nobody"
    with pytest.raises(GatewayRefused) as refused:
        subject.intent()
    assert refused.value.code == "resource_missing"


def test_confirm_charges_once(subject: Subject) -> None:
    card, intent = subject.save("pm_card_visa"), subject.intent()
    paid = subject.confirm(intent, card)
    assert paid.status == IntentStatus.SUCCEEDED and paid.captured == intent.amount and paid.charge
    assert subject.confirm(intent, card) == paid
    with pytest.raises(GatewayRefused) as refused:
        subject.gateway.confirm_intent(
            intent.id, key=str(uuid4()), method=card, off_session=True, return_url=None, deadline=soon()
        )
    assert refused.value.code == "payment_intent_unexpected_state"
    charges = [c for c in subject.gateway.charges(since=intent.created, deadline=soon()) if c.intent == intent.id]
    assert [(c.amount, c.paid, c.attempt) for c in charges] == [(intent.amount, True, intent.attempt)]


@pytest.mark.parametrize(
    ("token", "code", "decline_code"),
    [
        ("pm_card_visa_chargeDeclined", "card_declined", "generic_decline"),
        ("pm_card_visa_chargeDeclinedInsufficientFunds", "card_declined", "insufficient_funds"),
        ("pm_card_visa_chargeDeclinedLostCard", "card_declined", "lost_card"),
        ("pm_card_visa_chargeDeclinedStolenCard", "card_declined", "stolen_card"),
        ("pm_card_chargeDeclinedExpiredCard", "expired_card", "expired_card"),
        ("pm_card_chargeDeclinedIncorrectCvc", "incorrect_cvc", "incorrect_cvc"),
        ("pm_card_chargeDeclinedProcessingError", "processing_error", "processing_error"),
        ("pm_card_visa_chargeDeclinedVelocityLimitExceeded", "card_declined", "card_velocity_exceeded"),
    ],
)
def test_decline_is_an_answer(subject: Subject, token: str, code: str, decline_code: str) -> None:
    declined = subject.confirm(subject.intent(), token)
    assert declined.status == REQUIRES_METHOD and not declined.captured and declined.decline
    assert (declined.decline.code, declined.decline.decline_code) == (code, decline_code)
    read = subject.gateway.read_intent(declined.id, deadline=soon())
    assert read.decline == declined.decline and read.charge == declined.charge


def test_saved_card_declines_when_charged(subject: Subject) -> None:
    declined = subject.confirm(subject.intent(), subject.save("pm_card_chargeCustomerFail"))
    assert declined.status == REQUIRES_METHOD and declined.decline and declined.decline.code == "card_declined"


def test_declined_intent_can_still_succeed_with_another_card(subject: Subject) -> None:
    intent = subject.intent()
    subject.confirm(intent, "pm_card_visa_chargeDeclined")
    again = subject.gateway.confirm_intent(
        intent.id,
        key=f"{intent.attempt}:again",
        method=subject.save("pm_card_visa"),
        off_session=True,
        return_url=None,
        deadline=soon(),
    )
    assert again.status == IntentStatus.SUCCEEDED and again.decline is None


def test_off_session_authentication_is_a_decline(subject: Subject) -> None:
    asked = subject.confirm(subject.intent(), subject.save("pm_card_authenticationRequired"))
    assert asked.status == REQUIRES_METHOD
    assert asked.decline and asked.decline.code == "authentication_required"


def test_on_session_authentication_gives_an_address(subject: Subject) -> None:
    card = subject.save("pm_card_authenticationRequired")
    asked = subject.confirm(subject.intent(), card, off_session=False, return_url=RETURN)
    assert asked.status == IntentStatus.REQUIRES_ACTION and asked.action_url and not asked.captured


def test_canceled_intent_never_charges(subject: Subject) -> None:
    card, intent = subject.save("pm_card_visa"), subject.intent()
    gone = subject.gateway.cancel_intent(intent.id, key=f"{intent.attempt}:cancel", deadline=soon())
    assert gone.status == IntentStatus.CANCELED
    with pytest.raises(GatewayRefused):
        subject.confirm(intent, card)
    assert subject.gateway.read_intent(intent.id, deadline=soon()).status == IntentStatus.CANCELED


def test_cancel_keeps_the_reason(subject: Subject) -> None:
    intent = subject.intent()
    declined = subject.confirm(intent, "pm_card_visa_chargeDeclinedLostCard")
    gone = subject.gateway.cancel_intent(intent.id, key=f"{intent.attempt}:cancel", deadline=soon())
    assert gone.status == IntentStatus.CANCELED and gone.decline == declined.decline


def test_succeeded_intent_cannot_be_canceled(subject: Subject) -> None:
    intent = subject.intent()
    subject.confirm(intent, subject.save("pm_card_visa"))
    with pytest.raises(GatewayRefused) as refused:
        subject.gateway.cancel_intent(intent.id, key=f"{intent.attempt}:cancel", deadline=soon())
    assert refused.value.code == "payment_intent_unexpected_state"


def test_method_of_another_customer_is_refused(subject: Subject) -> None:
    card = subject.save("pm_card_visa")
    subject.prepare()
    with pytest.raises(GatewayRefused):
        subject.confirm(subject.intent(), card)


def test_method_details_and_detach(subject: Subject) -> None:
    card, twin = subject.save("pm_card_mastercard"), subject.save("pm_card_mastercard")
    details = subject.gateway.read_method(card, deadline=soon())
    assert (details.kind, details.brand, details.last4) == (MethodKind.CARD, "mastercard", "4444")
    assert details.customer == subject.customer and details.exp_year and details.funding == "credit"
    assert subject.gateway.read_method(twin, deadline=soon()).fingerprint == details.fingerprint
    for each in (card, card, "pm_of_another_account"):
        subject.gateway.detach_method(each, deadline=soon())
    with pytest.raises(GatewayRefused):
        subject.confirm(subject.intent(), card)


def test_bank_debit_needs_a_mandate(subject: Subject) -> None:
    with pytest.raises(GatewayRefused) as refused:
        subject.confirm(subject.intent(MethodKind.BANK), "pm_usBankAccount_success", off_session=False)
    assert refused.value.status == 400


def test_bank_debit_is_pending_and_cannot_be_canceled(subject: Subject) -> None:
    intent = subject.intent(MethodKind.BANK)
    pending = subject.confirm(intent, "pm_usBankAccount_processing", off_session=False, **MANDATE)
    assert pending.status == IntentStatus.PROCESSING and not pending.captured
    read = subject.gateway.read_intent(intent.id, deadline=soon())
    assert pending.final_on == read.final_on
    assert read.final_on and read.final_on > date.today()  # noqa: DTZ011 - the real day, give or take
    if subject.sandbox:
        with pytest.raises(GatewayRefused):
            subject.gateway.cancel_intent(intent.id, key=f"{intent.attempt}:cancel", deadline=soon())


def test_hosted_page_opens(subject: Subject) -> None:
    visit = subject.gateway.start_setup(
        key=str(uuid4()),
        customer=subject.customer,
        kinds=(MethodKind.CARD,),
        currency="USD",
        reference="visit-1",
        success_url="https://shop.example/ok?session={CHECKOUT_SESSION_ID}",
        cancel_url="https://shop.example/no",
        deadline=soon(),
    )
    read = subject.gateway.read_setup(visit.id, deadline=soon())
    assert visit.url and read.status == SetupStatus.OPEN and read.method is None
    assert (read.reference, read.customer) == ("visit-1", subject.customer)


# -- from here on the other side has to be told what to do ------------------------------------------------------


def _visit(subject: Subject, **form: str) -> str:
    visit = subject.gateway.start_setup(
        key=str(uuid4()),
        customer=subject.customer,
        kinds=(MethodKind.CARD, MethodKind.BANK),
        currency="USD",
        reference="visit-2",
        success_url="https://shop.example/ok?session={CHECKOUT_SESSION_ID}",
        cancel_url="https://shop.example/no",
        deadline=soon(),
    )
    assert visit.url
    status, back, _page = subject.sandbox.post_form(visit.url, **form)
    assert (status, back) == (303, f"https://shop.example/ok?session={visit.id}")
    return visit.id


def test_hosted_page_saves_a_card(sandboxed: Subject) -> None:
    visit = _visit(sandboxed, kind="card", number="4242 4242 4242 4242", name="Ada")
    done = sandboxed.gateway.read_setup(visit, deadline=soon())
    assert done.status == SetupStatus.COMPLETE and done.method and done.method.last4 == "4242"
    assert done.method.customer == sandboxed.customer
    assert sandboxed.confirm(sandboxed.intent(), done.method.id).status == IntentStatus.SUCCEEDED


def test_hosted_page_saves_a_bank_account_with_its_mandate(sandboxed: Subject) -> None:
    visit = _visit(sandboxed, kind="bank", routing="110000000", number="000123456789")
    done = sandboxed.gateway.read_setup(visit, deadline=soon())
    assert done.mandate and done.method and done.method.kind == MethodKind.BANK and done.verify is None
    paid = sandboxed.confirm(sandboxed.intent(MethodKind.BANK), done.method.id)
    assert paid.status == IntentStatus.PROCESSING


def test_bank_account_waits_for_micro_deposits(sandboxed: Subject) -> None:
    visit = _visit(sandboxed, kind="bank", routing="110000000", number="000999999991")
    waits = sandboxed.gateway.read_setup(visit, deadline=soon())
    assert waits.status == SetupStatus.COMPLETE and waits.verify and waits.method
    with pytest.raises(GatewayRefused):
        sandboxed.confirm(sandboxed.intent(MethodKind.BANK), waits.method.id)
    assert sandboxed.sandbox.post_form(waits.verify, first="12", second="13")[0] == 422
    assert sandboxed.sandbox.post_form(waits.verify, first="45", second="32")[0] == 200
    ready = sandboxed.gateway.read_setup(visit, deadline=soon())
    assert ready.verify is None and ready.method and ready.method.customer == sandboxed.customer


def test_a_bank_account_that_could_not_be_verified_says_why(sandboxed: Subject) -> None:
    visit = _visit(sandboxed, kind="bank", routing="110000000", number="000999999991")
    verify = str(sandboxed.gateway.read_setup(visit, deadline=soon()).verify)
    assert [sandboxed.sandbox.post_form(verify, first=n, second="11")[0] for n in ("10", "32")] == [422, 422]
    assert "attempts_exceeded" in str(sandboxed.gateway.read_setup(visit, deadline=soon()).failure)


@pytest.mark.parametrize(("answer", "status"), [("approve", "succeeded"), ("refuse", "requires_payment_method")])
def test_authentication_ends_at_the_return_address(sandboxed: Subject, answer: str, status: str) -> None:
    card = sandboxed.save("pm_card_authenticationRequired")
    asked = sandboxed.confirm(sandboxed.intent(), card, off_session=False, return_url=RETURN)
    assert asked.action_url
    for _ in range(2):  # pressed twice is harmless
        code, back, _page = sandboxed.sandbox.post_form(asked.action_url, answer=answer)
        assert (code, back) == (303, f"{RETURN}&payment_intent={asked.id}")
    ended = sandboxed.gateway.read_intent(asked.id, deadline=soon())
    assert ended.status == status
    assert (ended.decline is None) == (answer == "approve")


@pytest.mark.parametrize(
    ("token", "decline_code"),
    [
        ("pm_usBankAccount_success", None),
        ("pm_usBankAccount_insufficientFunds", "R01"),
        ("pm_usBankAccount_noAccount", "R03"),
        ("pm_usBankAccount_debitNotAuthorized", "R10"),
    ],
)
def test_bank_debit_settles_or_comes_back(sandboxed: Subject, token: str, decline_code: str | None) -> None:
    intent = sandboxed.intent(MethodKind.BANK)
    sandboxed.confirm(intent, token, off_session=False, **MANDATE)
    sandboxed.sandbox.control(advance_days=8)
    ended = sandboxed.gateway.read_intent(intent.id, deadline=soon())
    if decline_code is None:
        assert ended.status == IntentStatus.SUCCEEDED and ended.captured == intent.amount
    else:
        assert ended.status == REQUIRES_METHOD and ended.decline
        assert ended.decline.decline_code == decline_code


@pytest.mark.parametrize("fault", ["timeout_after", "http_500_after", "garbage", "dribble"])
def test_unknown_outcome_is_unreachable_and_a_read_tells(sandboxed: Subject, fault: str) -> None:
    card, intent = sandboxed.save("pm_card_visa"), sandboxed.intent()
    sandboxed.sandbox.control(fault={"mode": fault, "ends": "/confirm", "times": 1})
    began = time.monotonic()
    with pytest.raises(GatewayUnreachable):
        sandboxed.confirm(intent, card, deadline=soon(1.0))
    assert time.monotonic() - began < 2.0
    assert sandboxed.gateway.read_intent(intent.id, deadline=soon()).status == IntentStatus.SUCCEEDED


@pytest.mark.parametrize("fault", ["timeout_before", "http_500", "down"])
def test_lost_request_charges_nothing(sandboxed: Subject, fault: str) -> None:
    card, intent = sandboxed.save("pm_card_visa"), sandboxed.intent()
    sandboxed.sandbox.control(fault={"mode": fault, "ends": "/confirm", "times": 1})
    with pytest.raises(GatewayUnreachable):
        sandboxed.confirm(intent, card, deadline=soon(1.0))
    assert sandboxed.gateway.read_intent(intent.id, deadline=soon()).status == REQUIRES_METHOD


def test_busy_is_refused_not_unreachable(sandboxed: Subject) -> None:
    sandboxed.sandbox.control(fault={"mode": "rate_limit", "times": 1})
    with pytest.raises(GatewayRefused) as refused:
        sandboxed.gateway.account(deadline=soon())
    assert refused.value.status == 429


def test_wrong_amount_in_the_answer_is_no_answer(sandboxed: Subject) -> None:
    sandboxed.sandbox.control(fault={"mode": "wrong_amount", "ends": "/payment_intents", "times": 1})
    with pytest.raises(GatewayUnreachable):
        sandboxed.intent()


def test_charges_are_listed_page_by_page(sandboxed: Subject) -> None:
    card = sandboxed.save("pm_card_visa")
    paid = [sandboxed.confirm(sandboxed.intent(amount=100 + n), card) for n in range(103)]
    listed = list(sandboxed.gateway.charges(since=paid[0].created, deadline=soon()))
    assert [row.intent for row in listed] == [intent.id for intent in reversed(paid)]


def test_nobody_listens(subject: Subject) -> None:
    nowhere = registry.driver("stripe", Credentials("sk_test_secret1", "http://127.0.0.1:9"))
    with pytest.raises(GatewayUnreachable) as lost:
        nowhere.account(deadline=soon(2.0))
    assert "secret1" not in repr(lost.value) and lost.value.__cause__ is None and lost.value.__context__ is None


def test_refusal_carries_no_request(sandboxed: Subject, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with pytest.raises(GatewayRefused) as refused:
        sandboxed.gateway.read_intent("pi_none", deadline=soon())
    assert refused.value.__context__ is None and sandboxed.credentials.secret_key not in caplog.text
    assert sandboxed.credentials.secret_key not in repr(sandboxed.gateway) + repr(sandboxed.credentials)


# -- hints --------------------------------------------------------------------------------------------------------

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
EVENT = {
    "id": "evt_1",
    "type": "charge.dispute.created",
    "created": int(NOW.timestamp()),
    "livemode": False,
    "data": {"object": {"id": "du_1", "object": "dispute", "payment_intent": "pi_1", "metadata": {}}},
}


def test_hint_with_either_secret(subject: Subject) -> None:
    body = json.dumps(EVENT)
    for secret in ("whsec_old", "whsec_new"):
        signature = sign(body, secret, int(NOW.timestamp()))
        hint = subject.gateway.read_hint(body.encode(), signature, secrets=("whsec_new", "whsec_old"), now=NOW)
        assert (hint.id, hint.object_id, hint.intent, hint.object_kind) == ("evt_1", "du_1", "pi_1", "dispute")


@pytest.mark.parametrize(
    ("secret", "late", "body"),
    [("whsec_other", 0, None), ("whsec_a", 301, None), ("whsec_a", -301, None), ("whsec_a", 0, b"{}")],
)
def test_hint_that_is_not_signed_or_too_old(subject: Subject, secret: str, late: int, body: bytes | None) -> None:
    text = json.dumps(EVENT)
    signature = sign(text, secret, int(NOW.timestamp()) - late)
    with pytest.raises(SignatureInvalid):
        subject.gateway.read_hint(body or text.encode(), signature, secrets=("whsec_a", ""), now=NOW)


@pytest.mark.parametrize("signature", ["", "t=,v1=", "t=1", "v1=abc", "t=x,v1=é", "t=1,t=2,v1=a"])
def test_hint_with_a_broken_signature(subject: Subject, signature: str) -> None:
    with pytest.raises(SignatureInvalid):
        subject.gateway.read_hint(b"{}", signature, secrets=("whsec_a",), now=NOW)


def test_unknown_kind_of_gateway_is_a_setting_to_fix() -> None:
    with pytest.raises(ConfigError):
        registry.driver("paypal", Credentials("x"))
