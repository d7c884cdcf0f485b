"""Case 55: a sum too small to be charged waits and is paid along with the next one."""

from __future__ import annotations

from domain.methods import consent as consents
from domain.payments.collect import collect_due
from models.methods import ConsentScope
from models.orders import Collect
from models.payments import Allocation, Recovery, RecoveryState
from tests import factory
from tests.payments.conftest import Shop, fresh
from tests.recoveries.test_recoveries import NO_REASON, approves, at


def test_case_55_a_tiny_order_waits_and_is_paid_along_with_the_next(shop: Shop) -> None:
    card, other = shop.method(), shop.method("pm_card_mastercard")
    under = factory.consented(shop.customer, card)
    tiny = factory.automatic(shop.customer, card, under, 30)
    elsewhere = factory.automatic(shop.customer, other, factory.consented(shop.customer, other), 20)
    at(shop, 23)
    shop.work()
    assert (shop.charged(), fresh(tiny).open, fresh(tiny).collect) == (0, 30, Collect.AUTOMATIC)
    assert fresh(tiny).collect_at is None
    at(shop, 24)
    big = factory.automatic(shop.customer, card, under, 8900)
    shop.work()
    assert (shop.charged(), fresh(tiny).open, fresh(big).open, fresh(elsewhere).open) == (8930, 0, 0, 20)
    assert [row.amount for row in Allocation.select().order_by(Allocation.amount)] == [30, 8900]
    collect_due(tiny.id)
    assert shop.charged() == 8930


def test_case_55_small_sums_that_reach_the_minimum_together_are_charged(shop: Shop) -> None:
    card = shop.method()
    under = factory.consented(shop.customer, card)
    rows = [factory.automatic(shop.customer, card, under, 20) for _n in range(3)]
    at(shop, 23)
    shop.work()
    assert (shop.charged(), sum(fresh(row).open for row in rows)) == (60, 0)


def test_what_was_carried_needs_a_consent_of_its_own(shop: Shop) -> None:
    card = shop.method()
    one, two = (factory.consented(shop.customer, card, ConsentScope.ORDER) for _n in range(2))
    tiny = factory.automatic(shop.customer, card, one, 30)
    at(shop, 23)
    shop.work()
    consents.revoke(customer=shop.customer.id, consent=one.id)
    at(shop, 24)
    factory.automatic(shop.customer, card, two, 8900)
    shop.work()
    assert (shop.charged(), fresh(tiny).open) == (8900, 30)


def test_a_carried_order_opens_no_recovery_when_the_charge_fails(shop: Shop) -> None:
    card = shop.method(NO_REASON)
    under = factory.consented(shop.customer, card)
    tiny = factory.automatic(shop.customer, card, under, 30)
    at(shop, 23)
    shop.work()
    at(shop, 24)
    big = factory.automatic(shop.customer, card, under, 8900)
    shop.work()
    assert [row.order_id for row in Recovery.select()] == [big.id]
    approves(shop, card)
    shop.pass_time(days=1)
    shop.work()
    assert (Recovery.get().state, shop.charged(), fresh(tiny).open) == (RecoveryState.RECOVERED, 8900, 30)
