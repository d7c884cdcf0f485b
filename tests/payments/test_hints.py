"""Webhooks: whoever sends what, however often and whenever, the end is the same (protocol.md 5; case 37)."""

from __future__ import annotations

import hmac
import json
import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from typing import Any

import pytest
from stripe import HTTPClient

from domain.payments import hints
from domain.payments.hints import SignatureInvalid
from domain.reconciliation import differences
from domain.work.install import install_id
from integrations.gateways import registry
from kit import crypto
from kit.clock import Stopped, utc_now
from kit.errors import NotFound
from models.ledger import Journal
from models.merchants import GatewayAccount
from models.orders import Order
from models.payments import Attempt, AttemptState, Dispute, Receipt, Refund
from models.work import Event, Mail, WebhookEvent, WebhookState
from sandbox.inprocess import InProcess
from tests import factory
from tests.payments.conftest import Shop, attempt_of, fresh
from tests.payments.postman import apply_due, bring, events

Delivery = Callable[[list[dict[str, Any]]], list[dict[str, Any]]]


@dataclass
class House:
    """A shop and the account that its events belong to."""

    shop: Shop

    @property
    def account(self) -> GatewayAccount:
        return factory.gateway_account(self.shop.customer.merchant)

    def attempt_left_unknown(self) -> Attempt:
        """The gateway took the money, and the answer was lost."""
        method, order = self.shop.method(), self.shop.order()
        self.shop.sandbox.control(fault={"mode": "timeout_after", "ends": "/confirm", "times": 1})
        self.shop.sandbox.control(fault={"mode": "down", "path": "/v1/payment_intents/pi_", "times": 2})
        attempt = attempt_of(self.shop.press(method, order))
        self.shop.sandbox.control(clear=True)
        assert attempt.state == AttemptState.UNKNOWN
        return attempt


@pytest.fixture
def door(sqlite_store: str, clock: Stopped) -> GatewayAccount:
    """The account behind a door, on one store: what is turned away is turned away before the store."""
    return factory.gateway_account(factory.merchant())


def stored() -> list[WebhookState]:
    """What was kept."""
    return [row.state for row in WebhookEvent.select().order_by(WebhookEvent.id)]


@pytest.fixture
def house(shop: Shop) -> House:
    return House(shop)


def end_state() -> dict[str, object]:
    """What must be the same in the end: states, sums, journals, letters, the trail."""
    return {
        "attempts": [(row.state, row.amount) for row in Attempt.select().order_by(Attempt.id)],
        "orders": [(row.total, row.paid, row.adjusted, row.open) for row in Order.select().order_by(Order.id)],
        "refunds": sorted((row.state, row.amount, row.elsewhere) for row in Refund.select()),
        "journals": sorted(row.kind for row in Journal.select()),
        "receipts": Receipt.select().count(),
        "letters": sorted(row.template for row in Mail.select()),
        "trail": sorted(row.kind for row in Event.select()),
    }


def _story(house: House, deliver: Callable[[list[dict[str, Any]]], None]) -> None:
    """A payment whose answer was lost, and a part of it given back at the processor's own pages."""
    before = len(events(house.shop.sandbox))
    attempt = house.attempt_left_unknown()
    deliver(events(house.shop.sandbox, after=before))
    assert fresh(attempt).state == AttemptState.SUCCEEDED
    before = len(events(house.shop.sandbox))
    house.shop.sandbox.control(refunds=[{"charge": attempt.gateway_ref, "amount": 2000}])
    deliver(events(house.shop.sandbox, after=before))


def _shuffled(told: list[dict[str, Any]], seed: int) -> list[dict[str, Any]]:
    chance = random.Random(seed)
    copies = [event for event in told for _ in range(chance.randint(1, 3))]
    chance.shuffle(copies)
    return copies


EXPECTED_REFUNDS = [("succeeded", 2000, True)]


@pytest.mark.parametrize(
    "order",
    [
        lambda told: told,
        lambda told: told + told,
        lambda told: told[::-1],
        *(lambda told, seed=seed: _shuffled(told, seed) for seed in range(4)),
    ],
    ids=["in order", "twice", "reversed", *(f"seed {seed}" for seed in range(4))],
)
def test_case_37_however_often_and_in_any_order_the_end_is_the_same(house: House, order: Delivery) -> None:
    def deliver(told: list[dict[str, Any]]) -> None:
        for event in order(told):
            bring(house.account, [event])
            apply_due()

    _story(house, deliver)
    end = end_state()
    assert end["attempts"] == [("succeeded", 8900)] and end["orders"] == [(8900, 6900, 2000, 0)]
    assert end["refunds"] == EXPECTED_REFUNDS and end["journals"] == ["payment", "refund"] and end["receipts"] == 1
    for _ in range(2):  # all of it once more, days later
        house.shop.pass_time(days=3)
        bring(house.account, events(house.shop.sandbox)[::-1])
        apply_due()
    assert end_state() == end
    assert set(stored()) <= {WebhookState.DONE, WebhookState.FOREIGN}


def test_case_37_days_late_all_at_once(house: House) -> None:
    """Nothing came for days: the sweeper has long found out about the payment, the refund comes with the hints."""
    attempt = house.attempt_left_unknown()
    house.shop.sandbox.control(refunds=[{"charge": attempt.gateway_ref, "amount": 2000}])
    house.shop.pass_time(hours=1)
    house.shop.work()
    house.shop.pass_time(days=4)
    bring(house.account, events(house.shop.sandbox)[::-1])
    apply_due()
    end = end_state()
    assert end["orders"] == [(8900, 6900, 2000, 0)] and end["refunds"] == EXPECTED_REFUNDS


@pytest.mark.parametrize(
    "order",
    [lambda told: told, lambda told: told[::-1] * 2, lambda told: _shuffled(told, 7)],
    ids=["in order", "reversed twice", "seed 7"],
)
def test_case_37_what_comes_back_is_told_in_any_order(house: House, order: Delivery) -> None:
    """A card dispute that is won, and a bank debit that comes back after it was final."""
    card = attempt_of(house.shop.press(house.shop.method(), house.shop.order()))
    debit = attempt_of(house.shop.press(house.shop.method("pm_usBankAccount_dispute"), house.shop.order()))
    before = len(events(house.shop.sandbox))
    house.shop.sandbox.control(disputes=[{"charge": card.gateway_ref}])
    house.shop.pass_time(days=40)
    [dispute] = house.shop.sandbox.world.store.every("dispute", parent=card.gateway_ref)
    house.shop.sandbox.control(disputes=[{"id": dispute.id, "status": "won"}])
    for event in order(events(house.shop.sandbox, after=before)):
        bring(house.account, [event])
        apply_due()
    house.shop.pass_time(hours=25)
    apply_due()
    assert sorted((row.state, row.code) for row in Dispute.select()) == [("lost", "R10"), ("won", "10.4")]
    assert sorted(end_state()["orders"]) == [(8900, 0, 0, 8900), (8900, 8900, 0, 0)]  # type: ignore[call-overload]
    assert fresh(debit).state == AttemptState.SUCCEEDED and not differences.all_open()
    assert set(stored()) <= {WebhookState.DONE, WebhookState.FOREIGN}


class Eager(HTTPClient):
    """Every event is delivered and applied before the call that made it has answered."""

    name = "eager"

    def __init__(self, sandbox: InProcess) -> None:
        super().__init__()
        self._sandbox, self._inner, self.account = sandbox, sandbox.http(), None

    account: GatewayAccount | None

    def request(self, method: str, url: str, headers: Any, post_data: Any = None, *, _usage: Any = None) -> Any:
        answer = self._inner.request(method, url, headers, post_data)
        if method == "post" and self.account is not None:
            account, self.account = self.account, None  # what applying asks for brings nothing itself
            bring(account, events(self._sandbox))
            apply_due()
            self.account = account
        return answer

    def close(self) -> None:
        """Nothing is open."""


def test_case_37_the_hint_comes_before_our_own_record(house: House) -> None:
    method, order = house.shop.method(), house.shop.order()
    eager = Eager(house.shop.sandbox)
    with registry.use_transport(lambda: eager):
        eager.account = house.account
        attempt = attempt_of(house.shop.press(method, order))
        eager.account = None
    assert WebhookEvent.select().where(WebhookEvent.kind == "payment_intent.succeeded").count() == 1
    house.shop.pass_time(hours=25)
    house.shop.work()
    assert attempt.state == AttemptState.SUCCEEDED
    end = end_state()
    assert (end["journals"], end["receipts"], end["orders"]) == (["payment"], 1, [(8900, 8900, 0, 0)])
    assert set(stored()) <= {WebhookState.DONE, WebhookState.FOREIGN}


@pytest.mark.parametrize("only", ["refund.created", "charge.refunded", "charge.refund.updated"])
def test_each_kind_of_hint_about_a_refund_is_enough(house: House, only: str) -> None:
    """Merchants choose which events their account sends."""
    attempt = attempt_of(house.shop.press(house.shop.method(), house.shop.order()))
    house.shop.sandbox.control(refunds=[{"charge": attempt.gateway_ref, "amount": 2000}])
    [refund] = house.shop.sandbox.world.store.every("refund")
    if only == "charge.refund.updated":
        house.shop.sandbox.control(refunds=[{"id": refund.id, "status": "succeeded"}])
    bring(house.account, [event for event in events(house.shop.sandbox) if event["type"] == only])
    apply_due()
    assert end_state()["refunds"] == EXPECTED_REFUNDS and len(stored()) == 1


def test_a_refund_told_before_its_payment_is_recorded_waits_for_it(house: House) -> None:
    before = len(events(house.shop.sandbox))
    attempt = house.attempt_left_unknown()
    house.shop.sandbox.control(refunds=[{"charge": attempt.gateway_ref, "amount": 2000}])
    told = events(house.shop.sandbox, after=before)
    house.shop.sandbox.control(fault={"mode": "down"})
    bring(house.account, [event for event in told if event["type"] == "refund.created"])
    apply_due()
    assert not Refund.select().count() and fresh(attempt).state == AttemptState.UNKNOWN
    house.shop.sandbox.control(clear=True)
    house.shop.pass_time(hours=4)
    apply_due()
    assert end_state()["orders"] == [(8900, 6900, 2000, 0)]


# -- the door ----------------------------------------------------------------------------------------------------

ABOUT: dict[str, Any] = {"id": "pi_1", "object": "payment_intent", "metadata": {}}


def told(about: dict[str, Any] | None = None, **values: Any) -> dict[str, Any]:
    """An event as Stripe writes it."""
    now = int(utc_now().timestamp())
    event = {"id": "evt_1", "type": "payment_intent.succeeded", "created": now, "livemode": False}
    return {**event, "data": {"object": {**ABOUT, **(about or {})}}, **values}


@pytest.mark.parametrize(
    ("values", "how"),
    [
        ({}, {"secret": "whsec_of_somebody"}),
        ({}, {"late": 301}),
        ({}, {"late": -301}),
        ({"livemode": True}, {}),
        ({"data": {}}, {}),
        ({"data": None}, {}),
    ],
    ids=["bad", "old", "from the future", "other mode", "no object", "no data"],
)
def test_what_is_not_signed_for_us_now_is_refused_and_not_kept(
    door: GatewayAccount, values: dict[str, Any], how: dict[str, Any]
) -> None:
    with pytest.raises(SignatureInvalid):
        bring(door, [told(**values)], **how)
    assert stored() == []


@pytest.mark.parametrize("body", [b"", b"not json", b"[]", b"null", b"\xff\xfe", b'{"id": 5}'])
def test_a_signed_body_that_is_no_event_is_refused(door: GatewayAccount, body: bytes) -> None:
    at = int(utc_now().timestamp())
    mac = hmac.new(b"whsec_test", b"%d." % at + body, sha256).hexdigest()
    with pytest.raises(SignatureInvalid):
        hints.receive(path_token=door.path_token, body=body, signature=f"t={at},v1={mac}")
    assert not WebhookEvent.select().count()


def test_another_merchants_events_do_not_fit_our_door(door: GatewayAccount) -> None:
    other = factory.gateway_account(factory.merchant())
    GatewayAccount.update(webhook_secret=crypto.encrypt("whsec_other")).where(GatewayAccount.id == other.id).execute()
    with pytest.raises(SignatureInvalid):
        bring(door, [told()], secret="whsec_other")
    body = json.dumps(told())
    with pytest.raises(NotFound):
        hints.receive(path_token="nowhere", body=body.encode(), signature="")
    assert stored() == []


def test_both_secrets_count_while_they_are_changed(door: GatewayAccount) -> None:
    mine = GatewayAccount.id == door.id
    GatewayAccount.update(webhook_secret_next=crypto.encrypt("whsec_new")).where(mine).execute()
    bring(door, [told(id="evt_a")])
    bring(door, [told(id="evt_b")], secret="whsec_new")
    bring(door, [told(id="evt_b")])  # the same event, signed with the other one
    assert WebhookEvent.select().count() == 2
    GatewayAccount.update(webhook_secret=crypto.encrypt("whsec_new"), webhook_secret_next=None).where(mine).execute()
    with pytest.raises(SignatureInvalid):
        bring(door, [told(id="evt_c")])


# -- whose it is -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "about",
    [
        {"id": "cus_1", "object": "customer"},
        {"metadata": {"settle_install": "another", "settle_attempt": "x" * 200}},
        {"id": "ch_1", "object": "charge", "payment_intent": "pi_of_the_shop"},
        {"id": "du_1", "object": "dispute", "payment_intent": "pi_of_the_shop", "metadata": {}},
        {"id": None, "object": "balance"},
        {"id": "x", "object": "financial_connections.account_ownership"},
        {"id": "cs_1", "object": "checkout.session", "client_reference_id": "r" * 200},
    ],
    ids=["customer", "other install", "charge", "dispute", "without id", "long kind", "long reference"],
)
def test_foreign_objects_are_counted_and_nothing_else(house: House, about: dict[str, Any]) -> None:
    bring(house.account, [told(about)])
    assert stored() == [WebhookState.FOREIGN] and apply_due() == 0
    assert not differences.all_open()


def test_our_mark_on_an_unknown_object_is_asked_about_for_a_day_then_kept_and_raised(house: House) -> None:
    marks = {"settle_install": install_id(), "settle_attempt": "0193-nobody"}
    bring(house.account, [told({"metadata": marks})])
    tries = 0
    for _half_hour in range(60):
        tries += apply_due()
        house.shop.pass_time(minutes=30)
        if stored() == [WebhookState.UNKNOWN]:
            break
    asked = utc_now() - WebhookEvent.get().received_at
    assert timedelta(hours=23) < asked <= timedelta(hours=25) and 10 < tries < 30
    [raised] = differences.all_open()
    assert (raised.kind, raised.reference) == ("unknown_object", "pi_1")
    house.shop.pass_time(days=2)
    assert apply_due() == 0
    assert Event.select().where(Event.kind == "difference.found").count() == 1


def test_what_cannot_be_applied_for_a_day_has_failed_and_raises_no_difference(house: House) -> None:
    before = len(events(house.shop.sandbox))
    attempt = house.attempt_left_unknown()
    house.shop.sandbox.control(refunds=[{"charge": attempt.gateway_ref, "amount": 2000}])
    refund = [event for event in events(house.shop.sandbox, after=before) if event["type"] == "refund.created"]
    house.shop.sandbox.control(fault={"mode": "down"})
    bring(house.account, refund)
    for _ in range(60):
        apply_due()
        house.shop.pass_time(minutes=30)
    assert stored() == [WebhookState.FAILED] and not differences.all_open()
    house.shop.sandbox.control(clear=True)
    house.shop.work()
