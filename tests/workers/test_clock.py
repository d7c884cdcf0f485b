"""The clock: finds again whatever was lost, and does the work itself when there is no queue."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from redis import Redis
from rq import Queue

from domain.demo import clock as demo_clock
from domain.work import rounds
from domain.work.drain import drain
from domain.work.due import due
from domain.work.install import install_id
from domain.work.wake import Work
from integrations.queue.connection import breaker
from kit import clock as kit_clock
from kit import config
from kit.clock import Stopped
from models.work import Tick
from tests.postgres import free_port
from workers.clock import Clock


def waiting(queue: Redis) -> list[str]:
    return list(Queue("upkeep", connection=queue).get_job_ids())


def test_a_wiped_redis_costs_one_round(queue: Redis, store: str, clock: Stopped) -> None:
    going = Clock(hint_holds=0)
    going.round()
    placed = waiting(queue)
    assert len(placed) == Tick.select().count() > 0
    queue.flushall()
    going.round()
    assert sorted(waiting(queue)) == sorted(placed)


def test_a_row_is_not_hinted_every_second(queue: Redis, sqlite_store: str, clock: Stopped) -> None:
    going = Clock()
    going.round()
    queue.flushall()
    going.round()
    assert waiting(queue) == []


def test_without_redis_the_clock_does_the_work(settings: config.Settings, store: str, clock: Stopped) -> None:
    config.use(replace(settings, redis_url=f"redis://127.0.0.1:{free_port()}/0"))
    breaker.reset()
    tick = Tick.create(name="forget-done-work", due_at=clock() - timedelta(minutes=1))
    patient, at_once = Clock(patience=30), Clock(patience=0)
    patient.round()
    assert Tick.get_by_id(tick.id).done_at is None, "a short absence is left to the workers"
    at_once.round()
    assert Tick.get_by_id(tick.id).done_at == clock()
    breaker.reset()


def test_a_round_is_noted(queue: Redis, sqlite_store: str, clock: Stopped) -> None:
    assert rounds.latest() is None
    Clock().round()
    assert rounds.latest() == clock()


def test_a_drain_takes_each_due_row_once_even_if_it_stays_due(sqlite_store: str, clock: Stopped) -> None:
    Tick.create(name="forget-done-work", due_at=clock() - timedelta(minutes=1))
    drained = drain()
    assert drained.done[Work.TICK] >= 1
    assert due(clock()) == [row for row, _ in drained.failed if row in due(clock())]


def test_the_install_id_is_made_once(store: str) -> None:
    first = install_id()
    assert len(first) == 12
    assert install_id() == first


def test_the_demos_clock_is_moved_for_everybody(store: str) -> None:
    before = kit_clock.utc_now()
    with kit_clock.stopped(before):  # gives the clock back afterwards
        demo_clock.install()
        demo_clock.set_offset(timedelta(0))
        demo_clock.advance(timedelta(days=3))
        assert timedelta(days=3) <= kit_clock.utc_now() - before < timedelta(days=3, minutes=1)


def test_a_demo_that_rested_for_days_goes_on_where_it_stopped(sqlite_store: str) -> None:
    before = kit_clock.utc_now()
    with kit_clock.stopped(before):
        demo_clock.install()
        demo_clock.set_offset(timedelta(0))
        assert demo_clock.resume() == timedelta(0), "a new demo has not rested"
        rounds.note(before - timedelta(days=9))
        assert demo_clock.resume().days in {8, 9}
        assert abs(kit_clock.utc_now() - (before - timedelta(days=9))) < timedelta(minutes=1)
        assert demo_clock.resume().days in {8, 9}, "a second start does not add to it"
