"""What every gateway must do with money that goes back, and how it lists what it has. Facts 32 to 40."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from integrations.gateways.base import (
    DisputeStatus,
    GatewayRefund,
    GatewayRefused,
    GatewayUnreachable,
    Intent,
    IntentStatus,
    MethodKind,
    RefundStatus,
)
from kit.money import Money
from sandbox.webhooks import sign
from tests.gateway.conftest import MANDATE, Subject, soon

HOUR = timedelta(hours=1)


def paid(subject: Subject, token: str = "pm_card_visa", amount: int = 1234) -> Intent:
    """A card payment that went through."""
    intent = subject.confirm(subject.intent(amount=amount), subject.save(token))
    assert intent.status == IntentStatus.SUCCEEDED
    return intent


def debited(subject: Subject, token: str = "pm_usBankAccount_success", days: int = 8) -> Intent:
    """A bank debit, so many days later."""
    intent = subject.confirm(subject.intent(MethodKind.BANK), token, off_session=False, **MANDATE)
    subject.sandbox.control(advance_days=days)
    return subject.gateway.read_intent(intent.id, deadline=soon())


def refund(subject: Subject, intent: Intent, amount: int = 200, row: str = "") -> GatewayRefund:
    """Gives some of it back."""
    row = row or str(uuid4())
    return subject.gateway.create_refund(
        key=row, intent=intent.id, amount=Money(amount, "USD"), refund=row, install="install-1", deadline=soon()
    )


def test_a_refund_carries_our_reference_and_is_made_once(subject: Subject) -> None:
    intent, row = paid(subject), str(uuid4())
    made = refund(subject, intent, row=row)
    assert (made.refund, made.install, made.intent, made.amount) == (row, "install-1", intent.id, Money(200, "USD"))
    assert made.status == RefundStatus.SUCCEEDED and made.failure is None
    assert refund(subject, intent, row=row).id == made.id
    assert subject.gateway.read_refund(made.id, deadline=soon()) == made
    assert subject.gateway.refunds_of(intent.id, deadline=soon()) == [made]


def test_refunds_never_exceed_what_was_captured(subject: Subject) -> None:
    intent = paid(subject)
    first = refund(subject, intent, 1000)
    with pytest.raises(GatewayRefused) as refused:
        refund(subject, intent, 235)
    assert refused.value.status == 400
    second = refund(subject, intent, 234)
    assert {row.id for row in subject.gateway.refunds_of(intent.id, deadline=soon())} == {first.id, second.id}
    with pytest.raises(GatewayRefused):
        refund(subject, intent, 1)


def test_what_was_never_captured_is_not_refunded(subject: Subject) -> None:
    with pytest.raises(GatewayRefused):
        refund(subject, subject.intent())


def test_a_refund_may_wait_before_it_arrives(subject: Subject) -> None:
    made = refund(subject, paid(subject, "pm_card_pendingRefund"))
    assert made.status == RefundStatus.PENDING
    if subject.sandbox:
        subject.sandbox.control(advance_days=6)
        assert subject.gateway.read_refund(made.id, deadline=soon()).status == RefundStatus.SUCCEEDED


def test_lists_begin_at_a_moment_and_carry_our_marks(subject: Subject) -> None:
    intent = paid(subject)
    made, began = refund(subject, intent), intent.created - HOUR
    charges = [row for row in subject.gateway.charges(since=began, deadline=soon()) if row.intent == intent.id]
    assert [(row.install, row.attempt, row.refunded) for row in charges] == [("install-1", intent.attempt, made.amount)]
    intents = [row for row in subject.gateway.intents(since=began, deadline=soon()) if row.id == intent.id]
    assert [(row.install, row.attempt, row.captured) for row in intents] == [
        ("install-1", intent.attempt, intent.amount)
    ]
    assert made in list(subject.gateway.refunds(since=began, deadline=soon()))
    later = datetime.now(UTC) + 2 * HOUR
    for listing in (
        subject.gateway.charges,
        subject.gateway.intents,
        subject.gateway.refunds,
        subject.gateway.disputes,
    ):
        assert not list(listing(since=later, deadline=soon()))


# -- from here on the other side has to be told what to do ------------------------------------------------------


def test_a_refund_can_fail_later(sandboxed: Subject) -> None:
    made = refund(sandboxed, paid(sandboxed, "pm_card_refundFail"))
    assert made.status == RefundStatus.SUCCEEDED
    sandboxed.sandbox.control(advance_days=1)
    failed = sandboxed.gateway.read_refund(made.id, deadline=soon())
    assert (failed.status, failed.failure) == (RefundStatus.FAILED, "expired_or_canceled_card")


def test_a_refund_to_a_bank_account_takes_days(sandboxed: Subject) -> None:
    made = refund(sandboxed, debited(sandboxed))
    assert made.status == RefundStatus.PENDING
    sandboxed.sandbox.control(advance_days=6)
    assert sandboxed.gateway.read_refund(made.id, deadline=soon()).status == RefundStatus.SUCCEEDED


def test_a_refund_can_be_called_off_while_it_waits(sandboxed: Subject) -> None:
    intent = debited(sandboxed)
    made = refund(sandboxed, intent, 1234)
    sandboxed.sandbox.control(refunds=[{"id": made.id, "status": "canceled"}])
    assert sandboxed.gateway.read_refund(made.id, deadline=soon()).status == RefundStatus.CANCELED
    assert refund(sandboxed, intent, 1234).id != made.id
    sandboxed.sandbox.control(advance_days=6)
    assert sandboxed.gateway.read_refund(made.id, deadline=soon()).status == RefundStatus.CANCELED


def test_a_refund_made_elsewhere_has_no_mark_of_ours(sandboxed: Subject) -> None:
    intent = paid(sandboxed)
    sandboxed.sandbox.control(refunds=[{"charge": intent.id, "amount": 34}])
    [found] = sandboxed.gateway.refunds_of(intent.id, deadline=soon())
    assert (found.refund, found.install, found.amount, found.intent) == (None, None, Money(34, "USD"), intent.id)


@pytest.mark.parametrize("fault", ["timeout_after", "http_500_after", "garbage", "wrong_amount"])
def test_the_refund_that_nobody_answered_for_is_in_the_list(sandboxed: Subject, fault: str) -> None:
    intent, row = paid(sandboxed), str(uuid4())
    sandboxed.sandbox.control(fault={"mode": fault, "path": "/v1/refunds", "times": 1})
    with pytest.raises(GatewayUnreachable):
        sandboxed.gateway.create_refund(
            key=row, intent=intent.id, amount=Money(50, "USD"), refund=row, install="install-1", deadline=soon(1.0)
        )
    assert [found.refund for found in sandboxed.gateway.refunds_of(intent.id, deadline=soon())] == [row]


def test_a_card_dispute_waits_for_an_answer_and_is_decided(sandboxed: Subject) -> None:
    intent = paid(sandboxed, "pm_card_createDispute")
    sandboxed.sandbox.control(advance_days=1)
    [told] = list(sandboxed.gateway.disputes(since=intent.created - HOUR, deadline=soon()))
    assert (told.status, told.kind, told.intent, told.amount) == (
        DisputeStatus.OPEN,
        MethodKind.CARD,
        intent.id,
        intent.amount,
    )
    assert (told.reason, told.code) == ("fraudulent", "10.4") and told.answer_by and told.answer_by > told.created
    with pytest.raises(GatewayRefused) as refused:
        refund(sandboxed, intent)
    assert refused.value.code == "charge_disputed"
    sandboxed.sandbox.control(disputes=[{"id": told.id, "status": "won"}])
    assert sandboxed.gateway.read_dispute(told.id, deadline=soon()).status == DisputeStatus.WON
    assert refund(sandboxed, intent).status == RefundStatus.SUCCEEDED


def test_an_inquiry_takes_no_money_and_may_be_refunded(sandboxed: Subject) -> None:
    intent = paid(sandboxed)
    sandboxed.sandbox.control(disputes=[{"charge": intent.id, "status": "warning_needs_response"}])
    [told] = list(sandboxed.gateway.disputes(since=intent.created - HOUR, deadline=soon()))
    assert told.status == DisputeStatus.INQUIRY and told.answer_by and told.answer_by > told.created
    assert refund(sandboxed, intent, 34).status == RefundStatus.SUCCEEDED
    sandboxed.sandbox.control(disputes=[{"id": told.id, "status": "warning_closed"}])
    assert sandboxed.gateway.read_dispute(told.id, deadline=soon()).status == DisputeStatus.CLOSED
    sandboxed.sandbox.control(disputes=[{"id": told.id, "status": "needs_response"}])
    assert sandboxed.gateway.read_dispute(told.id, deadline=soon()).status == DisputeStatus.OPEN
    with pytest.raises(GatewayRefused):
        refund(sandboxed, intent, 34)


def test_a_late_bank_return_is_a_lost_dispute_with_the_return_code(sandboxed: Subject) -> None:
    intent = debited(sandboxed, "pm_usBankAccount_dispute", 40)
    [told] = list(sandboxed.gateway.disputes(since=intent.created - HOUR, deadline=soon()))
    assert (told.status, told.kind, told.code) == (DisputeStatus.LOST, MethodKind.BANK, "R10")
    assert told.answer_by is None and sandboxed.gateway.read_dispute(told.id, deadline=soon()) == told


@pytest.mark.parametrize(
    ("word", "code"), [("insufficient_funds", "R01"), ("debit_not_authorized", "R10"), ("customer_initiated", "")]
)
def test_without_the_networks_code_the_word_tells_it(sandboxed: Subject, word: str, code: str) -> None:
    intent = debited(sandboxed)
    sandboxed.sandbox.control(disputes=[{"charge": intent.id, "reason": word}])  # its code is 10.4: no return code
    [told] = list(sandboxed.gateway.disputes(since=intent.created - HOUR, deadline=soon()))
    assert (told.kind, told.reason, told.code) == (MethodKind.BANK, word, code)


def test_lists_are_read_to_their_end(sandboxed: Subject) -> None:
    intents = [sandboxed.intent(amount=amount) for amount in range(100, 203)]
    listed = sandboxed.gateway.intents(since=intents[0].created - HOUR, deadline=soon())
    assert [row.id for row in listed] == [intent.id for intent in reversed(intents)]


# -- hints --------------------------------------------------------------------------------------------------------

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
MARKS = {"settle_refund": "row-1", "settle_install": "install-1", "settle_attempt": "attempt-1"}


@pytest.mark.parametrize(
    ("kind", "about"),
    [
        ("refund.updated", {"id": "re_1", "object": "refund", "payment_intent": "pi_1", "metadata": MARKS}),
        ("charge.refund.updated", {"id": "re_1", "object": "refund", "payment_intent": "pi_1", "metadata": MARKS}),
        ("charge.refunded", {"id": "ch_1", "object": "charge", "payment_intent": "pi_1", "metadata": MARKS}),
    ],
)
def test_hints_about_what_goes_back_name_their_intent(subject: Subject, kind: str, about: dict[str, Any]) -> None:
    event = {"id": "evt_1", "type": kind, "created": int(NOW.timestamp()), "livemode": False, "data": {"object": about}}
    body = json.dumps(event)
    signature = sign(body, "whsec_a", int(NOW.timestamp()))
    hint = subject.gateway.read_hint(body.encode(), signature, secrets=("whsec_a",), now=NOW)
    assert (hint.kind, hint.object_id, hint.intent, hint.install) == (kind, about["id"], "pi_1", "install-1")
