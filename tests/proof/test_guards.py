"""Each guard of the protocol, and what happens without it: a pinned interleaving that only this guard survives.

Where another guard stands behind it, one test takes both away and another shows that the survivor alone is enough.
What breaks is named by the judgement from outside (verdict.py), never by the guard itself.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from domain.payments.resolve import give_up, look
from domain.recoveries import ceiling
from domain.work.perform import perform
from domain.work.wake import Work
from kit.deadline import Deadline
from kit.ids import uuid7
from models.orders import Order
from models.payments import Attempt, AttemptState, Payment
from models.work import WebhookEvent
from sandbox import intents
from sandbox.world import Fault
from tests import factory
from tests.proof import machines
from tests.proof.mutants import without
from tests.proof.stores import Store, fresh
from tests.proof.walk import Walk, walk

pytestmark = pytest.mark.slow

CONFIRM = "before POST /payment_intents/…/confirm"
CREATED = "after POST /payment_intents"
ID_STORED = "after update attempt"
ASKS = ("pm_card_authenticationRequired", "pm_card_visa")

Scene = Callable[[Walk], None]


def broken(store: Store, scene: Scene, *cards: str, off: tuple[str, ...] = ()) -> set[str]:
    """The kinds of wrong that a scene ends with when these guards are off."""
    with fresh(store), without(*off), walk(*cards) as here:
        scene(here)
        return {line.partition(":")[0] for line in here.wrong()}


def _order(here: Walk) -> Order:
    return factory.order(here.cast.customer, 8900)


def _attempt() -> Attempt:
    found: Attempt = Attempt.select().order_by(Attempt.id).get()
    return found


# -- the hold -----------------------------------------------------------------------------------------------------


def _two_cards_at_once(here: Walk) -> None:
    order, (one, other) = _order(here), here.cast.methods
    here.act(lambda: here.press(one, order), at=CONFIRM, then=here.presses(other, order))


def test_the_hold_keeps_a_second_card_out_while_the_first_is_asked(empty: Store) -> None:
    assert broken(empty, _two_cards_at_once) == set()
    assert "double charge" in broken(empty, _two_cards_at_once, off=("hold",))


def _in_the_same_instant(boundary: str) -> Scene:
    def scene(here: Walk) -> None:
        order, (one, other) = _order(here), here.cast.methods
        here.act(
            lambda: here.press(one, order),
            at=boundary,
            then=lambda: here.beside(lambda: here.press(other, order)),
        )

    return scene


LOOKED, HELD = "inside, after insert payment", "inside, after insert order_hold"


def test_the_orders_lock_makes_a_second_card_wait_and_then_see_the_hold(on_postgres: Store) -> None:
    assert broken(on_postgres, _in_the_same_instant(LOOKED)) == set()
    assert "double charge" in broken(on_postgres, _in_the_same_instant(LOOKED), off=("order_lock",))
    assert "double charge" in broken(on_postgres, _in_the_same_instant(LOOKED), off=("hold",))


def test_the_holds_primary_key_lets_one_of_two_through_without_any_lock(on_postgres: Store) -> None:
    assert broken(on_postgres, _in_the_same_instant(HELD), off=("order_lock", "card_lock")) == set()
    off = ("order_lock", "card_lock", "hold")
    assert "double charge" in broken(on_postgres, _in_the_same_instant(LOOKED), off=off)


# -- UNKNOWN, the sweeper ---------------------------------------------------------------------------------------------


def _no_answer(here: Walk) -> None:
    order, (one, other) = _order(here), here.cast.methods
    here.day.sandbox.world.faults[:] = [
        Fault("timeout_after", "/v1/payment_intents", "/confirm"),
        Fault("down", "/v1/payment_intents/pi_"),
    ]
    here.act(lambda: here.press(one, order))
    here.day.sandbox.world.faults.clear()
    here.act(here.presses(other, order))
    here.later(hours=1)


def test_no_answer_is_unknown_and_keeps_the_next_card_out(empty: Store) -> None:
    assert broken(empty, _no_answer) == set()
    assert "captured, not credited" in broken(empty, _no_answer, off=("unknown",))


def _killed_after_the_charge(here: Walk) -> None:
    order, (one, _other) = _order(here), here.cast.methods
    here.act(lambda: here.press(one, order), at="after POST /payment_intents/…/confirm", then=here.die)
    here.later(days=3)


def _killed_and_nobody_looks(here: Walk) -> None:
    here.sweeps = False
    _killed_after_the_charge(here)


def test_the_sweeper_finds_what_a_dead_process_left(empty: Store) -> None:
    assert broken(empty, _killed_after_the_charge) == set()
    assert {"captured, not credited", "stuck"} <= broken(empty, _killed_and_nobody_looks)


# -- cancel before closing, the last look, the stored id --------------------------------------------------------------


def _approved_after_another_card(here: Walk) -> None:
    """The bank's page stays open in another tab; the person pays with another card, then approves there as well."""
    order, (asks, other) = _order(here), here.cast.methods
    here.act(lambda: here.press(asks, order))
    here.act(lambda: give_up(_attempt().id, deadline=Deadline.within(10)))
    here.act(here.presses(other, order))
    world = here.day.sandbox.world
    for intent in world.store.every("payment_intent"):
        intents.answer_bank(world, intent, True)
    here.webhooks()


def test_an_intent_is_cancelled_at_the_gateway_before_another_card_is_asked(empty: Store) -> None:
    assert broken(empty, _approved_after_another_card, *ASKS) == set()
    assert "double charge" in broken(empty, _approved_after_another_card, *ASKS, off=("cancel",))


def _stalled_at(boundary: str) -> Scene:
    def scene(here: Walk) -> None:
        order, (one, other) = _order(here), here.cast.methods

        def meanwhile() -> None:
            here.stall()
            here.sweep()
            here.presses(other, order)()

        here.act(lambda: here.press(one, order), at=boundary, then=meanwhile)
        here.later(hours=1)
        assert Attempt.select().where(Attempt.state == AttemptState.SUCCEEDED).count() >= 1

    return scene


def test_the_last_look_stops_a_thread_that_was_given_up(empty: Store) -> None:
    assert broken(empty, _stalled_at(ID_STORED)) == set()
    assert "double charge" in broken(empty, _stalled_at(ID_STORED), off=("last_look", "cancel"))


def test_without_the_last_look_the_cancelled_intent_alone_stops_it(empty: Store) -> None:
    assert broken(empty, _stalled_at(ID_STORED), off=("last_look",)) == set()


def test_without_the_cancel_the_last_look_alone_stops_it(empty: Store) -> None:
    assert broken(empty, _stalled_at(ID_STORED), off=("cancel",)) == set()


def test_a_thread_that_stalls_past_its_lease_between_recheck_and_confirm_while_the_customer_pays_with_another_card(
    empty: Store,
) -> None:
    def scene(here: Walk) -> None:
        _stalled_at(CONFIRM)(here)
        assert here.charged() == 8900

    assert broken(empty, scene) == set()
    assert "double charge" in broken(empty, _stalled_at(CONFIRM), off=("cancel",))


def test_an_intent_whose_id_could_not_be_stored_is_never_confirmed(empty: Store) -> None:
    assert broken(empty, _stalled_at(CREATED)) == set()
    assert "double charge" in broken(empty, _stalled_at(CREATED), off=("stored_id",))


# -- compare-and-set, the journal's key, the event's key --------------------------------------------------------------


def _told_twice(here: Walk) -> None:
    """Two who look read "succeeded"; the second writes it down when the first already has."""
    order, (one, _other) = _order(here), here.cast.methods
    here.act(lambda: here.press(one, order), at="after POST /payment_intents/…/confirm", then=here.die)
    here.day.move(timedelta(seconds=61))
    attempt = _attempt().id

    def another_worker() -> None:
        here.stall()
        look(attempt)

    here.act(lambda: look(attempt), at="after GET /payment_intents/…", then=another_worker)


def test_an_outcome_is_recorded_once_however_many_observed_it(empty: Store) -> None:
    assert broken(empty, _told_twice) == set()
    both = broken(empty, _told_twice, off=("compare_and_set", "journal_key", "receipt_key"))
    assert {"followed wrongly", "invariant I2"} <= both


@pytest.mark.parametrize("survivor", ["compare_and_set", "journal_key"])
def test_compare_and_set_and_the_journals_key_are_each_enough(empty: Store, survivor: str) -> None:
    off = {"compare_and_set", "journal_key", "receipt_key"} - {survivor}
    assert broken(empty, _told_twice, off=tuple(sorted(off))) <= {"crash"}  # the late one may fail, and that is all


def _event_twice(here: Walk) -> None:
    """The processor tells of the success again while a worker is about to write the first telling down."""
    order, (one, _other) = _order(here), here.cast.methods
    here.act(lambda: here.press(one, order), at="after POST /payment_intents/…/confirm", then=here.die)
    events = here.day.sandbox.world.store.every("event")
    told = next(each for each in events if each.body["type"] == "payment_intent.succeeded")
    machines.webhook(here, told)
    here.day.move(timedelta(seconds=61))

    def again() -> None:
        here.stall()
        machines.webhook(here, told)
        here.sweep()

    first = WebhookEvent.get().id
    here.act(lambda: perform(Work.WEBHOOK, first), at="after GET /payment_intents/…", then=again)
    here.later(hours=1)


def _kept(store: Store, *off: str) -> int:
    with fresh(store), without(*off), walk() as here:
        _event_twice(here)
        return WebhookEvent.select().count()


def test_an_event_is_kept_once_however_often_it_is_told(empty: Store) -> None:
    assert (broken(empty, _event_twice), _kept(empty), _kept(empty, "event_key")) == (set(), 1, 2)
    guards = ("event_key", "compare_and_set", "journal_key", "receipt_key")
    assert "followed wrongly" in broken(empty, _event_twice, off=guards)


def test_an_event_that_is_kept_twice_is_booked_once(empty: Store) -> None:
    assert broken(empty, _event_twice, off=("event_key",)) == set()


# -- the card's own lock ----------------------------------------------------------------------------------------------


def _tries_of_a_card_with_one_left(store: Store, *off: str) -> int:
    """Two orders, one card that its network lets us try once more; both are pressed in the same instant.

    Returns how many tries the card has had more than its network allows.
    """
    with fresh(store), without(*off), walk("pm_card_visa_chargeDeclinedInsufficientFunds") as here:
        one, other, (card,) = _order(here), _order(here), here.cast.methods
        most = min(limit.declines for limit in ceiling.limits(card.brand))
        here.press(card, one)
        declined = _attempt()
        for _again in range(most - 2):
            again(declined)
        here.act(
            lambda: here.press(card, one),
            at=HELD,
            then=lambda: here.beside(lambda: here.press(card, other)),
        )
        return Attempt.select().count() - most


def again(declined: Attempt) -> None:
    """The same once more, as if it had happened."""
    payment = Payment.create(**{**declined.payment.__data__, "id": uuid7(), "press": None, "intention": None})
    Attempt.create(**{**declined.__data__, "id": uuid7(), "payment": payment, "gateway_ref": None})


def test_the_cards_lock_lets_two_orders_share_the_last_try(on_postgres: Store) -> None:
    assert _tries_of_a_card_with_one_left(on_postgres) == 0
    assert _tries_of_a_card_with_one_left(on_postgres, "card_lock") == 1
