"""A payment's page: its life from the due day to the books, every id, and a text for a support case."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from flask import Flask

from dashboard import routes
from domain.payments.life import Step, life_of, payment_row
from models.base import unit_of_work
from models.merchants import Role
from models.payments import Attempt, AttemptState, Payment
from models.work import WebhookEvent
from tests import factory
from tests.pages.merchant.story import Life
from tests.payments.conftest import Shop, shop
from tests.served import portal

__all__ = ["shop"]


@pytest.fixture
def server(store: str) -> Iterator[Flask]:
    yield portal()
    routes.use(None)


@pytest.fixture
def life(shop: Shop, server: Flask) -> Life:
    return Life(shop, server)


def _failed(life: Life) -> Payment:
    found: Payment = Payment.get(Payment.merchant == life.house, Payment.state == "failed")
    return found


def test_its_life_is_on_one_line(life: Life) -> None:
    attempt = Attempt.get(Attempt.payment == life.paid)
    with unit_of_work():
        for number, about in enumerate(
            ({"object_id": attempt.gateway_ref}, {"object_id": "re_x", "intent_ref": attempt.gateway_ref})
        ):
            WebhookEvent.create(
                gateway_account=attempt.gateway_account_id, event_id=f"evt_{number}", kind="payment_intent.succeeded",
                received_at=attempt.closed_at, **about,
            )  # fmt: skip
    row = payment_row(life.house.id, life.paid)
    assert row is not None
    steps = [moment.step for moment in life_of(row).moments]
    for step in (
        Step.DUE,
        Step.PAGE,
        Step.STARTED,
        Step.RESERVED,
        Step.SENT,
        Step.CLOSED,
        Step.RECEIPT,
        Step.BOOKED,
        Step.MAIL,
    ):
        assert step in steps, step
    assert steps.count(Step.WEBHOOK) == 2 and steps[0] == Step.DUE
    booked = next(moment for moment in life_of(row).moments if moment.step == Step.BOOKED)
    assert sum(amount.minor for _name, amount in booked.postings) == 0
    assert payment_row(factory.merchant().id, life.paid) is None


def test_the_page_tells_it_with_every_id_and_exact_times(life: Life) -> None:
    attempt = Attempt.get(Attempt.payment == life.paid)
    for role in (Role.OWNER, Role.VIEWER):
        shown = life.shown(f"payments/{life.paid}", role)
        for words in (
            str(life.paid),
            str(attempt.id),
            str(attempt.gateway_ref),
            str(attempt.charge_ref),
            "2026-11-23 07:00:00 EST",
        ):
            assert words in shown, words
        for words in ("First call to the payment processor", "Outcome: succeeded", "Receipt issued", "E-mail: Receipt"):
            assert words in shown, words
    failed = life.shown(f"payments/{_failed(life).id}")
    for words in (
        "Outcome: declined",
        "insufficient_funds",
        "too little money",
        "Recovery opened",
        "E-mail: Payment failed",
    ):
        assert words in failed, words


def test_the_text_for_support_names_nobody(life: Life) -> None:
    for payment in (life.paid, _failed(life).id):
        shown = life.shown(f"payments/{payment}")
        text = re.search(r"life-text[^>]*>(.*?)</pre>", shown, re.DOTALL)
        assert text is not None and str(payment) in text[1] and "pi_" in text[1] and "acct_" in text[1]
        for personal in ("Alex", "@", "http", "203.0.113"):
            assert personal not in text[1], personal


def test_what_is_not_known_is_said_so(life: Life) -> None:
    attempt = Attempt.get(Attempt.payment == _failed(life))
    with unit_of_work():
        Attempt.update(state=AttemptState.UNKNOWN, closed_at=None, decline_code=None, looks=3).where(
            Attempt.id == attempt.id
        ).execute()
        Payment.update(state="open", closed_at=None).where(Payment.id == attempt.payment_id).execute()
    shown = life.shown(f"payments/{attempt.payment_id}")
    assert "Now: outcome unknown" in shown and "looked at again 3 times" in shown
    assert "Checking with your bank" in shown and "Outcome:" not in shown
    with unit_of_work():  # as it was, for the invariants
        Attempt.update(state=AttemptState.FAILED, closed_at=attempt.closed_at, decline_code=attempt.decline_code).where(
            Attempt.id == attempt.id
        ).execute()
        Payment.update(state="failed", closed_at=attempt.closed_at).where(Payment.id == attempt.payment_id).execute()
