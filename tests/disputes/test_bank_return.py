"""A bank debit that comes back after it was final: its orders are owed again, by hand, and the account is judged."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from domain.disputes.record import hint
from domain.refunds.ask import look
from kit.clock import utc_now
from kit.errors import DomainError
from models.ledger import Journal, Posting
from models.methods import BillingSchedule, Consent, Mandate, MethodState, PaymentMethod, ScheduleState
from models.orders import Collect, Order
from models.payments import Dispute, Payment, PaymentState, PlannedTry, Receipt, RefundState, TryState
from models.work import Event, Mail
from tests import factory
from tests.disputes.conftest import decide_at_network, return_late
from tests.payments.conftest import fresh
from tests.refunds.conftest import Counter, one_store, sums


def _balance(account: str) -> int:
    return sum(row.amount for row in Posting.select().where(Posting.account == account))


def _mandate(method: PaymentMethod) -> Mandate:
    row: Mandate = Mandate.create(method=method, text_version="1", text="I allow debits.", accepted_at=utc_now())
    return row


def _schedule(method: PaymentMethod, **values: Any) -> BillingSchedule:
    row: BillingSchedule = BillingSchedule.create(
        merchant=method.customer.merchant,
        customer=method.customer,
        title="Membership",
        amount=8900,
        currency="USD",
        anchor_day=1,
        starts_on=date(2026, 12, 1),
        next_on=date(2026, 12, 1),
        run_at=utc_now(),
        method=method,
        created_at=utc_now(),
        **values,
    )
    return row


def _returned(counter: Counter, code: str) -> tuple[PaymentMethod, Consent, Mandate, BillingSchedule, Order]:
    method = counter.shop.method("pm_usBankAccount_success")
    under = factory.consented(counter.shop.customer, method)
    mandate, schedule = _mandate(method), _schedule(method)
    order = factory.automatic(counter.shop.customer, method, under, 8900)
    payment = counter.paid(order, method=method)
    counter.shop.pass_time(days=8)
    counter.shop.work()
    assert sums(order) == (8900, 0, 0)
    return_late(counter, payment, code)
    return fresh(method), fresh(under), fresh(mandate), fresh(schedule), fresh(order)


@one_store
@pytest.mark.parametrize(
    ("code", "state", "void", "paused"),
    [
        ("R01", MethodState.USABLE, False, False),
        ("R09", MethodState.USABLE, False, False),
        ("R02", MethodState.BLOCKED, True, False),
        ("R16", MethodState.BLOCKED, True, False),
        ("R07", MethodState.BLOCKED, True, True),
        ("R10", MethodState.BLOCKED, True, True),
        ("R29", MethodState.BLOCKED, True, True),
    ],
)
def test_case_47_what_a_return_code_does_to_the_account(
    counter: Counter, code: str, state: MethodState, void: bool, paused: bool
) -> None:
    method, under, mandate, schedule, order = _returned(counter, code)
    assert method.state == state and method.decline_code == code
    assert (mandate.voided_at is not None) is void and (under.revoked_at is not None) is void
    assert mandate.void_reason == (code if void else None)
    assert schedule.state == (ScheduleState.PAUSED if paused else ScheduleState.ACTIVE)
    assert (schedule.run_at is None) is paused
    assert Mail.select().where(Mail.template == "dispute").count() == int(paused)
    assert ('"evidence": "keep"' in Event.get(Event.kind == "payment.returned").facts) is paused
    assert (order.collect, order.collect_at, order.open) == (Collect.MANUAL, None, 8900)
    counter.shop.pass_time(days=30)
    counter.shop.work()
    assert sums(order) == (0, 0, 8900)  # the engine never collects it by itself
    assert not PlannedTry.select().where(PlannedTry.state == TryState.PLANNED).exists()


def test_a_late_return_reverses_every_share_once(counter: Counter) -> None:
    one, two = counter.shop.order(4000, due=date(2026, 10, 1)), counter.shop.order(5000)
    payment = counter.debited(one, two)
    row = return_late(counter, payment, "R01")
    assert hint(counter.account.id, row.gateway_ref)
    assert sums(one) == (0, 0, 4000) and sums(two) == (0, 0, 5000)
    assert Payment.get_by_id(payment).state == PaymentState.REVERSED
    assert Receipt.get(Receipt.payment == payment).reversed_at is not None
    assert Mail.select().where(Mail.template == "returned").count() == 2
    assert Journal.select().where(Journal.kind == "return").count() == 1
    assert _balance(f"gateway:{counter.account.id}") == 0
    counter.paid(fresh(one), fresh(two))
    assert sums(one) == (4000, 0, 0)


@one_store
def test_the_sandboxs_own_late_return_arrives(counter: Counter) -> None:
    order = counter.shop.order(8900)
    payment = counter.debited(order, token="pm_usBankAccount_dispute")
    assert sums(order) == (8900, 0, 0)
    counter.shop.pass_time(days=20)
    (found,) = counter.shop.sandbox.world.store.every("dispute")
    assert hint(counter.account.id, found.id)
    assert sums(order) == (0, 0, 8900) and Dispute.get().code == "R10" and Payment.get_by_id(payment)


def test_a_return_after_a_refund_leaves_what_went_back_twice_as_a_debt(counter: Counter) -> None:
    order = counter.shop.order(8900)
    payment = counter.debited(order)
    refund = counter.refund(payment, 3000)
    counter.shop.pass_time(days=8)
    look(refund.id)
    assert sums(order) == (5900, 3000, 0)
    return_late(counter, payment, "R01")
    assert sums(order) == (0, 3000, 5900)
    assert _balance(f"credit:{order.customer_id}") == 3000  # a debit: the customer has got it twice
    needs = Event.get(Event.kind == "payment.needs_a_person")
    assert "more went back than came in" in needs.facts
    assert '"refunded_before": 3000' in Event.get(Event.kind == "payment.returned").facts
    with pytest.raises(DomainError, match="was received"):
        counter.refund(payment, 100)


def test_a_refund_that_arrives_after_the_return_takes_nothing_off_the_order_again(counter: Counter) -> None:
    order = counter.shop.order(8900)
    payment = counter.debited(order)
    refund = counter.refund(payment, 3000)
    assert refund.state == RefundState.PENDING
    return_late(counter, payment, "R01")
    assert sums(order) == (0, 0, 8900)
    counter.shop.pass_time(days=8)
    look(refund.id)
    assert fresh(refund).state == RefundState.SUCCEEDED and sums(order) == (0, 0, 8900)
    assert _balance(f"credit:{order.customer_id}") == 3000
    assert Event.select().where(Event.kind == "refund.needs_a_person").exists()


@one_store
def test_a_return_that_the_bank_gives_back_becomes_credit(counter: Counter) -> None:
    order = counter.shop.order(8900)
    row = return_late(counter, counter.debited(order), "R10")
    decide_at_network(counter, row.gateway_ref, "won")
    for _twice in range(2):
        assert hint(counter.account.id, row.gateway_ref)
    assert sums(order) == (0, 0, 8900) and _balance(f"credit:{order.customer_id}") == -8900


@one_store
def test_a_return_stops_the_tries_that_wait_for_the_rest(counter: Counter) -> None:
    """A part is paid by debit while a card retry waits for the rest: after the return nothing is tried by itself."""
    method = counter.shop.method("pm_card_visa_chargeDeclinedInsufficientFunds")
    under = factory.consented(counter.shop.customer, method)
    order = factory.automatic(counter.shop.customer, method, under, 8900)
    counter.shop.pass_time(days=1)
    counter.shop.work()
    assert PlannedTry.get().state == TryState.PLANNED
    counter.paid(fresh(order), token="pm_usBankAccount_success")
    counter.shop.pass_time(days=9)
    counter.shop.work()
    counter.shop.work()
    assert sums(order) == (8900, 0, 0)
    return_late(counter, _debit_of(order).id, "R01")
    assert not PlannedTry.select().where(PlannedTry.state == TryState.PLANNED).exists()
    charged = counter.shop.charged()
    counter.shop.pass_time(days=30)
    counter.shop.work()
    assert counter.shop.charged() == charged


def _debit_of(order: Order) -> Payment:
    row: Payment = Payment.get((Payment.state == PaymentState.SUCCEEDED) & (Payment.customer == order.customer_id))
    return row
