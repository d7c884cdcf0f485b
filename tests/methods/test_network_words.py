"""What a card network says of a card beside its "no": a new one was sent (26), it is prepaid or for one use (29)."""

from __future__ import annotations

from datetime import date

import pytest

from domain.methods.listing import listed
from domain.payments.collect import collect_due
from domain.work.wake import Work
from models.methods import MethodState
from models.orders import Order
from models.payments import Attempt, PlannedTry
from tests import factory
from tests.methods.conftest import Wallet, fresh


def declined(wallet: Wallet, how: str) -> Order:
    """An automatic payment with a Mastercard that is refused in this way."""
    card = wallet.card("pm_card_mastercard")
    wallet.sandbox.control(behave=[{"method": card.gateway_ref, "as": how}])
    order = factory.automatic(wallet.customer, card, factory.consented(wallet.customer, card), 8900)
    wallet.pass_time(days=1)
    collect_due(order.id)
    return fresh(order)


def test_case_26_the_old_number_is_marked_and_not_tried_again(wallet: Wallet) -> None:
    order = declined(wallet, "new_card_sent")
    (one,) = listed(wallet.customer.id, today=date(2026, 11, 24))
    assert one.method.moved and one.method.state == MethodState.DECLINED
    assert one.warnings == ("Your bank has sent a new card in its place: add the new one",)
    assert PlannedTry.select().count() == 0 and order.open == 8900
    for _day in range(10):
        wallet.pass_time(days=1)
        wallet.work(Work.COLLECT, Work.RETRY)
    assert Attempt.select().count() == 1, "the old number is not asked again"


@pytest.mark.parametrize("how", ["not_reloadable", "single_use"])
def test_case_29_a_card_that_its_network_called_prepaid_says_so_for_good(one_wallet: Wallet, how: str) -> None:
    declined(one_wallet, how)
    (one,) = listed(one_wallet.customer.id, today=date(2026, 11, 24))
    assert one.warnings == ("A prepaid or single-use card: it cannot be charged regularly",)
    assert PlannedTry.select().count() == 0
    card = Order.get().method
    type(card).update(state=MethodState.USABLE, decline_code=None, state_reason=None).execute()  # it paid once by hand
    (one,) = listed(one_wallet.customer.id, today=date(2026, 11, 24))
    assert one.warnings == ("A prepaid or single-use card: payments that repeat may fail with it.",)
