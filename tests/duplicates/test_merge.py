"""Merging two records and parting them again (cases 72 to 74), on both stores."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from domain.accounts.queries import customers_of
from domain.duplicates.follow import ids_of, survivor_of
from domain.duplicates.moves import OWNED, STAYS
from domain.duplicates.undo import undo
from domain.ledger.balance import credit_of
from domain.orders.adjust import apply_credit, give_credit
from domain.orders.outside import Outside, Received, record_outside
from domain.payments import fix_it
from kit.clock import utc_now
from kit.errors import Conflict, NotFound
from kit.ids import uuid7
from kit.money import Money
from models.base import Row, unit_of_work
from models.customers import Account, Customer
from models.methods import Consent, ConsentScope, MethodState, PaymentMethod
from models.orders import Collect, Order
from models.payments import Attempt, Payment, PaymentState, PlannedTry, Recovery, RecoveryState, TryState
from tests import factory
from tests.duplicates.conftest import Twins


def everything() -> dict[str, dict[UUID, dict[str, Any]]]:
    """Every value of every table that a merge may change."""
    tables: list[Any] = [*(table for table, _column in OWNED), *STAYS]
    ignored = {"Event", "Merge", "DuplicatePair", "Session"}
    return {
        table.__name__: {row.id: dict(row.__data__) for row in table.select()}
        for table in tables
        if table.__name__ not in ignored
    }


def records(account: Account) -> set[UUID]:
    return {reach.customer_id for reach in customers_of(account.id)}


def _names_a_customer(table: type[Row]) -> bool:
    fields = table._meta.fields.items()  # type: ignore[attr-defined]
    return any(getattr(field, "rel_model", None) is Customer or name == "customer_id" for name, field in fields)


def test_every_table_that_names_a_customer_is_thought_of():
    naming = {table for table in Row.TABLES if table.__module__.startswith("models.") and _names_a_customer(table)}
    assert naming == {table for table, _column in OWNED} | set(STAYS)


def test_case_74_everything_moves_in_one_go_and_comes_back_as_it_was(twins: Twins):
    mine, theirs = factory.method(twins.one), factory.method(twins.other, "pm_card_mastercard")
    consent = factory.consented(twins.other, theirs)
    automatic = factory.automatic(twins.other, theirs, consent, due=(utc_now() + timedelta(days=5)).date())
    plain = factory.order(twins.other)
    with unit_of_work():
        link = factory.fix_it_link(plain.id)
    give_credit(merchant=twins.house.id, customer=twins.other.id, amount=Money(1500, "USD"), handle=uuid7())
    before = everything()

    done = twins.merge()

    assert {row.customer_id for row in (*Order.select(), *PaymentMethod.select(), *Consent.select())} == {twins.one.id}
    assert credit_of(twins.one.id, "USD") == Money(1500, "USD") and not credit_of(twins.other.id, "USD")
    assert records(twins.account) == records(twins.second) == {twins.one.id}, "both e-mails still sign in"
    assert survivor_of(twins.other.id) == twins.one.id and ids_of(twins.one.id) == [twins.one.id, twins.other.id]
    assert fix_it.bill(merchant=twins.house.id, token=link) is not None, "the old link lands on the survivor"
    assert PaymentMethod.get_by_id(mine.id).is_default and not PaymentMethod.get_by_id(theirs.id).is_default
    assert twins.merge() == done, "pressed twice"

    twins.undo(done)
    assert everything() == before
    assert credit_of(twins.other.id, "USD") == Money(1500, "USD") and not credit_of(twins.one.id, "USD")
    assert records(twins.account) == {twins.one.id} and records(twins.second) == {twins.other.id}
    assert Order.get_by_id(automatic.id).collect_at is not None
    assert twins.undo(done).orders_by_hand == (), "undone twice"
    again = twins.merge()
    assert again != done and everything() != before


def test_case_72_while_money_is_under_way_nothing_is_merged_or_parted(twins: Twins):
    order = factory.order(twins.other)
    done = twins.merge()
    payment = Payment.create(
        merchant=twins.house, customer=twins.one, amount=100, currency="USD", origin="portal", created_at=utc_now()
    )
    with pytest.raises(Conflict, match="under way"):
        twins.undo(done)
    third = factory.customer(twins.house)
    with pytest.raises(Conflict, match="under way"):
        twins.merge(survivor=third.id, absorbed=twins.one.id)
    payment.delete_instance()
    twins.undo(done)
    assert Order.get_by_id(order.id).customer_id == twins.other.id


def test_case_73_the_survivors_default_wins_and_a_missing_one_is_taken(twins: Twins):
    theirs = factory.method(twins.other)
    done = twins.merge()
    assert PaymentMethod.get_by_id(theirs.id).is_default, "the survivor had none"
    twins.undo(done)
    row = PaymentMethod.get_by_id(theirs.id)
    assert row.is_default and row.customer_id == twins.other.id


def test_the_same_card_on_both_pays_for_both_and_parts_again(twins: Twins):
    mine, theirs = factory.method(twins.one), factory.method(twins.other)
    assert mine.fingerprint == theirs.fingerprint
    consent = factory.consented(twins.other, theirs)
    order = factory.automatic(twins.other, theirs, consent, due=(utc_now() + timedelta(days=2)).date())
    before = everything()
    done = twins.merge()
    row = Order.get_by_id(order.id)
    assert row.method_id == mine.id and PaymentMethod.get_by_id(theirs.id).state == MethodState.DETACHED
    assert row.consent.method_id == mine.id and row.consent.text == consent.text
    twins.undo(done)
    after = everything()
    new = {key for key in after["Consent"] if key not in before["Consent"]}
    assert all(after["Consent"].pop(key)["revoked_at"] is not None for key in new) and len(new) == 1
    assert after == before
    twins.merge()
    twins.pass_time(days=2, hours=6)
    twins.work()
    assert Payment.get(Payment.state == PaymentState.SUCCEEDED).method_id == mine.id, "charged under the same words"


def test_what_was_made_since_stays_and_nothing_of_one_is_charged_to_the_other(twins: Twins):
    theirs = factory.method(twins.other)
    done = twins.merge()
    later = factory.order(Customer.get_by_id(twins.one.id))
    consent = factory.consented(twins.one, theirs, ConsentScope.ALL_DUE)
    automatic = factory.automatic(twins.one, theirs, consent, due=(utc_now() + timedelta(days=3)).date())
    parted = twins.undo(done)
    assert parted.orders_by_hand == (automatic.id,)
    row = Order.get_by_id(automatic.id)
    assert (row.customer_id, row.collect, row.method_id, row.collect_at) == (twins.one.id, Collect.MANUAL, None, None)
    assert Order.get_by_id(later.id).customer_id == twins.one.id
    assert PaymentMethod.get_by_id(theirs.id).customer_id == twins.other.id
    assert Consent.get_by_id(consent.id).revoked_at is not None


def test_refused_once_money_moved_and_a_declined_payment_goes_back_with_its_order(twins: Twins):
    bad = factory.method(twins.other, "pm_card_chargeCustomerFail")
    consent = factory.consented(twins.other, bad)
    order = factory.automatic(twins.other, bad, consent)
    done = twins.merge()
    twins.pass_time(days=1)
    twins.work()
    assert Recovery.get().customer_id == twins.one.id and Attempt.get().state == "failed"
    twins.undo(done)
    assert {Recovery.get().customer_id, Payment.get().customer_id} == {twins.other.id}
    assert Recovery.get().state == RecoveryState.OPEN

    done = twins.merge()
    _paid_in_cash(twins, order)
    with pytest.raises(Conflict, match="Money has moved"):
        twins.undo(done)


def test_refused_once_its_credit_is_spent(twins: Twins):
    give_credit(merchant=twins.house.id, customer=twins.other.id, amount=Money(1500, "USD"), handle=uuid7())
    own = factory.order(twins.one, 1000)
    done = twins.merge()
    apply_credit(merchant=twins.house.id, order=own.id)
    with pytest.raises(Conflict, match="credit"):
        twins.undo(done)


def _paid_in_cash(twins: Twins, order: Order) -> None:
    cash = Received(
        handle=uuid7(),
        customer=twins.one.id,
        shares={order.id: Money(order.open, "USD")},
        kind=Outside.CASH,
        received_on=utc_now().date(),
    )
    record_outside(merchant=twins.house.id, received=cash, staff=twins.kim.id)


def test_after_thirty_days_or_a_further_merge_it_stands(twins: Twins):
    done = twins.merge()
    third = factory.customer(twins.house)
    chained = twins.merge(survivor=third.id, absorbed=twins.one.id)
    assert survivor_of(twins.other.id) == third.id
    with pytest.raises(Conflict, match="merged with another one since"):
        twins.undo(done)
    twins.undo(chained)
    twins.pass_time(days=30)
    with pytest.raises(Conflict, match="30 days"):
        twins.undo(done)


def test_nobody_merges_across_merchants(twins: Twins):
    foreign = factory.customer(factory.merchant())
    with pytest.raises(NotFound):
        twins.merge(absorbed=foreign.id)
    done = twins.merge()
    with pytest.raises(NotFound):
        undo(merchant=foreign.merchant_id, merge=done, staff=twins.kim.id)


def test_a_planned_try_goes_on_with_the_card_that_stays(twins: Twins):
    bad = factory.method(twins.other, "pm_card_chargeCustomerFail")
    twin = factory.method(twins.one, "pm_card_chargeCustomerFail")
    assert bad.fingerprint == twin.fingerprint
    factory.automatic(twins.other, bad, factory.consented(twins.other, bad))
    twins.pass_time(days=1)
    twins.work()
    planned = PlannedTry.get(PlannedTry.state == TryState.PLANNED)
    assert planned.method_id == bad.id
    PaymentMethod.update(state=MethodState.USABLE).where(PaymentMethod.id == twin.id).execute()
    PaymentMethod.update(state=MethodState.DECLINED).where(PaymentMethod.id == bad.id).execute()
    done = twins.merge()
    assert PlannedTry.get(PlannedTry.state == TryState.PLANNED).method_id == twin.id
    twins.undo(done)
    left = PlannedTry.get_or_none(PlannedTry.state == TryState.PLANNED)
    assert left is None or left.method_id == bad.id
