"""The page of limits: what is used of each, the brake, who may lift it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from dashboard import routes
from domain.accounts.viewer import Role
from domain.compliance.cards import cards
from domain.payments.reserve import Ask, reserve
from kit.money import Money
from models.base import unit_of_work
from models.console import Brake
from models.merchants import Staff
from models.methods import PaymentMethod
from models.payments import Attempt, AttemptState, Origin, Payment, PaymentState
from tests import factory
from tests.compliance.conftest import past
from tests.compliance.test_brake import BANK, stopped
from tests.pages.console import counted, drawn, signed_in
from tests.refunds.conftest import Counter, one_store
from tests.served import portal
from tests.web.conftest import token_in

MASTERCARD = "pm_card_mastercard"


@pytest.fixture
def server(store: str) -> Iterator[Flask]:
    yield portal()
    routes.use(None)


def declined(counter: Counter, card: PaymentMethod, times: int, *, ago: timedelta) -> None:
    """So many declines of the card at that moment."""
    at = counter.shop.clock.at - ago
    with unit_of_work():
        for _each in range(times):
            payment = Payment.create(merchant=counter.merchant, customer=card.customer_id, method=card,
                                     gateway_account=counter.account, amount=100, currency="USD", origin=Origin.PORTAL,
                                     state=PaymentState.FAILED, created_at=at, closed_at=at)  # fmt: skip
            Attempt.create(payment=payment, gateway_account=counter.account, method=card, state=AttemptState.FAILED,
                           amount=100, currency="USD", fingerprint=card.fingerprint, off_session=False, reserved_at=at,
                           state_since=at, closed_at=at, decline_code="generic_decline")  # fmt: skip


def words(client: FlaskClient, page: str) -> str:
    return json.dumps(drawn(client, page).get_json())


def _manager(counter: Counter, role: Role = Role.MANAGER) -> Staff:
    return factory.staff(of=counter.shop.customer.merchant, role=role)


def test_cards_nearest_to_their_limit(counter: Counter) -> None:
    visa, master = counter.shop.method(), counter.shop.method(MASTERCARD)
    declined(counter, visa, 6, ago=timedelta(days=3))
    declined(counter, visa, 30, ago=timedelta(days=31))
    declined(counter, master, 10, ago=timedelta(hours=20))
    now = counter.shop.clock.at
    found = cards(counter.merchant, now)
    shown = [(card.brand, card.used, card.limit.declines, card.free_at) for card in found.nearest]
    assert shown == [("mastercard", 10, 10, now + timedelta(hours=4)), ("visa", 6, 20, None)]
    assert (found.declined, found.at_limit) == (2, 1)
    assert cards(factory.merchant().id, now).nearest == ()
    later = cards(counter.merchant, now + timedelta(hours=5))
    assert [(card.used, card.limit.declines) for card in later.nearest] == [(6, 20), (10, 35)] and later.at_limit == 0

    order = counter.shop.order(4000)
    choices = [(order.id, Money(4000, "USD"))]
    reserve(Ask(customer=order.customer_id, method=visa.id, choices=choices, origin=Origin.PORTAL))
    assert [card.used for card in cards(counter.merchant, now).nearest] == [10, 7], "what is under way counts too"


@one_store
def test_a_manager_lifts_and_a_viewer_looks(counter: Counter, server: Flask) -> None:
    brake, slug = stopped(counter), counter.shop.customer.merchant.slug
    page, lift = f"/merchant/{slug}/limits", f"/merchant/{slug}/limits/{brake.id}/lift"
    viewer = signed_in(server, _manager(counter, Role.VIEWER))
    seen = words(viewer, page)
    assert "Automatic bank debits are stopped" in seen and "/lift" not in seen and "2 of 102" in seen
    token = token_in(viewer.get(page).text)
    assert viewer.post(lift, data={"reason": "Fine.", "csrf_token": token}).status_code == 403

    for other in ("", "/recovery"):
        assert "Automatic bank debits are stopped" in words(viewer, f"/merchant/{slug}{other}")

    boss = signed_in(server, _manager(counter))
    with counted() as asked:
        seen = words(boss, page)
    assert "/lift" in seen and len(asked) <= 30
    stranger = signed_in(server, factory.staff(of=factory.merchant("other")))
    there = token_in(stranger.get("/merchant/other/limits").text)
    assert (
        stranger.post(
            f"/merchant/other/limits/{brake.id}/lift", data={"reason": "Hm.", "csrf_token": there}
        ).status_code
        == 404
    )
    data = {"reason": "We asked them all.", "csrf_token": token_in(boss.get(page).text)}
    assert boss.post(lift, data=data).status_code == 303
    assert Brake.get_by_id(brake.id).lifted_at is not None
    after = words(boss, page)
    assert "We asked them all." in after and "Nothing is stopped" in after
    assert "are stopped" not in words(boss, f"/merchant/{slug}")


@one_store
def test_few_debits_are_not_judged(counter: Counter, server: Flask) -> None:
    page = f"/merchant/{counter.shop.customer.merchant.slug}/limits"
    assert "No card was declined in 30 days" in words(signed_in(server, _manager(counter)), page)
    past(counter, counter.shop.method(BANK), 99)
    seen = words(signed_in(server, _manager(counter)), page)
    assert "Not enough debits to judge" in seen and "of 99 debits" in seen
