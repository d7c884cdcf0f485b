"""Orders that are settled without a payment: cancelled, written off, settled with credit."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest

from domain.events.record import Actor
from domain.orders.adjust import apply_credit, give_credit, void_order, write_off, write_off_order
from kit.errors import Conflict, DomainError, NotFound
from kit.ids import uuid7
from kit.money import Money
from models import base
from models.base import unit_of_work
from models.ledger import Journal, Posting
from models.orders import Adjustment, Order
from models.payments import PlannedTry, Recovery, RecoveryState, TryState
from tests import factory
from tests.payments.conftest import Shop, fresh, shop
from tests.refunds.conftest import one_store, sums

__all__ = ["shop"]


def _balance(account: str) -> int:
    return sum(row.amount for row in Posting.select().where(Posting.account == account))


def _failing(shop: Shop) -> Order:
    """An automatic order whose first try failed and whose next one is planned."""
    method = shop.method("pm_card_visa_chargeDeclinedInsufficientFunds")
    order = factory.automatic(shop.customer, method, factory.consented(shop.customer, method), 8900)
    shop.pass_time(days=1)
    shop.work()
    assert PlannedTry.get().state == TryState.PLANNED
    return order


def test_case_58_a_voided_order_with_a_try_queued_is_not_tried(shop: Shop) -> None:
    order = _failing(shop)
    for _twice in range(2):
        void_order(merchant=order.merchant_id, order=order.id, note="double booking")
    assert sums(order) == (0, 8900, 0) and fresh(order).collect_at is None
    assert PlannedTry.get().state == TryState.DROPPED and Recovery.get().state == RecoveryState.CANCELLED
    asked = shop.sandbox.charges()
    shop.pass_time(days=30)
    shop.work()
    assert shop.sandbox.charges() == asked
    assert not Journal.select().exists()  # no money stands behind it


@one_store
def test_an_order_that_waits_for_its_day_is_voided(shop: Shop) -> None:
    method = shop.method()
    due = shop.clock.at.date() + timedelta(days=3)
    order = factory.automatic(shop.customer, method, factory.consented(shop.customer, method), 8900, due=due)
    void_order(merchant=order.merchant_id, order=order.id)
    shop.pass_time(days=5)
    shop.work()
    assert shop.charged() == 0 and sums(order) == (0, 8900, 0)


@one_store
def test_what_is_paid_in_part_is_refunded_first(shop: Shop) -> None:
    order = shop.order(8900)
    shop.press(shop.method(), order)
    with pytest.raises(DomainError, match="Refund that first"):
        void_order(merchant=order.merchant_id, order=order.id)


@one_store
def test_a_held_order_is_left_alone(shop: Shop) -> None:
    order = shop.order(8900)
    shop.press(shop.method("pm_usBankAccount_success"), order)
    give_credit(merchant=order.merchant_id, customer=order.customer_id, amount=Money(500, "USD"), handle=uuid7())
    for use_case in (void_order, write_off_order, apply_credit):
        with pytest.raises(Conflict, match="under way"):
            use_case(merchant=order.merchant_id, order=order.id)


@one_store
def test_a_strangers_order_is_not_there(shop: Shop) -> None:
    other = factory.merchant()
    for use_case in (void_order, write_off_order, apply_credit):
        with pytest.raises(NotFound):
            use_case(merchant=other.id, order=shop.order().id)


def test_a_write_off_posts_what_the_merchant_bears(shop: Shop) -> None:
    order = _failing(shop)
    for _twice in range(2):
        write_off_order(merchant=order.merchant_id, order=order.id, note="gone away")
    assert sums(order) == (0, 8900, 0) and _balance("write_off") == 8900
    assert _balance(f"receivable:{order.id}") == -8900 and Recovery.get().state == RecoveryState.CANCELLED


@one_store
def test_the_building_block_says_how_much(shop: Shop) -> None:
    order = shop.order(8900)
    with unit_of_work():
        assert write_off(order=order.id, actor=Actor.CLOCK) == Money(8900, "USD")
        assert write_off(order=order.id, actor=Actor.CLOCK) == Money(0, "USD")
    assert Adjustment.select().count() == 1


def test_credit_settles_as_far_as_it_goes(shop: Shop) -> None:
    merchant, handle = shop.customer.merchant_id, uuid7()
    for _twice in range(2):
        give_credit(merchant=merchant, customer=shop.customer.id, amount=Money(5000, "USD"), handle=handle)
    assert _balance(f"credit:{shop.customer.id}") == -5000 and _balance("write_off") == 5000
    first, second = shop.order(3000), shop.order(8900)
    assert apply_credit(merchant=merchant, order=first.id) == Money(3000, "USD")
    assert apply_credit(merchant=merchant, order=second.id) == Money(2000, "USD")
    assert sums(first) == (0, 3000, 0) and sums(second) == (0, 2000, 6900)
    with pytest.raises(DomainError, match="no credit"):
        apply_credit(merchant=merchant, order=second.id)
    shop.press(shop.method(), fresh(second))
    assert sums(second) == (6900, 2000, 0)


@one_store
def test_credit_that_settles_a_failing_order_ends_its_recovery(shop: Shop) -> None:
    order = _failing(shop)
    give_credit(merchant=order.merchant_id, customer=order.customer_id, amount=Money(9000, "USD"), handle=uuid7())
    apply_credit(merchant=order.merchant_id, order=order.id)
    assert Recovery.get().state == RecoveryState.RECOVERED and PlannedTry.get().state == TryState.DROPPED


def test_the_same_credit_is_not_used_twice_at_once(shop: Shop, store: str) -> None:
    merchant = shop.customer.merchant_id
    give_credit(merchant=merchant, customer=shop.customer.id, amount=Money(5000, "USD"), handle=uuid7())
    orders, start = [shop.order(4000), shop.order(4000)], threading.Barrier(2)

    def use(order: Order) -> None:
        start.wait()
        with base.connected():
            apply_credit(merchant=merchant, order=order.id)

    threads = [threading.Thread(target=use, args=(order,)) for order in orders]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert sum(row.amount for row in Adjustment.select()) == 5000 and _balance(f"credit:{shop.customer.id}") == 0


@one_store
def test_credit_below_zero_is_none_and_none_is_given(shop: Shop) -> None:
    with pytest.raises(DomainError, match="above zero"):
        give_credit(
            merchant=shop.customer.merchant_id, customer=shop.customer.id, amount=Money(0, "USD"), handle=uuid7()
        )
    with pytest.raises(NotFound):
        give_credit(merchant=factory.merchant().id, customer=shop.customer.id, amount=Money(5, "USD"), handle=uuid7())
