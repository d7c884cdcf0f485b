"""Money goes back: in full, in part, never more than came in, once however often it is asked for."""

from __future__ import annotations

import threading
from datetime import date
from uuid import UUID

import pytest

from domain.orders import outside
from domain.orders.adjust import apply_credit, void_order
from domain.refunds.ask import look
from domain.refunds.queries import credits_of
from domain.refunds.record import Seen, record_refund
from domain.refunds.reserve import RefundUnderWay, refund
from kit.errors import DomainError, NotFound
from kit.ids import uuid7
from kit.money import Money
from models import base
from models.ledger import Journal, Posting
from models.orders import Adjustment, AdjustmentKind, Collect
from models.payments import Refund, RefundState
from models.work import Event, Mail
from tests import factory
from tests.payments.conftest import fresh
from tests.refunds.conftest import Counter, one_store, sums


def _balance(account: str) -> int:
    return sum(row.amount for row in Posting.select().where(Posting.account == account))


def _letters(template: str) -> list[str]:
    return [row.dedup_key.rpartition(":")[2] for row in Mail.select().where(Mail.template == template)]


def test_a_full_refund_leaves_nothing_owed(counter: Counter) -> None:
    order = counter.shop.order(8900)
    payment = counter.paid(order)
    row = counter.refund(payment, 8900, reason="cancelled class")
    assert row.state == RefundState.SUCCEEDED and row.closed_at is not None and row.next_look_at is None
    assert sums(order) == (0, 8900, 0)
    assert Adjustment.get(Adjustment.order == order).kind == AdjustmentKind.REFUND
    assert [each["amount"] for each in counter.gateway_refunds(payment)] == [8900]
    assert _balance(f"gateway:{counter.account.id}") == 0 and _balance(f"receivable:{order.id}") == 0
    assert _letters("refund") == ["succeeded"]


@one_store
def test_a_partial_refund_that_is_still_owed_reopens_the_order_for_its_customer_only(counter: Counter) -> None:
    method = counter.shop.method()
    order = factory.automatic(counter.shop.customer, method, factory.consented(counter.shop.customer, method), 8900)
    payment = counter.paid(order, method=method)
    counter.refund(payment, 3000, still_owed=True)
    assert sums(order) == (5900, 0, 3000)
    assert (fresh(order).collect, fresh(order).collect_at) == (Collect.MANUAL, None)


@one_store
def test_refunds_never_exceed_what_was_captured(counter: Counter) -> None:
    payment = counter.paid(counter.shop.order(8900))
    counter.refund(payment, 5000)
    with pytest.raises(DomainError, match=r"At most \$39\.00"):
        counter.refund(payment, 3901)
    counter.refund(payment, 3900)
    with pytest.raises(DomainError, match=r"At most \$0\.00"):
        counter.refund(payment, 1)
    assert sum(each["amount"] for each in counter.gateway_refunds(payment)) == 8900


@one_store
def test_a_refund_is_split_newest_order_first_or_as_chosen(counter: Counter) -> None:
    old = counter.shop.order(4000, due=date(2026, 10, 1))
    new = counter.shop.order(5000, due=date(2026, 11, 1))
    payment = counter.paid(old, new)
    counter.refund(payment, 6000)
    assert sums(new) == (0, 5000, 0) and sums(old) == (3000, 1000, 0)
    with pytest.raises(DomainError, match="greater than what was paid"):
        counter.refund(payment, 500, shares={new.id: Money(500, "USD")})
    counter.refund(payment, 500, shares={old.id: Money(500, "USD")})
    assert sums(old) == (2500, 1500, 0)


@one_store
def test_the_same_form_twice_is_one_refund(counter: Counter) -> None:
    payment, handle = counter.paid(counter.shop.order(8900)), uuid7()
    first = counter.refund(payment, 1000, handle=handle)
    second = counter.refund(payment, 1000, handle=handle)
    assert first.id == second.id == handle
    assert [each["amount"] for each in counter.gateway_refunds(payment)] == [1000]


@one_store
def test_a_second_refund_meanwhile_is_shown_the_first(counter: Counter) -> None:
    payment = counter.paid(counter.shop.order(8900))
    first = counter.refund(payment, 1000, send=False)
    with pytest.raises(RefundUnderWay) as under_way:
        counter.refund(payment, 1000)
    assert under_way.value.refund == first.id


def test_two_at_the_same_instant_make_one(counter: Counter, store: str) -> None:
    payment, merchant = counter.paid(counter.shop.order(8900)), counter.merchant
    start, outcomes = threading.Barrier(2), list[str]()

    def ask() -> None:
        start.wait()
        with base.connected():
            try:
                look(refund(merchant=merchant, payment=payment, amount=Money(6000, "USD")))
                outcomes.append("made")
            except DomainError as problem:
                outcomes.append(type(problem).__name__)

    threads = [threading.Thread(target=ask) for _ in range(2)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    # The second either finds the first under way, or finds it made and too little left.
    assert "made" in outcomes and set(outcomes) <= {"made", "RefundUnderWay", "DomainError"} and len(outcomes) == 2
    assert outcomes.count("made") == 1
    assert [each["amount"] for each in counter.gateway_refunds(payment)] == [6000]


@one_store
def test_a_stranger_refunds_nothing(counter: Counter) -> None:
    payment = counter.paid(counter.shop.order(8900))
    other = factory.merchant()
    with pytest.raises(NotFound):
        refund(merchant=other.id, payment=payment, amount=Money(100, "USD"))


@one_store
@pytest.mark.parametrize("amount", [Money(0, "USD"), Money(-5, "USD"), Money(100, "EUR")])
def test_an_amount_that_is_none_is_refused(counter: Counter, amount: Money) -> None:
    payment = counter.paid(counter.shop.order(8900))
    with pytest.raises(DomainError, match="above zero"):
        refund(merchant=counter.merchant, payment=payment, amount=amount)


@one_store
def test_a_payment_that_failed_is_not_refunded(counter: Counter) -> None:
    payment = counter.paid(counter.shop.order(8900), token="pm_card_visa_chargeDeclined")
    with pytest.raises(DomainError, match="was received"):
        refund(merchant=counter.merchant, payment=payment, amount=Money(100, "USD"))


def test_cash_is_given_back_outside_the_gateway(counter: Counter) -> None:
    order = counter.shop.order(8900)
    payment = outside.record_outside(
        merchant=counter.merchant,
        received=outside.Received(
            uuid7(), order.customer_id, {order.id: Money(8900, "USD")}, outside.Outside.CASH, date(2026, 11, 23)
        ),
        staff=None,
    )
    row = counter.refund(payment, 900, send=False)
    assert row.state == RefundState.SUCCEEDED and row.gateway_account_id is None
    assert sums(order) == (8000, 900, 0) and _balance("external:cash") == 8000


@one_store
def test_money_that_became_credit_goes_back_from_the_credit(counter: Counter) -> None:
    """An order was cancelled while the bank took its time: what came became credit, and can be given back from it."""
    order = counter.shop.order(5000)
    payment = _to_credit(counter, order)
    row = counter.refund(payment, 5000)
    counter.shop.pass_time(days=8)
    look(row.id)
    assert _balance(f"credit:{order.customer_id}") == 0 and sums(order) == (0, 5000, 0)


def test_credit_that_was_used_is_not_given_back_again(counter: Counter) -> None:
    payment = _to_credit(counter, counter.shop.order(5000))
    apply_credit(merchant=counter.merchant, order=counter.shop.order(4000).id)
    with pytest.raises(DomainError, match=r"At most \$10\.00 can be refunded: the rest became credit"):
        counter.refund(payment, 5000)
    assert counter.refund(payment, 1000).state == RefundState.PENDING


def _to_credit(counter: Counter, order: object) -> UUID:
    from models.orders import Order
    from models.payments import OrderHold

    assert isinstance(order, Order)
    payment = counter.paid(order, token="pm_usBankAccount_success")
    held = OrderHold.get(OrderHold.order == order)  # as an order that somebody closed by hand in the store
    OrderHold.delete().where(OrderHold.order == order).execute()
    void_order(merchant=counter.merchant, order=order.id)
    OrderHold.create(order=order, attempt=held.attempt_id)
    counter.shop.pass_time(days=8)
    before = _balance(f"credit:{order.customer_id}")
    counter.shop.work()
    assert _balance(f"credit:{order.customer_id}") == before - 5000
    return payment


def test_credit_that_a_refund_under_way_will_take_is_not_promised_again(counter: Counter) -> None:
    customer = counter.shop.customer.id
    first, second = _to_credit(counter, counter.shop.order(5000)), _to_credit(counter, counter.shop.order(5000))
    row = counter.refund(first, 3000)
    assert row.state == RefundState.PENDING and credits_of(customer) == (Money(7000, "USD"),)
    assert apply_credit(merchant=counter.merchant, order=counter.shop.order(4500).id) == Money(4500, "USD")
    with pytest.raises(DomainError, match=r"At most \$25\.00 can be refunded"):
        counter.refund(second, 5000)
    counter.refund(second, 2500)
    with pytest.raises(DomainError, match="no credit to use"):
        apply_credit(merchant=counter.merchant, order=counter.shop.order(100).id)
    assert credits_of(customer) == ()
    record_refund(row.id, Seen(RefundState.FAILED, failure="lost"))
    assert credits_of(customer) == (Money(3000, "USD"),)
    assert apply_credit(merchant=counter.merchant, order=counter.shop.order(9900).id) == Money(3000, "USD")


@one_store
def test_a_refund_of_an_order_takes_no_credit(counter: Counter) -> None:
    _to_credit(counter, counter.shop.order(5000))
    assert counter.refund(counter.debited(counter.shop.order(8900)), 8900).state == RefundState.PENDING
    assert credits_of(counter.shop.customer.id) == (Money(5000, "USD"),)
    assert apply_credit(merchant=counter.merchant, order=counter.shop.order(9900).id) == Money(5000, "USD")


def test_a_refund_that_comes_back_later_is_a_counter_entry(counter: Counter) -> None:
    order = counter.shop.order(8900)
    payment = counter.paid(order, token="pm_card_refundFail")
    row = counter.refund(payment, 8900)
    assert sums(order) == (0, 8900, 0)
    counter.shop.pass_time(days=2)
    _hint(counter, row)
    assert fresh(row).state == RefundState.FAILED and sums(order) == (8900, 0, 0)
    kinds = {each.kind for each in Journal.select().where(Journal.source == str(row.id))}
    assert kinds == {"refund", "refund_failed"}
    assert _letters("refund") == ["succeeded", "failed"]
    assert Event.select().where(Event.kind == "refund.needs_a_person").exists()
    _hint(counter, row)  # days late, again
    assert sums(order) == (8900, 0, 0)
    assert counter.refund(payment, 8900).state == RefundState.SUCCEEDED  # and it can be tried anew


@one_store
def test_one_that_comes_back_after_the_order_was_paid_again_becomes_credit(counter: Counter) -> None:
    order = counter.shop.order(8900)
    row = counter.refund(counter.paid(order, token="pm_card_refundFail"), 8900, still_owed=True)
    assert sums(order) == (0, 0, 8900)
    counter.paid(fresh(order))
    counter.shop.pass_time(days=2)
    _hint(counter, row)
    assert sums(order) == (8900, 0, 0) and _balance(f"credit:{order.customer_id}") == -8900


@one_store
def test_a_pending_refund_says_so_and_is_booked_when_it_arrives(counter: Counter) -> None:
    order = counter.shop.order(8900)
    row = counter.refund(counter.debited(order), 8900)
    assert row.state == RefundState.PENDING and sums(order) == (8900, 0, 0) and _letters("refund") == ["pending"]
    with pytest.raises(DomainError, match=r"At most \$0\.00"):
        counter.refund(row.payment_id, 1)
    counter.shop.pass_time(days=8)
    look(row.id)
    assert fresh(row).state == RefundState.SUCCEEDED and sums(order) == (0, 8900, 0)
    assert _letters("refund") == ["pending", "succeeded"]


def _hint(counter: Counter, row: Refund) -> None:
    from domain.refunds.ask import hint

    assert hint(counter.account.id, str(fresh(row).gateway_ref))
