"""Moving the clock: ours and the bank's together, and a truthful word about what happened."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest

from domain.demo import clock as demo_clock
from domain.demo import empty, mark, moving
from domain.demo.advance import advance, behind, span
from domain.demo.make import begins_at
from domain.ledger.invariants import check
from domain.work import rounds
from domain.work.drain import drain
from domain.work.wake import Work
from integrations.gateways.base import GatewayUnreachable
from integrations.gateways.registry import use_transport
from kit import clock
from kit.clock import utc_now
from kit.errors import Conflict, DomainError
from models.customers import Customer
from models.merchants import Merchant
from models.methods import BillingSchedule, ScheduleState
from models.orders import Order
from models.payments import Attempt, Origin, Payment, Recovery, RecoveryState
from models.schedules import ScheduleRun
from models.work import Mail, MailState
from sandbox.stage import Stage
from tests.demo.conftest import LAST_DAY

pytestmark = pytest.mark.slow

LEAVE = frozenset({Work.MAIL})


@pytest.fixture
def stage(demo: Stage) -> Iterator[Stage]:
    """The demo at its first moment, its time running."""
    demo_clock.begin_at(begins_at(LAST_DAY))
    demo.run_ahead(demo_clock.offset())
    demo_clock.install()
    with use_transport(demo.http):
        yield demo


def test_a_day_moves_both_clocks(stage: Stage) -> None:
    before = utc_now()
    advance(timedelta(days=1), move_bank=stage.run_ahead, leave=LEAVE)
    assert timedelta(days=1) <= utc_now() - before < timedelta(days=1, minutes=2)
    assert abs(utc_now() - stage.world.moment()) < timedelta(seconds=3)
    latest = rounds.latest()
    assert latest is not None and latest > before + timedelta(hours=23)


def test_what_it_says_is_what_happened(stage: Stage) -> None:
    since = utc_now()
    waiting = Mail.select().where(Mail.state == MailState.DUE).count()
    happened = advance(timedelta(days=1), move_bank=stage.run_ahead, leave=LEAVE)
    unattended = Payment.origin.in_([Origin.AUTOMATIC, Origin.RETRY])
    tries = Attempt.select().join(Payment).where(Attempt.reserved_at >= since, unattended)
    assert happened.tries == tries.count() >= 2
    assert happened.came_back == 1
    assert happened.mails == 0 and happened.waiting > waiting
    assert f"{happened.tries} tries, 1 came back" in happened.sentence()
    assert check() == []


def test_who_was_to_come_back_comes_back_and_who_was_not_does_not(stage: Stage) -> None:
    advance(timedelta(days=1), move_bank=stage.run_ahead, leave=LEAVE)
    states = {
        name: Recovery.get(Recovery.customer == Customer.get(Customer.name == name)).state
        for name in ("Rosa Delgado", "Alex Morgan")
    }
    assert states == {"Rosa Delgado": RecoveryState.RECOVERED, "Alex Morgan": RecoveryState.OPEN}


def test_a_debit_under_way_settles_within_the_week(stage: Stage) -> None:
    happened = advance(timedelta(days=7), move_bank=stage.run_ahead, leave=LEAVE)
    assert happened.settled >= 1
    sam = Customer.get(Customer.name == "Sam Okafor")
    assert Order.select().where(Order.customer == sam, Order.open > 0, Order.due_on <= LAST_DAY).count() == 0
    assert check() == []


def test_schedules_run_by_the_engine_that_the_product_has(stage: Stage) -> None:
    alex = Customer.get(Customer.name == "Alex Morgan")
    before = BillingSchedule.get(BillingSchedule.customer == alex)
    for _twice in range(2):
        with clock.stopped(datetime(2026, 12, 19, 14, tzinfo=UTC)):
            drain(leave=frozenset(Work) - {Work.SCHEDULE})
    after = BillingSchedule.get_by_id(before.id)
    assert (before.next_on, after.next_on) == (date(2026, 12, 22), date(2027, 1, 22))
    order = Order.get(Order.customer == alex, Order.due_on == before.next_on)
    assert (order.title, order.total) == ("Monthly membership, December 2026", 8900)


def test_a_paused_schedule_goes_on_by_itself(stage: Stage) -> None:
    hana = BillingSchedule.get(BillingSchedule.customer == Customer.get(Customer.name == "Hana Kobayashi"))
    assert (hana.state, hana.note) == (ScheduleState.PAUSED, "On a journey")
    assert hana.paused_until == LAST_DAY - timedelta(days=12) + timedelta(weeks=7)
    with clock.stopped(hana.run_at):
        drain(leave=frozenset(Work) - {Work.SCHEDULE})
    assert BillingSchedule.get_by_id(hana.id).state == ScheduleState.ACTIVE
    assert (
        ScheduleRun.select().where(ScheduleRun.schedule == hana, ScheduleRun.due_on >= hana.paused_until).count() == 1
    )


def test_nothing_moves_when_the_bank_does_not(stage: Stage) -> None:
    def away(_ahead: timedelta) -> None:
        raise GatewayUnreachable("away")

    before = demo_clock.offset()
    with pytest.raises(GatewayUnreachable):
        advance(timedelta(days=1), move_bank=away, leave=LEAVE)
    assert demo_clock.offset() == before


def test_a_rested_demo_is_behind_and_can_catch_up(stage: Stage) -> None:
    demo_clock.set_offset(timedelta(days=-3))
    assert behind() == timedelta(days=3)
    stage.run_ahead(demo_clock.offset())
    advance(behind(), move_bank=stage.run_ahead, leave=LEAVE)
    assert behind() == timedelta(0)
    assert abs(utc_now() - datetime.now(UTC)) < timedelta(seconds=3)


@pytest.mark.parametrize("text", ["", "1", "0d", "d", "1y", "-1d", "93d", "999w", "1d1h"])
def test_a_span_that_is_none(text: str) -> None:
    with pytest.raises(DomainError):
        span(text)


def test_spans() -> None:
    assert [span("3h"), span("1d"), span("2w")] == [timedelta(hours=3), timedelta(days=1), timedelta(weeks=2)]


def test_one_move_at_a_time(stage: Stage) -> None:
    moving._write(moving.Move(24))
    with pytest.raises(Conflict):
        moving.begin(timedelta(days=1))


def test_emptied_it_can_be_made_anew(stage: Stage) -> None:
    assert mark.is_made()
    empty.store()
    assert not mark.is_made() and not mark.is_foreign()
    assert Merchant.select().count() == Order.select().count() == 0
