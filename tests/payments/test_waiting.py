"""Automatic orders that cannot be collected: none is forgotten, and nothing is taken that was given back."""

from datetime import date

import pytest

from domain.disputes.record import learn
from domain.methods import consent as consents
from domain.payments import intention
from domain.payments.collect import collect_due
from domain.payments.press import Pressed, press
from integrations.gateways.base import DisputeStatus, GatewayDispute, MethodKind
from kit.clock import utc_now
from kit.money import Money
from models.orders import Collect, Order
from models.payments import Attempt, Origin, Payment
from models.work import Mail
from sandbox import methods
from tests import factory
from tests.payments.conftest import Shop, fresh


def _due_now(shop: Shop, *orders: Order) -> None:
    Order.update(collect_at=shop.clock.at).where(Order.id.in_([order.id for order in orders])).execute()


def _letters(order: Order) -> list[str]:
    return [mail.template for mail in Mail.select() if str(order.id) in mail.facts]


def test_the_second_order_of_a_dead_card_waits_for_the_next_one_and_is_told(shop: Shop) -> None:
    card = shop.method("pm_card_visa_chargeDeclinedLostCard")
    under = factory.consented(shop.customer, card)
    one, two = (factory.automatic(shop.customer, card, under, total) for total in (5000, 6000))
    _due_now(shop, one, two)
    collect_due(one.id)
    for _twice in range(2):
        collect_due(two.id)
    assert (fresh(two).collect, fresh(two).collect_at) == (Collect.AUTOMATIC, None)
    assert (_letters(two), Attempt.select().count()) == (["method_needed"], 1)
    factory.consented(shop.customer, shop.method())
    for _day in range(4):
        shop.pass_time(days=1)
        shop.work()
    assert (fresh(one).open, fresh(two).open, shop.charged()) == (0, 0, 11000)


def test_who_took_the_consent_back_pays_by_hand(shop: Shop) -> None:
    card = shop.method()
    under = factory.consented(shop.customer, card)
    order = factory.automatic(shop.customer, card, under, 5000)
    consents.revoke(customer=shop.customer.id, consent=under.id)
    _due_now(shop, order)
    collect_due(order.id)
    assert (fresh(order).collect, _letters(order)) == (Collect.MANUAL, ["method_needed"])
    factory.consented(shop.customer, shop.method("pm_card_mastercard"))
    shop.pass_time(days=3)
    shop.work()
    assert (shop.charged(), fresh(order).open) == (0, 5000)


def test_an_order_that_a_bank_looks_into_is_put_off(shop: Shop) -> None:
    card = shop.method()
    order = factory.automatic(shop.customer, card, factory.consented(shop.customer, card), 5000)
    _due_now(shop, order)
    Order.update(disputed=True).where(Order.id == order.id).execute()
    collect_due(order.id)
    assert (fresh(order).collect, fresh(order).collect_at > shop.clock.at) == (Collect.AUTOMATIC, True)
    Order.update(disputed=False).where(Order.id == order.id).execute()
    shop.pass_time(days=2)
    shop.work()
    assert fresh(order).open == 0


@pytest.mark.parametrize("late", [False, True], ids=["before-the-reserve", "while-it-is-asked"])
def test_a_returned_part_is_never_collected_by_itself(shop: Shop, late: bool) -> None:
    """protocol.md 4: a debit that came back is the person's to pay, whatever automatic payment was under way."""
    card, bank = shop.method(), shop.method("pm_usBankAccount_success")
    world = shop.sandbox.world
    account = world.store.get(bank.gateway_ref)
    assert account is not None
    methods.make_mandate(world, account, {"type": "offline", "accepted_at": 0, "offline": {}})
    order = factory.automatic(shop.customer, card, factory.consented(shop.customer, card), 10000, due=date(2026, 12, 4))
    handle = intention.begin(buyer=shop.buyer, orders=[order.id])
    shown = intention.choose(handle, buyer=shop.buyer, orders=[order.id], amount=Money(4000, "USD"))
    wish = Pressed(handle, bank.id, shown.total.minor, shown.press, "203.0.113.9", "t", whole=10000)
    press(wish, buyer=shop.buyer)
    for _day in range(9):
        shop.pass_time(days=1)
        shop.work()
    assert (fresh(order).paid, fresh(order).collect) == (4000, Collect.AUTOMATIC)
    debit = Attempt.get()
    if late:
        shop.sandbox.control(fault={"mode": "timeout_before", "path": "/v1/payment_intents/"})
        shop.pass_time(seconds=(fresh(order).collect_at - shop.clock.at).total_seconds() + 60)
        collect_due(order.id)
    back = GatewayDispute(
        "du_1", DisputeStatus.LOST, Money(4000, "USD"), debit.gateway_ref, MethodKind.BANK, "", "R10", utc_now()
    )
    learn(factory.gateway_account(shop.customer.merchant), back)
    if not late:  # a moment that somebody else left standing
        Order.update(collect_at=shop.clock.at).where(Order.id == order.id).execute()
    shop.sandbox.control(clear=True)
    for _turn in range(12):
        shop.pass_time(minutes=10)
        shop.work()
    taken = [
        row.amount for row in Payment.select().where(Payment.origin == Origin.AUTOMATIC) if row.state == "succeeded"
    ]
    assert (taken, fresh(order).open, fresh(order).collect) == ([], 10000, Collect.MANUAL)
