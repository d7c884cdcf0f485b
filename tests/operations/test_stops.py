"""Operators stop work: it waits, nothing is lost and nothing passes twice; and people can pay all the same."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from dashboard.pages.operations import stop_words
from domain.operations import stops
from domain.operations.drain import drain, end_drain
from domain.operations.in_hand import in_hand
from domain.operations.pause import pause_queue, resume_queue
from domain.operations.restored import settle_in
from domain.operations.suspend import resume_merchant, suspend_merchant
from domain.payments import ask as p1
from domain.payments import wave
from domain.payments.claims import accounts_with_work
from domain.work import drain as here_and_now
from domain.work.due import due, hints
from domain.work.wake import Work
from integrations.queue.kinds import QUEUES
from kit.clock import Stopped, utc_now
from kit.errors import Conflict, DomainError, NotFound
from kit.ids import uuid7
from models.merchants import GatewayAccount
from models.methods import PaymentMethod
from models.operations import OperatorAct, Stop
from models.orders import Order
from models.payments import Attempt, AttemptState, PlannedTry
from tests import factory
from tests.payments.conftest import Shop, fresh, shop  # noqa: F401 - fixtures
from tests.payments.test_wave import FUNDS


@pytest.fixture
def suspended(shop: Shop) -> Shop:  # noqa: F811
    """A merchant whose automatic charges are suspended while one first try and one retry are due."""
    failing, good = shop.method(FUNDS), shop.method()
    factory.automatic(shop.customer, failing, factory.consented(shop.customer, failing), 5000)
    shop.pass_time(hours=3)
    wave.work_through(_account())
    shop.sandbox.control(behave=[{"method": failing.gateway_ref, "as": "approve"}])
    PlannedTry.update(due_at=utc_now()).execute()
    factory.automatic(shop.customer, good, factory.consented(shop.customer, good), 700)
    shop.pass_time(hours=3)
    assert _suspend(shop)
    return shop


def _account() -> UUID:
    found: UUID = GatewayAccount.get().id
    return found


def _suspend(shop: Shop, handle: UUID | None = None) -> bool:  # noqa: F811
    slug = shop.customer.merchant.slug
    return suspend_merchant(
        merchant=slug, until=None, reason="a wrong price list", staff=None, handle=handle or uuid7()
    )


def _kinds() -> set[Work]:
    return {row.kind for row in hints(utc_now())}


def test_for_a_suspended_merchant_the_clock_charges_nobody_and_afterwards_each_once(suspended: Shop) -> None:
    rows = {(row.kind, row.id) for row in due(utc_now()) if row.kind in (Work.COLLECT, Work.RETRY)}
    assert len(rows) == 2 and accounts_with_work(utc_now()) == []
    for _round in range(3):
        wave.work_through(_account())
        suspended.work()  # past every queue and wave: the reserve stands in the way
        here_and_now.drain()
    assert (suspended.charged(), Attempt.select().count()) == (0, 1)
    assert {(row.kind, row.id) for row in due(utc_now()) if row.kind in (Work.COLLECT, Work.RETRY)} == rows
    slug = suspended.customer.merchant.slug
    assert resume_merchant(merchant=slug, reason="prices are right", staff=None, handle=uuid7())
    for _round in range(2):
        wave.work_through(_account())
        suspended.work()
    assert suspended.charged() == 5000 + 700


def test_it_is_asked_in_the_reserve_itself_whatever_a_process_remembers(
    suspended: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A wave that has claimed its rows, in a process that has not seen the stop, gets no further than the reserve."""
    monkeypatch.setattr(stops, "merchant_suspended", lambda *_anybody: False)
    monkeypatch.setattr(stops, "stopped_kinds", lambda _now: frozenset())
    wave.work_through(_account())
    assert suspended.charged() == 0
    assert Order.select().where(Order.collect_at.is_null(False)).count() == 1, "it is still due"


def test_customers_of_a_suspended_merchant_pay_as_ever(suspended: Shop) -> None:
    suspended.press(PaymentMethod.select().order_by(PaymentMethod.id.desc()).get(), suspended.order(1200))
    assert suspended.charged() == 1200


def test_a_press_goes_to_the_gateway_and_is_asked_about_while_charges_are_stopped(shop: Shop) -> None:  # noqa: F811
    pause_queue(queue="charges", until=None, reason="a bad release", staff=None, handle=uuid7())
    card = shop.method()
    automatic = factory.automatic(shop.customer, card, factory.consented(shop.customer, card), 700)
    shop.press(card, shop.order(1200))
    assert shop.charged() == 1200, "from the web request"
    shop.sandbox.control(fault={"mode": "timeout_after", "ends": "/confirm", "times": 1})
    shop.sandbox.control(fault={"mode": "down", "path": "/v1/payment_intents/pi_", "times": 2})
    shop.press(card, shop.order(300))
    assert Attempt.select().where(Attempt.state == AttemptState.UNKNOWN).count() == 1
    shop.pass_time(hours=3)
    here_and_now.drain()
    assert _kinds() & {Work.COLLECT, Work.RETRY, Work.WAVE, Work.SCHEDULE, Work.REFUND} == set()
    assert Attempt.select().where(Attempt.state == AttemptState.UNKNOWN).count() == 0, "an answer comes all the same"
    assert (shop.charged(), fresh(automatic).open) == (1500, 700)
    assert resume_queue(queue="charges", reason="rolled back", staff=None, handle=uuid7())
    assert Work.WAVE in _kinds()
    here_and_now.drain()
    assert (shop.charged(), fresh(automatic).open) == (2200, 0)


def test_a_second_press_finds_the_first_and_a_stop_has_its_end(store: str, clock: Stopped) -> None:
    handle, until = uuid7(), clock() + timedelta(minutes=30)
    for pressed in (True, False):
        assert pause_queue(queue="mail", until=until, reason="bounces", staff=None, handle=handle) is pressed
    with pytest.raises(Conflict):
        pause_queue(queue="mail", until=None, reason="bounces", staff=None, handle=uuid7())
    with pytest.raises(DomainError):
        pause_queue(queue="figures", until=clock(), reason="bounces", staff=None, handle=uuid7())
    with pytest.raises(NotFound):
        pause_queue(queue="nothing", until=until, reason="bounces", staff=None, handle=uuid7())
    assert (Stop.select().count(), OperatorAct.select().count()) == (1, 1), "what was refused left nothing"
    assert set(stops.stopped_queues(clock())) == {"mail"}
    clock.advance(timedelta(minutes=31))
    assert stops.stopped_queues(clock()) == {} and stops.active(clock()) == []
    assert not resume_queue(queue="mail", reason="late", staff=None, handle=uuid7())
    assert pause_queue(queue="mail", until=None, reason="again", staff=None, handle=uuid7()), "the old one makes room"
    assert Stop.get(Stop.lifted_at.is_null(False)).lifted_at == until
    assert (stops.lift_ended(clock()), len(stops.active(clock()))) == (0, 1)


def test_a_drain_stops_all_and_leaves_what_was_paused_before_it(store: str, clock: Stopped) -> None:
    pause_queue(queue="mail", until=None, reason="bounces", staff=None, handle=uuid7())
    assert drain(minutes=30, reason="release", staff=None, handle=uuid7())
    assert drain(minutes=45, reason="it takes longer", staff=None, handle=uuid7()), "it is prolonged"
    assert set(stops.stopped_queues(clock())) == set(QUEUES) == set(stop_words.queues())
    assert end_drain(reason="released", staff=None, handle=uuid7())
    assert set(stops.stopped_queues(clock())) == {"mail"}
    assert not end_drain(reason="released", staff=None, handle=uuid7())
    drain(minutes=30, reason="release", staff=None, handle=uuid7())
    clock.advance(timedelta(minutes=31))
    assert set(stops.stopped_queues(clock())) == {"mail"}
    assert stops.lift_ended(clock()) == len(QUEUES) - 1


def test_money_on_its_way_keeps_a_restart_from_being_safe(
    shop: Shop,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found: list[int] = []
    confirm = p1._confirm

    def while_sending(*of_it: Any) -> Any:
        found.append(in_hand(utc_now()).attempts)
        return confirm(*of_it)

    monkeypatch.setattr(p1, "_confirm", while_sending)
    shop.press(shop.method(), shop.order())
    assert (found, in_hand(utc_now()).attempts) == ([1], 0)


def test_a_restored_store_stays_stopped_whatever_stop_was_in_the_backup(sqlite_store: str, clock: Stopped) -> None:
    drain(minutes=30, reason="release", staff=None, handle=uuid7())
    settle_in(taken_at=clock(), compare=False)
    assert end_drain(reason="released", staff=None, handle=uuid7())
    clock.advance(timedelta(minutes=31))
    assert set(stops.stopped_queues(clock())) == {"charges"}
