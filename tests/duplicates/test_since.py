"""What happens between a merge and its undo is not undone with it: removals, refusals, credit; on both stores."""

from __future__ import annotations

from datetime import timedelta

import pytest

from domain.accounts.access import grant_matching
from domain.duplicates import gather as gathering
from domain.duplicates.gather import gather
from domain.ledger.balance import credit_of
from domain.methods.consent import covering, revoke
from domain.methods.remove import remove
from domain.orders.adjust import apply_credit, give_credit
from domain.payments import collect
from domain.payments import reserve as reserving
from domain.payments.reserve import Ask, reserve
from kit.clock import utc_now
from kit.errors import Conflict, NotFound
from kit.ids import uuid7
from kit.money import Money
from models.base import unit_of_work
from models.console import Merge
from models.customers import Access
from models.methods import Consent, MethodState, PaymentMethod
from models.orders import Collect, Order
from models.payments import Origin, Payment
from tests import factory
from tests.duplicates.conftest import Twins


def test_a_consent_taken_back_or_a_card_removed_since_does_not_come_back(twins: Twins):
    mine, theirs = factory.method(twins.one), factory.method(twins.other)
    consent = factory.consented(twins.other, theirs)
    order = factory.automatic(twins.other, theirs, consent, due=(utc_now() + timedelta(days=2)).date())
    done = twins.merge()
    copy = Consent.get(Consent.method == mine)
    assert revoke(customer=twins.one.id, consent=copy.id)
    twins.undo(done)
    assert Consent.get_by_id(consent.id).revoked_at is not None
    assert covering(Order.get_by_id(order.id)) is None
    assert PaymentMethod.get_by_id(theirs.id).state == MethodState.USABLE, "only the consent was taken back"

    done = twins.merge()
    remove(customer=twins.one.id, method=mine.id)
    again = factory.method(twins.one)
    twins.undo(done)
    row = PaymentMethod.get_by_id(theirs.id)
    assert (row.state, row.is_default, row.customer_id) == (MethodState.DETACHED, False, twins.other.id)
    assert PaymentMethod.get_by_id(again.id).state == MethodState.USABLE
    twins.pass_time(days=2, hours=6)
    twins.work()
    assert not Payment.select().exists(), "nothing is charged without a consent"


def test_the_survivors_row_that_gave_way_and_was_removed_lets_the_card_be_added_anew(twins: Twins):
    mine, theirs = factory.method(twins.one), factory.method(twins.other)
    PaymentMethod.update(state=MethodState.DECLINED).where(PaymentMethod.id == mine.id).execute()
    done = twins.merge()
    assert PaymentMethod.get_by_id(mine.id).state == MethodState.DETACHED
    remove(customer=twins.one.id, method=theirs.id)
    again = factory.method(twins.one)
    twins.undo(done)
    assert PaymentMethod.get_by_id(again.id).customer_id == twins.one.id
    assert not PaymentMethod.get_by_id(theirs.id).is_default, "what was removed is nobody's default"


def test_a_card_that_a_bank_has_refused_for_good_since_is_refused_on_both(twins: Twins):
    mine, theirs = factory.method(twins.one), factory.method(twins.other)
    done = twins.merge()
    PaymentMethod.update(state=MethodState.DECLINED, state_reason="stolen_card").where(
        PaymentMethod.id == mine.id
    ).execute()
    twins.undo(done)
    row = PaymentMethod.get_by_id(theirs.id)
    assert (row.state, row.state_reason) == (MethodState.DECLINED, "stolen_card")


def test_an_access_that_was_taken_away_since_stays_away(twins: Twins):
    shared = Access.create(account=twins.second, customer=twins.one, granted_at=utc_now(), source="mailbox_match")
    old = Access.get(Access.account == twins.second, Access.customer == twins.other)
    done = twins.merge()
    Access.update(revoked_at=utc_now()).where(Access.id == shared.id).execute()
    twins.undo(done)
    assert Access.get_by_id(old.id).revoked_at is not None


def test_who_was_let_in_by_the_others_mailbox_since_goes_with_it(twins: Twins):
    for row in Access.select().where(Access.account == twins.second):
        row.delete_instance()
    done = twins.merge()
    with unit_of_work():
        assert grant_matching(twins.second) == 1
    assert Access.get(Access.account == twins.second).customer_id == twins.one.id
    twins.undo(done)
    left = Access.select().where(Access.account == twins.second, Access.revoked_at.is_null())
    assert [row.customer_id for row in left] == [twins.other.id]


def test_credit_that_paid_for_an_order_of_the_other_does_not_part_from_it(twins: Twins):
    order = factory.order(twins.other, 1000)
    give_credit(merchant=twins.house.id, customer=twins.one.id, amount=Money(1500, "USD"), handle=uuid7())
    done = twins.merge()
    apply_credit(merchant=twins.house.id, order=order.id)
    with pytest.raises(Conflict, match="Money has moved"):
        twins.undo(done)


def test_no_credit_is_given_to_a_record_that_was_merged(twins: Twins):
    twins.merge()
    with pytest.raises(NotFound):
        give_credit(merchant=twins.house.id, customer=twins.other.id, amount=Money(1500, "USD"), handle=uuid7())
    assert not credit_of(twins.other.id, "USD")


def test_a_card_that_reached_the_other_after_the_merge_is_gathered_as_in_a_merge(twins: Twins):
    mine = factory.method(twins.one)
    done = twins.merge()
    late, twin = factory.method(twins.other, "pm_card_mastercard"), factory.method(twins.other)
    assert late.is_default
    gather()
    assert PaymentMethod.get_by_id(late.id).customer_id == twins.one.id
    assert [row.id for row in PaymentMethod.select().where(PaymentMethod.is_default)] == [mine.id]
    assert PaymentMethod.get_by_id(twin.id).state == MethodState.DETACHED
    twins.undo(done)
    assert {PaymentMethod.get_by_id(row.id).customer_id for row in (late, twin)} == {twins.other.id}
    assert PaymentMethod.get_by_id(late.id).is_default


def test_what_was_parted_meanwhile_is_not_gathered(twins: Twins):
    done = twins.merge()
    order = factory.order(twins.other)
    listed = Merge.get_by_id(done)
    twins.undo(done)
    assert gathering._gather(listed) == 0
    assert Order.get_by_id(order.id).customer_id == twins.other.id


def test_a_press_that_waited_for_the_parting_charges_nobody_elses_card(twins: Twins, monkeypatch: pytest.MonkeyPatch):
    theirs, order = factory.method(twins.other), factory.order(twins.one)
    done = twins.merge()
    locks = reserving._lock_orders

    def parted_first(ask: Ask) -> list[Order]:
        PaymentMethod.update(customer=twins.other).where(PaymentMethod.id == theirs.id).execute()
        return locks(ask)

    monkeypatch.setattr(reserving, "_lock_orders", parted_first)
    with pytest.raises(NotFound):
        reserve(
            Ask(
                customer=twins.one.id,
                method=theirs.id,
                choices=[(order.id, Money(order.open, "USD"))],
                origin=Origin.PORTAL,
                account=twins.account.id,
            )
        )
    assert done and not Payment.select().exists()


def test_a_merge_while_the_clock_collects_does_not_make_the_order_one_to_pay_by_hand(
    twins: Twins, monkeypatch: pytest.MonkeyPatch
):
    mine, theirs = factory.method(twins.one), factory.method(twins.other)
    order = factory.automatic(twins.other, theirs, factory.consented(twins.other, theirs))
    twins.pass_time(days=1)

    def merged_first(ask: Ask) -> reserving.Reserved:
        twins.merge()
        return reserve(ask)

    with monkeypatch.context() as patched:
        patched.setattr(collect, "reserve", merged_first)
        collect.collect_due(order.id)
    row = Order.get_by_id(order.id)
    assert row.collect == Collect.AUTOMATIC and row.collect_at <= utc_now()
    twins.work()
    assert Payment.get().method_id == mine.id and Order.get_by_id(order.id).open == 0
