"""The guards of what is done besides charging: a schedule's period, a refund, a wave of automatic charges."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID, uuid4

from domain.operations.suspend import suspend_merchant
from domain.payments import claims
from domain.payments.wave import work_through
from domain.refunds.reserve import refund
from domain.schedules.make import Rhythm, make_schedule
from domain.schedules.run import run_due
from domain.work.perform import perform
from kit.clock import utc_now
from kit.money import Money
from models.methods import BillingSchedule, Cadence
from models.orders import Order
from models.payments import Attempt, Refund
from tests import factory
from tests.proof.mutants import without
from tests.proof.stores import Store, fresh
from tests.proof.test_guards import broken
from tests.proof.walk import Walk, walk

# -- a schedule's period ----------------------------------------------------------------------------------------------


def _two_workers_run_it(here: Walk) -> None:
    made: UUID = make_schedule(
        merchant=here.cast.merchant.id,
        customer=here.cast.customer.id,
        rhythm=Rhythm(Cadence.MONTH, utc_now().date() + timedelta(days=1)),
        title="Membership",
        amount=Money(8900, "USD"),
    )
    here.day.move(BillingSchedule.get_by_id(made).run_at - utc_now())
    here.act(
        lambda: run_due(made),
        at="inside, after insert orders",
        then=lambda: here.beside(lambda: run_due(made)),
    )


def test_two_workers_at_a_schedule_take_turns(on_postgres: Store) -> None:
    assert broken(on_postgres, _two_workers_run_it) == set()
    assert "period" in broken(on_postgres, _two_workers_run_it, off=("schedule_lock", "period_key"))


def test_without_turns_the_periods_key_lets_one_of_them_make_the_order(on_postgres: Store) -> None:
    assert broken(on_postgres, _two_workers_run_it, off=("schedule_lock",)) <= {"crash"}


def test_without_the_key_taking_turns_is_enough(on_postgres: Store) -> None:
    assert broken(on_postgres, _two_workers_run_it, off=("period_key",)) == set()


# -- a refund ---------------------------------------------------------------------------------------------------------


def _too_much_to_give_back(store: Store, *off: str) -> bool:
    """Two people at the merchant give 60 of 89 dollars back in the same instant. Whether both may."""
    with fresh(store), without(*off), walk() as here:
        payment = here.press(here.cast.methods[0], factory.order(here.cast.customer, 8900))

        def give_back() -> UUID:
            return refund(merchant=here.cast.merchant.id, payment=payment, amount=Money(6000, "USD"))

        here.act(give_back, at="inside, after insert refund", then=lambda: here.beside(give_back))
        return sum(row.amount for row in Refund.select()) > 8900


def test_two_refunds_at_once_are_never_more_than_came_in(on_postgres: Store) -> None:
    assert not _too_much_to_give_back(on_postgres)
    assert _too_much_to_give_back(on_postgres, "refund_lock", "refund_key")


def test_the_payments_lock_and_the_key_of_open_refunds_are_each_enough(on_postgres: Store) -> None:
    assert not _too_much_to_give_back(on_postgres, "refund_lock")
    assert not _too_much_to_give_back(on_postgres, "refund_key")


# -- a wave -----------------------------------------------------------------------------------------------------------


def _two_waves(store: Store, *off: str) -> tuple[int, set[str]]:
    """Two workers go through the same account's due charges. How many rows both had in hand, and what is wrong."""
    with fresh(store), without(*off), walk() as here:
        card = here.cast.methods[0]
        under = factory.consented(here.cast.customer, card)
        for total in (1100, 1200, 1300):
            factory.automatic(here.cast.customer, card, under, total)
        both: list[int] = []

        def wave() -> None:
            work_through(here.cast.door.id, wait=here.wait)

        def meanwhile() -> None:
            both.append(len(claims.claim(here.cast.merchant.id, limit=10, now=utc_now())))
            wave()

        here.act(wave, at="before POST /payment_intents", then=meanwhile)
        assert Order.select().where(Order.open > 0).count() == 0
        assert Attempt.select().count() == 3
        return both[0], {line.partition(":")[0] for line in here.wrong()}


def test_two_waves_never_have_the_same_row_in_hand(empty: Store) -> None:
    assert _two_waves(empty) == (0, set())
    assert _two_waves(empty, "wave_claim")[0] > 0


def test_without_the_claim_each_row_is_still_charged_once(empty: Store) -> None:
    assert _two_waves(empty, "wave_claim")[1] == set()


# -- a merchant that is suspended -------------------------------------------------------------------------------------


def _suspended_under_way(store: Store, *off: str) -> int:
    """A wave has its rows in hand when its merchant is suspended. How many it charges all the same."""
    with fresh(store), without(*off), walk() as here:
        card = here.cast.methods[0]
        factory.automatic(here.cast.customer, card, factory.consented(here.cast.customer, card), 1100)

        def suspend() -> None:
            house = here.cast.merchant.slug
            suspend_merchant(merchant=house, until=None, reason="a wrong price list", staff=None, handle=uuid4())

        (row,) = claims.claim(here.cast.merchant.id, limit=10, now=utc_now())
        here.act(lambda: perform(row.kind, row.id), at="before a transaction", then=suspend)
        here.later(hours=1)
        assert (here.wrong(), Order.get().collect_at is None) == ([], bool(here.charged()))
        return Attempt.select().count()


def test_who_has_a_row_in_hand_when_its_merchant_is_suspended_charges_nobody(empty: Store) -> None:
    assert _suspended_under_way(empty) == 0
    assert _suspended_under_way(empty, "suspended_in_reserve") == 1
