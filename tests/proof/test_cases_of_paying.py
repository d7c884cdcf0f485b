"""Cases 31 to 37 (paying and retrying) with two at once, or a death. The serial ones are in tests/payments."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from domain.methods.queries import methods_of
from domain.payments import again, intention
from domain.payments.press import Pressed, press
from domain.payments.queries import Stage, payment_of
from domain.payments.reserve import Held
from domain.work.perform import perform
from domain.work.wake import Work
from kit.clock import utc_now
from models.orders import Order
from models.payments import Attempt, AttemptState, Payment, PlannedTry, TryState
from sandbox.world import Fault
from tests import factory
from tests.proof.stores import Store, fresh
from tests.proof.walk import Walk, walk

ASKED = "before POST /payment_intents/…/confirm"
SAID_YES = "after POST /payment_intents/…/confirm"


def _order(here: Walk) -> Order:
    return factory.order(here.cast.customer, 8900)


def _paid_once(here: Walk) -> bool:
    return (here.wrong(), here.charged(), Order.get().open) == ([], 8900, 0)


def test_case_31_the_second_press_while_the_first_is_asked_shows_the_first(empty: Store) -> None:
    with fresh(empty), walk() as here:
        order, card, seen = _order(here), here.cast.methods[0], []
        handle = intention.begin(buyer=here.cast.buyer, orders=[order.id])
        wish = Pressed(handle, card.id, 8900, 1)
        first: list[UUID] = []

        def once_more() -> None:
            payment = press(wish, buyer=here.cast.buyer)
            view = payment_of(here.cast.customer.id, payment)
            assert view is not None
            seen.append((payment, view.stage))

        here.act(lambda: first.append(press(wish, buyer=here.cast.buyer)), at=ASKED, then=once_more)
        assert seen == [(first[0], Stage.ASKING)]
        assert _paid_once(here)
        assert Attempt.select().count() == 1


def test_case_32_the_second_tab_is_pressed_while_the_first_is_asked(empty: Store) -> None:
    with fresh(empty), walk() as here:
        order, (one, other) = _order(here), here.cast.methods
        told: list[Held] = []

        handle = intention.begin(buyer=here.cast.buyer, orders=[order.id])
        second = intention.begin(buyer=here.cast.buyer, orders=[order.id])

        def other_tab() -> None:
            with pytest.raises(Held) as held:
                press(Pressed(second, other.id, 8900, 1), buyer=here.cast.buyer)
            told.append(held.value)

        here.act(lambda: press(Pressed(handle, one.id, 8900, 1), buyer=here.cast.buyer), at=ASKED, then=other_tab)
        assert [held.payment for held in told] == [Payment.get().id]
        assert _paid_once(here)


def _retry_due(here: Walk) -> PlannedTry:
    """An automatic payment failed; its next try is due in a second."""
    card = here.cast.methods[0]
    here.day.sandbox.world.plan(card.gateway_ref, ["insufficient_funds"], repeat_last=False)
    order = factory.automatic(here.cast.customer, card, factory.consented(here.cast.customer, card))
    perform(Work.COLLECT, order.id)
    planned: PlannedTry = PlannedTry.get()
    here.day.move(planned.due_at - utc_now() - timedelta(seconds=1))
    return planned


def test_case_33_the_clock_comes_while_the_customer_pays(empty: Store) -> None:
    with fresh(empty), walk() as here:
        planned, other = _retry_due(here), here.cast.methods[1]

        def six_o_clock() -> None:
            here.day.move(timedelta(seconds=1))
            here.sweep()

        here.act(lambda: here.press(other, Order.get()), at=ASKED, then=six_o_clock)
        here.later(days=3)
        assert _paid_once(here)
        assert PlannedTry.get_by_id(planned.id).state == TryState.DROPPED


def test_case_33_the_customer_presses_while_the_clock_collects(empty: Store) -> None:
    with fresh(empty), walk() as here:
        planned, other = _retry_due(here), here.cast.methods[1]
        here.day.move(timedelta(seconds=1))
        held: list[Held] = []

        def customer() -> None:
            order = Order.get()
            with pytest.raises(Held) as told:
                press(Pressed(open_page, other.id, order.open, 1), buyer=here.cast.buyer)
            held.append(told.value)

        open_page = intention.begin(buyer=here.cast.buyer, orders=[Order.get().id])
        here.act(lambda: perform(Work.RETRY, planned.id), at=ASKED, then=customer)
        here.later(days=3)
        assert len(held) == 1
        assert _paid_once(here)


@pytest.mark.parametrize("boundary", [SAID_YES, "inside, before the commit"])
def test_case_34_a_worker_killed_before_the_yes_is_stored_and_the_job_again(empty: Store, boundary: str) -> None:
    with fresh(empty), walk() as here:
        card = here.cast.methods[0]
        order = factory.automatic(here.cast.customer, card, factory.consented(here.cast.customer, card))
        here.act(lambda: perform(Work.COLLECT, order.id), at=SAID_YES, then=here.die)
        assert (here.charged(), Attempt.get().state) == (8900, AttemptState.SENDING)
        here.day.move(timedelta(seconds=61))
        here.act(lambda: perform(Work.ATTEMPT, Attempt.get().id), at=boundary, then=here.die)  # and so is the next one
        here.later(minutes=5)
        perform(Work.COLLECT, order.id)
        assert _paid_once(here)
        assert Attempt.select().count() == 1


def test_case_35_the_customer_reads_checking_with_your_bank_and_nothing_new_is_asked(empty: Store) -> None:
    with fresh(empty), walk() as here:
        order, (one, other) = _order(here), here.cast.methods
        world = here.day.sandbox.world
        world.faults[:] = [
            Fault("timeout_after", "/v1/payment_intents", "/confirm"),
            Fault("down", "/v1/payment_intents/pi_"),
        ]
        second = intention.begin(buyer=here.cast.buyer, orders=[order.id])
        payment = here.press(one, order)
        for hours in (0, 1, 5):
            here.later(hours=hours)
            view = payment_of(here.cast.customer.id, payment)
            assert view is not None
            assert (view.stage, Attempt.select().count()) == (Stage.CHECKING, 1)
            with pytest.raises(Held):
                press(Pressed(second, other.id, 8900, 1), buyer=here.cast.buyer)
        world.faults.clear()
        here.later(hours=7)
        assert _paid_once(here)


def test_case_36_unknown_and_another_card_is_wanted_only_a_cancelled_intent_lets_it_through(empty: Store) -> None:
    with fresh(empty), walk("pm_card_authenticationRequired", "pm_card_visa") as here:
        order, (asks, other) = _order(here), here.cast.methods
        payment = here.press(asks, order)
        world = here.day.sandbox.world
        world.faults[:] = [Fault("down", "/v1/payment_intents")]
        assert again.pay_differently(payment=payment, buyer=here.cast.buyer) is None  # "checking with your bank"
        assert Attempt.get().state == AttemptState.UNKNOWN
        world.faults.clear()
        here.later(minutes=2)
        handle = again.pay_differently(payment=payment, buyer=here.cast.buyer)
        assert handle is not None
        (intent,) = world.store.every("payment_intent")
        assert intent.body["status"] == "canceled"
        assert other.id in {view.id for view in methods_of(here.cast.customer.id)}
        press(Pressed(handle, other.id, 8900, 1), buyer=here.cast.buyer)
        assert _paid_once(here)


@pytest.mark.parametrize("boundary", ["after POST /payment_intents", SAID_YES, "before a transaction"])
def test_case_37_the_webhooks_come_before_our_own_record_twice_and_reversed(empty: Store, boundary: str) -> None:
    with fresh(empty), walk() as here:
        order, card = _order(here), here.cast.methods[0]
        here.act(lambda: here.press(card, order), at=boundary, then=here.webhooks)
        here.later(hours=1)
        here.webhooks()
        assert _paid_once(here)
