"""Recoveries as they run, case by case, with the money in the sandbox, on both stores."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from domain.events.record import Actor
from domain.mail.letter import Envelope
from domain.mail.messages import payment_failed
from domain.merchants.facts import facts_of
from domain.merchants.policy import change_policy
from domain.methods import consent as consents
from domain.payments.ask import ask
from domain.payments.reserve import Ask, reserve
from domain.recoveries import cases
from integrations.gateways.base import MethodKind
from kit.deadline import Deadline
from kit.i18n import speaking
from kit.money import Money
from models.base import unit_of_work
from models.methods import Consent, ConsentScope, MethodState, PaymentMethod
from models.orders import Adjustment, AdjustmentKind, Collect, Order
from models.payments import Attempt, Origin, PlannedTry, RecoveredBy, Recovery, RecoveryState, TryState
from models.work import Event, Mail
from sandbox import methods
from tests import factory
from tests.payments.conftest import Shop, fresh

FUNDS = "pm_card_visa_chargeDeclinedInsufficientFunds"
NO_REASON = "pm_card_visa_chargeDeclined"
LOST = "pm_card_visa_chargeDeclinedLostCard"
R01 = "pm_usBankAccount_insufficientFunds"


def at(shop: Shop, day: int, hour: int = 14, month: int = 11) -> None:
    """Two in the afternoon UTC is nine in the morning in New York."""
    shop.clock.set(datetime(2026, month, day, hour, 5, tzinfo=UTC))
    shop.sandbox.control(now=shop.clock.at.isoformat())


def fails(shop: Shop, token: str = NO_REASON, total: int = 8900, **values: Any) -> tuple[Order, PaymentMethod]:
    """An automatic order whose first try is declined on Monday 23 November."""
    card = shop.method(token)
    if card.kind == MethodKind.BANK:
        authorised(shop, card)
    under = factory.consented(shop.customer, card)
    order = factory.order(shop.customer, total, collect=Collect.AUTOMATIC, method=card.id, consent=under.id, **values)
    at(shop, 23)
    shop.work()
    return order, card


def authorised(shop: Shop, account: PaymentMethod) -> None:
    """The mandate that a bank account gets on the processor's page."""
    world = shop.sandbox.world
    with world.store.work():
        thing = world.store.get(account.gateway_ref)
        assert thing is not None
        methods.make_mandate(world, thing, {"accepted_at": world.now(), "offline": {}, "type": "offline"})


def policy(shop: Shop, **changes: Any) -> None:
    change_policy(merchant=shop.customer.merchant_id, actor=Actor.STAFF, **changes)


def approves(shop: Shop, card: PaymentMethod) -> None:
    shop.sandbox.control(behave=[{"method": card.gateway_ref, "as": "approve"}])


def backup(shop: Shop, token: str = "pm_card_mastercard") -> PaymentMethod:
    card = shop.method(token)
    with unit_of_work():
        consents.give_backup(customer=shop.customer.id, method=card.id, text=consents.backup_text("Harbor Yoga"))
    return card


def planned() -> PlannedTry | None:
    return PlannedTry.get_or_none(PlannedTry.state == TryState.PLANNED)


def live_on(shop: Shop, days: int) -> None:
    """Day after day, at the hour of tries."""
    for _day in range(days):
        shop.pass_time(days=1)
        shop.work()


def test_case_39_the_budget_of_a_card_is_one_for_all_its_orders(shop: Shop) -> None:
    card = shop.method(NO_REASON)
    under = factory.consented(shop.customer, card)
    for _n in range(12):
        shop.press(card, shop.order(100))
    factory.automatic(shop.customer, card, under)
    at(shop, 23)
    shop.work()
    live_on(shop, 11)  # one and six of the plan: with the twelve by hand, nineteen
    assert Attempt.select().count() == 19
    shop.press(card, shop.order(100))
    waits = planned()
    live_on(shop, 10)
    assert Attempt.select().count() == 20, "the network's brake holds, whoever's orders they were"
    assert fresh(waits).state == TryState.DROPPED
    assert (planned() is None) == (Recovery.get().why == "network")


def test_case_40_a_new_method_with_consent_arms_what_had_stopped(shop: Shop) -> None:
    order, old = fails(shop, LOST)
    assert (planned(), Recovery.get().why, fresh(old).state) == (None, "method", MethodState.DECLINED)
    assert [mail.template for mail in Mail.select()] == ["payment_failed"]
    new = shop.method("pm_card_mastercard")
    assert planned() is None, "without consent a new card arms nothing"
    factory.consented(shop.customer, new)
    waiting = planned()
    assert waiting is not None and (waiting.method_id, fresh(order).method_id) == (new.id, new.id)
    shop.pass_time(days=1)
    shop.work()
    assert (fresh(order).open, Recovery.get().by, shop.charged()) == (0, RecoveredBy.RETRY, 8900)


def test_case_41_the_bank_wants_the_person_and_the_button_stays(shop: Shop) -> None:
    order, _card = fails(shop, "pm_card_authenticationRequired")
    assert (planned(), Recovery.get().why) == (None, "confirm")
    assert [mail.template for mail in Mail.select()] == ["confirm_at_bank"]
    shop.press(shop.method(), order)
    assert (fresh(order).open, Recovery.get().state) == (0, RecoveryState.RECOVERED)


def test_case_42_a_persons_own_try_spends_the_cards_budget_but_not_ours(shop: Shop) -> None:
    order, card = fails(shop)
    before = planned()
    shop.press(card, order)
    assert before is not None and planned() == before, "the plan stays as it was"
    live_on(shop, 25)
    automatic = PlannedTry.select().where(PlannedTry.state == TryState.MADE).count()
    assert (automatic, Attempt.select().count(), Recovery.get().state) == (8, 10, RecoveryState.EXHAUSTED)


def test_case_43_a_spent_card_waits_for_its_network_and_says_so(shop: Shop) -> None:
    order, card = fails(shop)
    shop.pass_time(minutes=1)
    for _n in range(19):
        shop.press(card, shop.order(100))
    shop.pass_time(days=1)
    shop.work()
    assert Attempt.select().count() == 20
    stopped = Recovery.get()
    assert (stopped.state, stopped.why, planned()) == (RecoveryState.OPEN, "network", None)
    assert "network allows no further try" in stopped.note
    assert fresh(order).open == 8900


def test_case_43_a_new_order_on_a_spent_card_waits_for_the_network_too(shop: Shop) -> None:
    card = shop.method(NO_REASON)
    under = factory.consented(shop.customer, card)
    for _n in range(20):
        shop.press(card, shop.order(100))
    freed = shop.clock.at + timedelta(days=30)
    shop.pass_time(days=10)
    order = factory.automatic(shop.customer, card, under)
    shop.pass_time(hours=3)
    shop.work()
    assert (fresh(order).collect_at, fresh(order).collect, Attempt.select().count()) == (freed, Collect.AUTOMATIC, 20)
    approves(shop, card)
    shop.clock.set(freed + timedelta(minutes=1))
    shop.sandbox.control(now=shop.clock.at.isoformat())
    shop.work()
    assert (fresh(order).open, shop.charged()) == (0, 8900)


def test_a_consent_that_came_while_the_order_was_held_arms_when_the_try_has_failed(shop: Shop) -> None:
    order, _card = fails(shop, LOST)
    other = shop.method("pm_card_authenticationRequired")
    shop.press(other, order)  # waits for the bank
    new = shop.method("pm_card_mastercard")
    factory.consented(shop.customer, new)
    assert planned() is None
    shop.pass_time(hours=1)
    shop.work()
    waiting = planned()
    assert waiting is not None and waiting.method_id == new.id


def test_an_older_consent_for_another_card_arms_nothing(shop: Shop) -> None:
    older = shop.method("pm_card_mastercard")
    factory.consented(shop.customer, older)
    shop.pass_time(minutes=1)
    order, _card = fails(shop, LOST)
    shop.press(shop.method("pm_card_visa_chargeDeclined"), order)
    assert (planned(), Recovery.get().why) == (None, "method")


def test_case_44_a_returned_debit_is_presented_twice_more_and_no_third_time(shop: Shop) -> None:
    order, account = fails(shop, R01)
    live_on(shop, 30)
    asked = list(Attempt.select().order_by(Attempt.reserved_at))
    assert (len(asked), {row.amount for row in asked}, {row.decline_code for row in asked}) == (3, {8900}, {"R01"})
    assert (Recovery.get().state, fresh(account).state, fresh(order).open) == (
        RecoveryState.EXHAUSTED, MethodState.USABLE, 8900,
    )  # fmt: skip


def test_case_46_a_closed_account_is_blocked_and_nothing_is_presented_again(shop: Shop) -> None:
    _order, account = fails(shop, "pm_usBankAccount_accountClosed")
    live_on(shop, 12)
    assert (Attempt.select().count(), fresh(account).state, planned()) == (1, MethodState.BLOCKED, None)


def test_case_47_a_debit_that_was_never_authorised_ends_the_authority(shop: Shop) -> None:
    _order, account = fails(shop, "pm_usBankAccount_debitNotAuthorized")
    live_on(shop, 12)
    assert Attempt.get().decline_code == "R10"
    assert Consent.select().where((Consent.method == account) & Consent.revoked_at.is_null()).count() == 0
    said = Event.get(Event.kind == "method.authority_ended")
    assert json.loads(said.facts) == {"code": "R10", "evidence": "keep"}


def test_case_52_after_a_part_payment_the_next_try_asks_for_the_rest(shop: Shop) -> None:
    order, card = fails(shop)
    before = planned()
    spare = shop.method()
    pay_part(shop, order, spare, 5000)
    assert planned() == before, "the plan is not reset"
    approves(shop, card)
    shop.pass_time(days=1)
    shop.work()
    amounts = [row.amount for row in Attempt.select().order_by(Attempt.reserved_at)]
    assert (amounts, fresh(order).open, shop.charged()) == ([8900, 5000, 3900], 0, 8900)


def test_case_52_a_debit_is_not_presented_again_after_a_part_payment(shop: Shop) -> None:
    order, _account = fails(shop, R01)
    live_on(shop, 3)
    assert planned() is not None
    pay_part(shop, order, shop.method(), 5000)
    assert (planned(), Recovery.get().why) == (None, "amount")
    live_on(shop, 10)
    assert Attempt.select().count() == 2


def pay_part(shop: Shop, order: Order, method: PaymentMethod, minor: int) -> None:
    """A part that came through the portal."""
    reserved = reserve(
        Ask(
            customer=shop.customer.id,
            method=method.id,
            choices=[(order.id, Money(order.open, order.currency))],
            parts={order.id: Money(minor, order.currency)},
            origin=Origin.PORTAL,
        )
    )
    ask(reserved.attempt, deadline=Deadline.within(20))


def test_a_card_that_was_added_again_after_a_hard_decline_is_tried_again(shop: Shop) -> None:
    _order, card = fails(shop, LOST)
    PaymentMethod.update(state=MethodState.USABLE, decline_code=None).where(PaymentMethod.id == card.id).execute()
    with unit_of_work():
        assert cases.rearm(shop.customer.id, card.id) == 1
    waiting = planned()
    assert waiting is not None and waiting.method_id == card.id


def test_case_52_a_debit_is_not_presented_over_less_after_a_credit(shop: Shop) -> None:
    order, _account = fails(shop, R01)
    live_on(shop, 3)
    waiting = planned()
    assert waiting is not None
    Adjustment.create(order=order, kind=AdjustmentKind.VOID, amount=1000, created_at=shop.clock.at)
    Order.update(adjusted=1000, open=Order.open - 1000).where(Order.id == order.id).execute()
    live_on(shop, 10)
    assert (planned(), Recovery.get().why, Attempt.select().count()) == (None, "amount", 1)


def test_case_61_an_outage_spends_no_try_and_counts_no_decline(shop: Shop) -> None:
    fails(shop)
    shop.pass_time(days=1)
    shop.sandbox.control(fault={"mode": "down", "path": "/v1/"})
    shop.work()
    again = planned()
    assert again is not None and (again.rule, again.due_at - shop.clock.at) == ("outage", timedelta(seconds=300))
    shop.pass_time(minutes=6)
    shop.work()
    again = planned()
    assert again is not None and again.due_at - shop.clock.at == timedelta(seconds=600)
    shop.sandbox.control(clear=True)
    shop.pass_time(minutes=11)
    shop.work()
    live_on(shop, 25)
    assert Attempt.select().where(Attempt.decline_code.is_null(False)).count() == 9, "the first and eight tries"


def test_case_62_the_backup_stands_in_once_and_the_mail_names_both(shop: Shop) -> None:
    policy(shop, backup_after=2)
    spare = backup(shop)
    order, card = fails(shop)
    first = planned()
    assert first is not None and first.method_id == card.id
    shop.pass_time(days=1)
    shop.work()
    second = planned()
    assert second is not None and (second.method_id, second.rule) == (spare.id, "backup")
    said = letter(Mail.select().order_by(Mail.created_at.desc()).first())
    assert "with Visa ending" in said and "we will try your backup, Mastercard ending 4444" in said
    shop.pass_time(days=1)
    shop.work()
    assert (fresh(order).open, Recovery.get().by, shop.charged()) == (0, RecoveredBy.RETRY, 8900)
    bill = factory.automatic(shop.customer, card, fresh(order).consent)
    approves(shop, card)
    shop.pass_time(minutes=1)
    shop.work()
    assert Attempt.select().order_by(Attempt.reserved_at.desc()).first().method_id == card.id, "the primary goes first"
    assert fresh(bill).open == 0


def letter(mail: Mail) -> str:
    house = facts_of(mail.merchant)
    with unit_of_work(), speaking(zone=house.zone, locale="en"):
        built = payment_failed.build(Envelope(json.loads(mail.facts), mail.to_address, mail.to_name, house))
    assert built is not None
    return " ".join(built.first) + " with " + dict(built.rows)["Tried with"]


def test_case_62_a_backups_consent_is_no_consent_for_the_first_try(shop: Shop) -> None:
    spare = backup(shop)
    under = Consent.get(Consent.scope == ConsentScope.BACKUP)
    order = factory.automatic(shop.customer, spare, under)
    assert consents.covering(fresh(order)) is None
    at(shop, 23)
    shop.work()
    assert (Attempt.select().count(), fresh(order).collect) == (0, Collect.MANUAL)


def test_backups_are_ranked_and_renewed(shop: Shop) -> None:
    one, two = backup(shop), backup(shop, "pm_card_amex")
    order = factory.order(shop.customer)
    assert [each.method_id for each in consents.backups(order)] == [one.id, two.id]
    with unit_of_work():
        consents.give_backup(customer=shop.customer.id, method=two.id, text="words", rank=0)
    assert [each.method_id for each in consents.backups(order)] == [two.id, one.id]
    consents.revoke(customer=shop.customer.id, consent=consents.backups(order)[0].id)
    assert [each.method_id for each in consents.backups(order)] == [one.id]


def test_a_persons_own_hard_decline_moves_the_plan_off_that_card(shop: Shop) -> None:
    order, card = fails(shop)
    shop.sandbox.control(behave=[{"method": card.gateway_ref, "as": "lost_card"}])
    shop.press(card, order)
    assert (planned(), Recovery.get().why) == (None, "method")


def test_a_consent_that_is_taken_back_ends_the_tries(shop: Shop) -> None:
    order, _card = fails(shop)
    consents.revoke(customer=shop.customer.id, consent=order.consent_id)
    shop.pass_time(days=1)
    shop.work()
    assert (planned(), Recovery.get().why, Attempt.select().count()) == (None, "consent", 1)


def test_what_was_chosen_from_is_stored(shop: Shop) -> None:
    policy(shop, explore_percent=20)
    fails(shop)
    stored = planned()
    assert stored is not None
    slots = json.loads(stored.slots)
    assert len(slots) >= 2 and {"at", "probability"} == set(slots[0])
    chosen = next(slot for slot in slots if datetime.fromisoformat(slot["at"]) == stored.due_at)
    assert chosen["probability"] == stored.probability and slots[0]["probability"] == "0.8"
