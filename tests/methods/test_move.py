"""What goes over to another method, under which words, and what stays."""

from __future__ import annotations

from datetime import date

import pytest

from domain.methods.default import make_default
from domain.methods.move import move, offer
from domain.payments import intention
from domain.payments.collect import collect_due
from domain.payments.intention import Buyer
from domain.payments.press import Pressed, press
from domain.schedules.run import run_due
from domain.work.wake import Work
from kit.errors import DomainError, NotFound
from kit.ids import uuid7
from models.methods import MethodState, PaymentMethod
from models.orders import Collect, Order
from models.payments import Attempt, AttemptState, PlannedTry, Recovery, TryState
from tests import factory
from tests.methods.conftest import Wallet, fresh, live


def test_case_17_the_offer_is_exactly_the_card_schedules_and_bank_ones_stay(wallet: Wallet) -> None:
    old, bank, new = wallet.card(), wallet.card("pm_usBankAccount_success"), wallet.card("pm_card_mastercard")
    gym, pool = wallet.membership(old, "Gym"), wallet.membership(old, "Pool")
    rent = wallet.membership(bank, "Locker")
    by_hand = wallet.membership(None, "Towels")
    make_default(customer=wallet.customer.id, method=new.id)
    offered = offer(customer=wallet.customer.id, method=new.id)
    assert {view.title for view in offered.moves} == {"Gym", "Pool"}
    assert [(each.schedule.id, each.on.id) for each in offered.stays] == [(rent.id, bank.id)]
    assert [view.id for view in offered.by_hand] == [by_hand.id]
    ids = [gym.id, pool.id, rent.id, uuid7()]  # what is not on offer is not moved, whatever the form says
    said = move(customer=wallet.customer.id, method=new.id, schedules=ids, ip="203.0.113.9", agent="test")
    assert said == "2 schedules are charged to Mastercard ending 4444 from now on."
    assert {fresh(gym).method_id, fresh(pool).method_id} == {new.id} and fresh(rent).method_id == bank.id
    assert fresh(by_hand).method_id is None, "nobody ticked it"
    given = live(wallet.customer)[-1]
    assert fresh(gym).consent_id == fresh(pool).consent_id == given.id
    assert "charge Mastercard ending 4444 for the schedules that I have ticked" in given.text
    assert "- Gym, $39.00" in given.text and "Locker" not in given.text and given.ip == "203.0.113.9"
    again = move(customer=wallet.customer.id, method=new.id, schedules=ids)
    assert again == "They are charged to Mastercard ending 4444 already." and live(wallet.customer)[-1].id == given.id


def test_case_18_what_is_not_ticked_keeps_its_card_and_is_charged_to_it(wallet: Wallet) -> None:
    old, new = wallet.card(), wallet.card("pm_card_mastercard")
    gym, pool = wallet.membership(old, "Gym"), wallet.membership(old, "Pool")
    make_default(customer=wallet.customer.id, method=new.id)
    move(customer=wallet.customer.id, method=new.id, schedules=[pool.id])
    assert (fresh(gym).method_id, fresh(pool).method_id) == (old.id, new.id)
    wallet.pass_time(days=10, hours=6)
    for each in (gym, pool):
        run_due(each.id)
    assert wallet.work(Work.COLLECT) == 2 and wallet.charged() == 7800
    paid = {order.schedule_id: order.method_id for order in Order.select().where(Order.open == 0)}
    assert paid == {gym.id: old.id, pool.id: new.id}


def test_an_imported_schedule_is_charged_once_its_holder_agrees(wallet: Wallet) -> None:
    card, by_hand, other = wallet.card(), wallet.membership(None, "Towels"), wallet.membership(None, "Locker")
    assert not offer(customer=wallet.customer.id, method=card.id).worth_showing
    move(customer=wallet.customer.id, method=card.id, schedules=[by_hand.id])
    assert fresh(by_hand).method_id == card.id and fresh(other).method_id is None
    wallet.pass_time(days=10, hours=6)
    for each in (by_hand, other):
        run_due(each.id)
    wallet.work(Work.COLLECT)
    assert wallet.charged() == 3900
    assert Order.get(Order.schedule == other).collect == Collect.MANUAL


def test_a_failed_order_of_a_moved_schedule_is_tried_with_the_new_card(wallet: Wallet) -> None:
    empty, new = wallet.card("pm_card_visa_chargeDeclinedInsufficientFunds"), wallet.card("pm_card_mastercard")
    gym = wallet.membership(empty, "Gym", first=date(2026, 11, 24))
    wallet.pass_time(days=1, hours=6)
    run_due(gym.id)
    collect_due(Order.get().id)
    assert PlannedTry.get(PlannedTry.state == TryState.PLANNED).method_id == empty.id
    assert [view.id for view in offer(customer=wallet.customer.id, method=new.id).failed] == [Order.get().id]
    move(customer=wallet.customer.id, method=new.id, schedules=[gym.id])
    planned = PlannedTry.get(PlannedTry.state == TryState.PLANNED)
    assert (planned.method_id, Order.get().method_id, Recovery.select().count()) == (new.id, new.id, 1)
    wallet.pass_time(days=(planned.due_at - wallet.clock()).days + 1)
    wallet.work(Work.RETRY)
    assert wallet.charged() == 3900 and Order.get().open == 0


def test_nothing_moves_onto_what_cannot_pay_or_is_not_ones_own(one_wallet: Wallet) -> None:
    card, dead = one_wallet.card(), one_wallet.card("pm_card_mastercard")
    gym = one_wallet.membership(card)
    PaymentMethod.update(state=MethodState.DECLINED).where(PaymentMethod.id == dead.id).execute()
    with pytest.raises(DomainError, match="cannot pay just now"):
        move(customer=one_wallet.customer.id, method=dead.id, schedules=[gym.id])
    with pytest.raises(DomainError, match="Nothing is ticked"):
        move(customer=one_wallet.customer.id, method=card.id, schedules=[])
    other = factory.customer(one_wallet.customer.merchant)
    with pytest.raises(NotFound):
        move(customer=other.id, method=card.id, schedules=[gym.id])
    theirs = factory.method(other)
    assert "already" in move(customer=other.id, method=theirs.id, schedules=[gym.id])
    assert fresh(gym).method_id == card.id


def test_an_order_whose_payment_is_under_way_keeps_its_card(one_wallet: Wallet) -> None:
    card, other = one_wallet.card("pm_card_authenticationRequired"), one_wallet.card("pm_card_mastercard")
    gym = one_wallet.membership(card, "Gym", first=date(2026, 11, 24))
    one_wallet.pass_time(days=1, hours=6)
    run_due(gym.id)
    buyer = Buyer(one_wallet.customer.id, factory.account(one_wallet.customer).id)
    handle = intention.begin(buyer=buyer, orders=[Order.get().id])
    press(Pressed(handle=handle, method=card.id, seen=3900, press=1, ip="203.0.113.9", agent="test"), buyer=buyer)
    assert Attempt.get().state == AttemptState.REQUIRES_ACTION
    move(customer=one_wallet.customer.id, method=other.id, schedules=[gym.id])
    assert fresh(gym).method_id == other.id and Order.get().method_id == card.id
