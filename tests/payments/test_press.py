"""A person presses Pay: exactly one charge, whatever they and the network do."""

import threading
from datetime import date

import pytest

from domain.methods.queries import methods_of
from domain.payments import intention
from domain.payments.press import Pressed, press
from domain.payments.reserve import AlreadyPaid, AmountChanged, Held
from kit.errors import NotFound
from kit.money import Money
from models.base import connected
from models.methods import MethodState
from models.orders import Order
from models.payments import Attempt, AttemptState, OrderHold, Payment, PaymentState, Receipt
from models.work import Mail
from tests import factory
from tests.payments.conftest import Shop, attempt_of, fresh, payment


def test_paying_two_orders_is_one_charge_one_receipt_and_one_mail(shop: Shop) -> None:
    first, second, card = shop.order(8900), shop.order(9550), shop.method()
    paid = shop.press(card, first, second)
    assert payment(paid).state == PaymentState.SUCCEEDED
    assert (fresh(first).open, fresh(second).open, shop.charged()) == (0, 0, 18450)
    assert Receipt.get(Receipt.payment == paid).number.startswith("R-")
    assert [mail.template for mail in Mail.select()] == ["receipt"]
    assert OrderHold.select().count() == 0


def test_case_31_pressing_twice_is_one_attempt(shop: Shop) -> None:
    order, card = shop.order(), shop.method()
    handle = intention.begin(buyer=shop.buyer, orders=[order.id])
    first = shop.press(card, handle=handle, press=1, seen=8900)
    second = shop.press(card, handle=handle, press=1, seen=8900)
    assert (first, Attempt.select().count(), shop.charged()) == (second, 1, 8900)


def test_case_32_the_second_tab_reads_already_paid(shop: Shop) -> None:
    order, card = shop.order(), shop.method()
    here, there = (intention.begin(buyer=shop.buyer, orders=[order.id]) for _ in range(2))
    shop.press(card, handle=here)
    with pytest.raises(AlreadyPaid, match=r"paid already: Monday 23 November at \d+:\d\d"):
        shop.press(card, handle=there, seen=8900, press=1)
    assert shop.charged() == 8900


def test_many_threads_press_at_once_and_one_charge_is_made(shop: Shop) -> None:
    order, card = shop.order(), shop.method()
    handles = [intention.begin(buyer=shop.buyer, orders=[order.id]) for _ in range(3)] * 2
    start = threading.Barrier(len(handles))
    answers: list[object] = []

    def tab(handle: str) -> None:
        start.wait()
        with connected():
            try:
                answers.append(press(Pressed(handle, card.id, 8900, 1), buyer=shop.buyer))
            except (Held, AlreadyPaid) as lost:
                answers.append(lost)

    threads = [threading.Thread(target=tab, args=(handle,)) for handle in handles]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(answers), Payment.select().count(), shop.charged()) == (6, 1, 8900)


def test_case_54_an_amount_that_changed_is_shown_again(shop: Shop) -> None:
    order, card = shop.order(), shop.method()
    handle = intention.begin(buyer=shop.buyer, orders=[order.id])
    Order.update(total=10000, open=10000).where(Order.id == order.id).execute()
    with pytest.raises(AmountChanged, match=r"\$100\.00"):
        shop.press(card, handle=handle, seen=8900, press=1)
    assert (shop.charged(), Payment.select().count()) == (0, 0)


def test_a_button_that_showed_another_sum_charges_nothing(shop: Shop) -> None:
    order, card = shop.order(), shop.method()
    with pytest.raises(AmountChanged):
        shop.press(card, order, seen=1)
    assert shop.charged() == 0


def test_a_decline_leaves_the_order_payable_and_says_why_on_the_card(shop: Shop) -> None:
    order, card = shop.order(), shop.method("pm_card_visa_chargeDeclinedInsufficientFunds")
    failed = shop.press(card, order)
    assert (payment(failed).state, attempt_of(failed).decline_code) == (PaymentState.FAILED, "insufficient_funds")
    assert (fresh(order).open, shop.charged(), Mail.select().count()) == (8900, 0, 0)
    assert "not enough money" in methods_of(shop.customer.id)[0].note
    assert shop.press(shop.method(), order) != failed
    assert (fresh(order).open, shop.charged()) == (0, 8900)


def test_a_declined_intent_is_cancelled_at_the_gateway_before_it_counts_as_failed(shop: Shop) -> None:
    failed = shop.press(shop.method("pm_card_visa_chargeDeclined"), shop.order())
    intent = shop.sandbox.world.store.get(str(attempt_of(failed).gateway_ref), kind="payment_intent")
    assert intent is not None
    assert intent.body["status"] == "canceled"


def test_a_hard_decline_is_never_preselected_again(shop: Shop) -> None:
    order, card = shop.order(), shop.method("pm_card_visa_chargeDeclinedLostCard")
    shop.press(card, order)
    assert fresh(card).state == MethodState.DECLINED
    handle = intention.begin(buyer=shop.buyer, orders=[order.id])
    assert intention.selection(handle, buyer=shop.buyer).method is None


def test_strangers_and_colleagues_cannot_use_what_is_not_theirs(shop: Shop) -> None:
    order, card = shop.order(), shop.method()
    other = factory.customer(shop.customer.merchant)
    colleague = intention.Buyer(other.id, factory.account(other).id)
    handle = intention.begin(buyer=shop.buyer, orders=[order.id])
    with pytest.raises(NotFound):
        intention.begin(buyer=colleague, orders=[order.id])
    with pytest.raises(NotFound):
        press(Pressed(handle, card.id, 8900, 1), buyer=colleague)
    theirs = factory.order(other)
    mine = intention.begin(buyer=colleague, orders=[theirs.id])
    with pytest.raises(NotFound):
        press(Pressed(mine, card.id, 8900, 1), buyer=colleague)
    assert shop.charged() == 0


def test_an_intention_expires_and_says_what_to_do(shop: Shop) -> None:
    handle = intention.begin(buyer=shop.buyer, orders=[shop.order().id])
    shop.pass_time(hours=24)
    with pytest.raises(NotFound, match="Pay now again"):
        intention.selection(handle, buyer=shop.buyer)


def test_the_owed_orders_are_chosen_and_later_ones_are_not(shop: Shop) -> None:
    owed, later = shop.order(), shop.order(due=date(2026, 12, 1))
    shown = intention.selection(intention.begin(buyer=shop.buyer), buyer=shop.buyer)
    assert shown.chosen == {owed.id}
    assert {view.id for view in shown.orders} == {owed.id, later.id}
    assert shown.total == Money(8900, "USD")


def test_one_press_is_one_currency(shop: Shop) -> None:
    dollars, euros = shop.order(), shop.order(currency="EUR")
    shown = intention.selection(intention.begin(buyer=shop.buyer, orders=[euros.id]), buyer=shop.buyer)
    assert (shown.total, {view.id for view in shown.blocked}) == (Money(8900, "EUR"), {dollars.id})


def test_three_d_secure_waits_for_the_person_and_is_recorded_on_return(shop: Shop) -> None:
    order, card = shop.order(), shop.method("pm_card_authenticationRequired")
    second_tab = intention.begin(buyer=shop.buyer, orders=[order.id])
    waiting = shop.press(card, order)
    attempt = attempt_of(waiting)
    assert (attempt.state, bool(attempt.action_url)) == (AttemptState.REQUIRES_ACTION, True)
    with pytest.raises(Held) as held:
        shop.press(shop.method(), handle=second_tab, seen=8900, press=1)
    assert (held.value.payment, shop.charged()) == (waiting, 0)
