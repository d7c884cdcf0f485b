"""A customer's automatic tries wait until a day: moved, never lost, and the person may pay meanwhile."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest

from domain.customers.home import home
from domain.recoveries import pause
from domain.recoveries.pause import pause_tries, resume_tries
from domain.recoveries.terms import Rule
from kit.errors import DomainError, NotFound
from models.customers import Customer
from models.merchants import Staff
from models.payments import Attempt, PlannedTry, Promise, PromiseState, Recovery, RecoveryState, TryState
from models.work import Event
from tests import factory
from tests.payments.conftest import Shop, fresh
from tests.recoveries.test_promises import judge_due, says
from tests.recoveries.test_recoveries import at, authorised, fails, live_on
from tests.refunds.conftest import one_store

UNTIL = date(2026, 12, 30)  # after the last day on which the policy would try


def _planned() -> PlannedTry:
    row: PlannedTry = PlannedTry.get(PlannedTry.state == TryState.PLANNED)
    return row


@pytest.fixture
def staff(shop: Shop) -> Staff:
    return factory.staff(of=shop.customer.merchant)


def _pause(shop: Shop, staff: Staff, until: date = UNTIL) -> int:
    return pause_tries(merchant=shop.customer.merchant_id, customer=shop.customer.id, until=until, staff=staff.id)


def _resume(shop: Shop, staff: Staff) -> bool:
    return resume_tries(merchant=shop.customer.merchant_id, customer=shop.customer.id, staff=staff.id)


def test_a_paused_try_moves_to_the_day_and_is_made_on_it(shop: Shop, staff: Staff) -> None:
    order, card = fails(shop)
    before = _planned().due_at
    soon = factory.automatic(shop.customer, card, factory.consented(shop.customer, card), due=date(2026, 11, 25))
    assert _pause(shop, staff) == 2
    moved = _planned()
    assert (moved.rule, moved.due_at.date(), moved.due_at.hour) == (Rule.PAUSED, UNTIL, before.hour)
    assert fresh(soon).collect_at.date() == UNTIL
    mine = fresh(shop.customer)
    new = factory.automatic(mine, card, factory.consented(mine, card), due=date(2026, 12, 1))
    assert new.collect_at.date() == UNTIL, "what is made during the pause waits too"
    live_on(shop, 36)
    assert (shop.clock.at.date(), Attempt.select().count()) == (date(2026, 12, 29), 1)
    assert Recovery.get().state == RecoveryState.OPEN
    live_on(shop, 2)
    assert Attempt.select().where(Attempt.id != Recovery.get().attempt_id).count() >= 3, "all three were tried"
    assert Event.get(Event.kind == "customer.tries_paused").actor_id == str(staff.id)
    assert fresh(order).open in (0, 8900)


def test_the_reserve_itself_keeps_the_clock_back(shop: Shop, staff: Staff) -> None:
    """Whoever planned it and forgot to ask: a due order and a due try of a paused customer are put off."""
    order, card = fails(shop)
    new = factory.automatic(shop.customer, card, factory.consented(shop.customer, card))
    _pause(shop, staff)
    type(new).update(collect_at=shop.clock.at).where(type(new).id == new.id).execute()
    PlannedTry.update(due_at=shop.clock.at, rule=Rule.POLICY).where(PlannedTry.id == _planned().id).execute()
    shop.work()
    assert Attempt.select().count() == 1
    assert fresh(new).collect_at.date() == _planned().due_at.date() == UNTIL and _planned().rule == Rule.PAUSED
    own = shop.press(shop.method(), fresh(order))
    assert own and fresh(order).open == 0, "the customer may always pay"


@one_store
def test_the_customer_reads_the_day_on_which_it_is_charged(shop: Shop, staff: Staff) -> None:
    _order, card = fails(shop)
    factory.automatic(shop.customer, card, factory.consented(shop.customer, card), due=date(2026, 11, 25))
    _pause(shop, staff)
    shown = home(shop.customer.id)
    assert {thing.day for thing in shown.next} == {UNTIL}


@one_store
def test_lifting_brings_the_tries_back(shop: Shop, staff: Staff) -> None:
    _order, card = fails(shop)
    soon = factory.automatic(shop.customer, card, factory.consented(shop.customer, card), due=date(2026, 11, 25))
    day = soon.collect_at
    _pause(shop, staff)
    assert _resume(shop, staff) and not _resume(shop, staff)
    assert fresh(soon).collect_at == day
    assert shop.clock.at < _planned().due_at <= shop.clock.at + timedelta(days=1) and _planned().rule == Rule.POLICY
    live_on(shop, 1)
    assert Attempt.select().count() == 2


@one_store
def test_a_failure_during_the_pause_is_planned_for_its_day(shop: Shop, staff: Staff) -> None:
    bank = shop.method("pm_usBankAccount_insufficientFunds")
    authorised(shop, bank)
    factory.automatic(shop.customer, bank, factory.consented(shop.customer, bank))
    at(shop, 23)
    shop.work()
    assert _pause(shop, staff, date(2026, 12, 12)) == 0, "a debit under way is not touched"
    shop.pass_time(days=8)
    shop.work()
    assert (_planned().rule, _planned().due_at.date()) == (Rule.PAUSED, date(2026, 12, 14)), "a day on which banks work"


@one_store
def test_a_promised_charge_takes_its_judgement_along(shop: Shop, staff: Staff) -> None:
    order, card = fails(shop)
    factory.consented(shop.customer, card)
    says(shop, order, method=card.id)
    _pause(shop, staff, date(2026, 12, 4))
    assert (_planned().rule, _planned().due_at.date()) == (Rule.PROMISE, date(2026, 12, 4))
    shop.clock.set(datetime(2026, 12, 1, 20, tzinfo=UTC))
    judge_due(shop)
    assert Promise.get().state == PromiseState.OPEN, "not broken by the customer"


@one_store
def test_whose_tries_and_until_when(shop: Shop, staff: Staff) -> None:
    today = shop.clock.at.date()
    for day in (today, today - timedelta(days=1), today + timedelta(days=91)):
        with pytest.raises(DomainError, match="from tomorrow"):
            _pause(shop, staff, day)
    with pytest.raises(NotFound):
        pause_tries(merchant=factory.merchant().id, customer=shop.customer.id, until=UNTIL, staff=staff.id)
    assert _pause(shop, staff) == 0 and not Event.select().where(Event.customer_id == "").exists()


def test_a_record_that_was_merged_meanwhile_is_not_paused_in_its_survivors_place(
    shop: Shop, staff: Staff, monkeypatch: pytest.MonkeyPatch
) -> None:
    survivor = factory.customer(shop.customer.merchant)

    def merged_first(customer: UUID) -> None:
        Customer.update(merged_into=survivor).where(Customer.id == customer).execute()

    monkeypatch.setattr(pause, "lock_what_is_charged", merged_first)
    with pytest.raises(NotFound):
        _pause(shop, staff)
