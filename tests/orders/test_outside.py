"""Cash, cheques and transfers that the merchant writes down."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID

import pytest

from domain.orders.outside import Outside, Received, bounced, record_outside
from kit.errors import Conflict, DomainError, NotFound
from kit.ids import uuid7
from kit.money import Money
from models import base
from models.ledger import Journal, Posting
from models.orders import Order
from models.payments import (
    Payment,
    PaymentState,
    PlannedTry,
    Receipt,
    RecoveredBy,
    Recovery,
    RecoveryState,
    TryState,
)
from models.work import Mail
from tests import factory
from tests.payments.conftest import Shop, shop
from tests.refunds.conftest import one_store, sums

__all__ = ["shop"]

TODAY = date(2026, 11, 23)


def _received(*shares: tuple[Order, int], **more: Any) -> Received:
    return Received(
        **{
            "handle": uuid7(),
            "customer": shares[0][0].customer_id,
            "shares": {order.id: Money(minor, "USD") for order, minor in shares},
            "kind": Outside.CHEQUE,
            "received_on": TODAY,
            "note": "No. 1042",
            **more,
        }
    )


def _record(shop: Shop, received: Received) -> UUID:
    return record_outside(merchant=shop.customer.merchant_id, received=received, staff=None)


def _balance(account: str) -> int:
    return sum(row.amount for row in Posting.select().where(Posting.account == account))


def test_a_cheque_over_two_orders_is_booked_once_however_often_the_form_is_sent(shop: Shop) -> None:
    one, two = shop.order(4000), shop.order(8900)
    received = _received((one, 4000), (two, 1000))
    payment = _record(shop, received)
    assert _record(shop, received) == payment == received.handle
    assert sums(one) == (4000, 0, 0) and sums(two) == (1000, 0, 7900)
    row = Payment.get_by_id(payment)
    assert (row.state, row.external, row.note, row.amount) == (PaymentState.SUCCEEDED, "cheque", "No. 1042", 5000)
    assert row.received_on == TODAY and _balance("external:cheque") == 5000
    assert Receipt.select().count() == Mail.select().where(Mail.template == "receipt").count() == 1


def test_two_clicks_at_the_same_instant_are_one_payment(shop: Shop, store: str) -> None:
    received, start, results = _received((shop.order(8900), 3000)), threading.Barrier(2), list[UUID]()

    def click() -> None:
        start.wait()
        with base.connected():
            results.append(_record(shop, received))

    threads = [threading.Thread(target=click) for _ in range(2)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert results == [received.handle] * 2
    assert Payment.select().count() == 1 and _balance("external:cheque") == 3000


def test_it_closes_the_recovery_for_the_merchant(shop: Shop) -> None:
    method = shop.method("pm_card_visa_chargeDeclinedInsufficientFunds")
    order = factory.automatic(shop.customer, method, factory.consented(shop.customer, method), 8900)
    shop.pass_time(days=1)
    shop.work()
    _record(shop, _received((order, 8900)))
    case = Recovery.get()
    assert (case.state, case.by) == (RecoveryState.RECOVERED, RecoveredBy.MERCHANT)
    assert PlannedTry.get().state == TryState.DROPPED


@one_store
def test_a_part_in_cash_leaves_the_rest_to_the_clock(shop: Shop) -> None:
    method = shop.method()
    order = factory.automatic(shop.customer, method, factory.consented(shop.customer, method), 8900)
    _record(shop, _received((order, 900), kind=Outside.CASH))
    shop.pass_time(days=1)
    shop.work()
    assert sums(order) == (8900, 0, 0) and shop.charged() == 8000


@one_store
def test_what_cannot_be_recorded(shop: Shop) -> None:
    order, paid, euros = shop.order(8900), shop.order(1000), shop.order(1000, currency="EUR")
    _record(shop, _received((paid, 1000)))
    wrong: list[tuple[Received, type[DomainError], str]] = [
        (_received((order, 8901)), DomainError, r"\$89\.00 is open"),
        (_received((paid, 1)), DomainError, r"\$0\.00 is open"),
        (_received((order, 0)), DomainError, "above zero"),
        (_received((order, 100), received_on=date(2026, 11, 24)), DomainError, "lies ahead"),
        (_received((order, 100), (euros, 100)), DomainError, "one currency"),
        (replace(_received((order, 100)), customer=factory.customer(shop.customer.merchant).id), NotFound, "not there"),
        (replace(_received((order, 100)), customer=factory.customer(factory.merchant()).id), NotFound, "customer"),
    ]
    for received, kind, words in wrong:
        with pytest.raises(kind, match=words):
            _record(shop, received)
    assert sums(order) == (0, 0, 8900)


@one_store
def test_nothing_is_recorded_while_an_order_is_held(shop: Shop) -> None:
    order = shop.order(8900)
    shop.press(shop.method("pm_usBankAccount_success"), order)
    with pytest.raises(Conflict, match="under way"):
        _record(shop, _received((order, 100)))


@one_store
def test_a_handle_of_something_else_is_refused(shop: Shop) -> None:
    order = shop.order(8900)
    charged = shop.press(shop.method(), order)
    with pytest.raises(NotFound):
        _record(shop, _received((shop.order(100), 100), handle=charged))


def test_a_cheque_that_bounces_is_owed_again_less_what_was_given_back(shop: Shop) -> None:
    from domain.refunds.reserve import refund

    merchant, order = shop.customer.merchant_id, shop.order(8900)
    payment = _record(shop, _received((order, 8900)))
    refund(merchant=merchant, payment=payment, amount=Money(900, "USD"))
    for _twice in range(2):
        bounced(merchant=merchant, payment=payment, staff=None)
    assert sums(order) == (0, 900, 8000) and _balance("external:cheque") == 0
    assert Payment.get_by_id(payment).state == PaymentState.REVERSED and Receipt.get().reversed_at is not None
    assert Journal.select().where(Journal.kind == "bounced").count() == 1
    assert Mail.select().where(Mail.template == "returned").count() == 1
    with pytest.raises(DomainError, match="was received"):
        refund(merchant=merchant, payment=payment, amount=Money(100, "USD"))


@one_store
def test_a_part_that_bounces_stops_the_tries_that_wait_for_the_rest(shop: Shop) -> None:
    method = shop.method("pm_card_visa_chargeDeclinedInsufficientFunds")
    order = factory.automatic(shop.customer, method, factory.consented(shop.customer, method), 8900)
    shop.pass_time(days=1)
    shop.work()
    payment = _record(shop, _received((order, 900)))
    assert PlannedTry.get().state == TryState.PLANNED
    bounced(merchant=shop.customer.merchant_id, payment=payment, staff=None)
    assert PlannedTry.get().state == TryState.DROPPED and sums(order) == (0, 0, 8900)
    asked = shop.sandbox.charges()
    shop.pass_time(days=30)
    shop.work()
    assert shop.sandbox.charges() == asked


@one_store
def test_a_card_payment_does_not_bounce(shop: Shop) -> None:
    charged = shop.press(shop.method(), shop.order(8900))
    with pytest.raises(DomainError, match="payment processor"):
        bounced(merchant=shop.customer.merchant_id, payment=charged, staff=None)
    with pytest.raises(NotFound):
        bounced(merchant=factory.merchant().id, payment=charged, staff=None)
