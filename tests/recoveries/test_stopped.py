"""What one of the merchant's people has stopped goes on when they say so, and not by itself."""

from __future__ import annotations

from datetime import date

from domain.recoveries import promises
from domain.recoveries.by_merchant import go_on_trying, stop_trying
from models.payments import Attempt, Promise, PromiseState, Recovery
from tests import factory
from tests.payments.conftest import Shop
from tests.recoveries.test_promises import judge_due, says
from tests.recoveries.test_recoveries import fails, live_on, planned


def test_a_broken_promise_does_not_resume_what_the_merchant_has_stopped(shop: Shop) -> None:
    order, card = fails(shop)
    kim = factory.staff(of=shop.customer.merchant)
    says(shop, order, date(2026, 11, 26), method=card.id)
    assert stop_trying(merchant=shop.customer.merchant.id, order=order.id, staff=kim.id)
    assert not stop_trying(merchant=shop.customer.merchant.id, order=order.id, staff=kim.id), "pressed twice"
    assert planned() is None and Promise.get().method_id is None
    live_on(shop, 5)
    judge_due(shop)
    assert (Promise.get().state, Recovery.get().why, planned()) == (PromiseState.BROKEN, "merchant", None)
    live_on(shop, 20)
    assert Attempt.select().count() == 1
    go_on_trying(merchant=shop.customer.merchant.id, order=order.id, staff=kim.id)
    assert Recovery.get().why != "merchant"


def test_a_charge_that_the_customer_asks_for_since_is_made_and_nothing_after_it(shop: Shop) -> None:
    order, card = fails(shop)
    kim = factory.staff(of=shop.customer.merchant)
    stop_trying(merchant=shop.customer.merchant.id, order=order.id, staff=kim.id)
    assert says(shop, order, date(2026, 11, 26), method=card.id) is not None
    assert stop_trying(merchant=shop.customer.merchant.id, order=order.id, staff=kim.id) and planned() is None
    says(shop, order, date(2026, 11, 26), method=card.id)
    live_on(shop, 5)
    assert Attempt.select().count() == 2
    promises.withdraw(customer=shop.customer.id, order=order.id)
    assert planned() is None
