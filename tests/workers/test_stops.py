"""Stops with a real queue, real workers and the clock: work waits where it is, and goes on within a round."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from redis import Redis
from rq import Queue

import manage
from domain.operations import stops
from domain.operations.pause import pause_queue, resume_queue
from domain.operations.stop_worker import stop_worker
from domain.work.wake import Work, wake
from integrations.queue.connection import patient
from integrations.queue.snapshot import snapshot
from integrations.queue.wake import enqueue
from kit import config
from kit.clock import Stopped, utc_now
from kit.errors import NotFound
from models.base import db
from models.operations import Stop
from models.work import Tick
from tests.workers.conftest import until
from tests.workers.test_worker import start_worker
from workers import jobs
from workers.clock import Clock
from workers.worker import make_worker

pytestmark = pytest.mark.usefixtures("kept_signals")


def work(queue_name: str) -> None:
    make_worker(queue_name, patient()).work(burst=True, logging_level="WARNING")
    if db.is_closed():
        db.connect()


def waiting(queue: Redis) -> list[str]:
    return list(Queue("upkeep", connection=queue).get_job_ids())


def test_work_of_a_paused_queue_is_put_away_undone_and_hinted_at_in_the_round_after(
    queue: Redis, store: str, clock: Stopped
) -> None:
    tick = Tick.create(name="forget-done-work", due_at=clock() - timedelta(minutes=1))
    going = Clock()
    going.round()
    assert f"tick-{tick.id}" in waiting(queue)
    pause_queue(queue="upkeep", until=clock() + timedelta(minutes=30), reason="too slow", staff=None, handle=uuid4())
    wake(Work.TICK, tick.id)  # harmless
    work("upkeep")
    assert (Tick.get_by_id(tick.id).done_at, waiting(queue)) == (None, [])
    queue.flushall()
    going.round()
    assert waiting(queue) == [], "the store says so, not Redis"
    resume_queue(queue="upkeep", reason="fast again", staff=None, handle=uuid4())
    going.round()
    assert f"tick-{tick.id}" in waiting(queue), "though it was hinted at a moment ago"
    work("upkeep")
    assert Tick.get_by_id(tick.id).done_at == clock()
    assert {view.failed for view in snapshot().queues} == {0}


def test_the_clock_that_works_itself_leaves_a_paused_queue_alone(sqlite_store: str, clock: Stopped) -> None:
    tick = Tick.create(name="forget-done-work", due_at=clock() - timedelta(minutes=1))
    pause_queue(queue="upkeep", until=clock() + timedelta(minutes=30), reason="too slow", staff=None, handle=uuid4())
    going = Clock(patience=0)
    going.round()
    assert Tick.get_by_id(tick.id).done_at is None
    clock.advance(timedelta(minutes=31))
    going.round()
    assert Tick.get_by_id(tick.id).done_at == clock(), "a stop has an end, and nobody has to remember it"
    assert Stop.get().lifted_at is not None


def test_a_worker_that_is_stopped_ends_within_seconds_and_takes_its_stop_along(
    queue: Redis, settings: config.Settings, sqlite_store: str
) -> None:
    process = start_worker("mail", settings, sqlite_store)
    try:
        until(lambda: bool(snapshot().workers), 30)
        name = snapshot().workers[0].name
        assert stop_worker(worker=name, reason="it eats memory", staff=None, handle=uuid4())
        assert process.wait(15) == 0
        assert (snapshot().workers, stops.active(utc_now())) == ((), [])
    finally:
        process.kill()
        process.wait()
    with pytest.raises(NotFound):
        stop_worker(worker=name, reason="again", staff=None, handle=uuid4())


def test_drain_names_what_is_in_hand_and_says_when_it_is_safe(
    queue: Redis, sqlite_store: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The job in hand is the one that drains: it cannot be safe before it has ended."""
    monkeypatch.setattr("commands.operate.with_store", lambda: None)
    command = ["drain", "--reason", "a release", "--wait", "3"]
    codes: list[int] = []
    monkeypatch.setattr(jobs, "perform", lambda *_row: codes.append(manage.main(command)))
    tick = Tick.create(name="forget-done-work", due_at=utc_now() - timedelta(minutes=1))
    assert enqueue("tick", tick.id)
    work("upkeep")
    assert codes == [1] and "still does a job: tick" in capsys.readouterr().err
    assert manage.main(command) == 0
    assert "Safe to restart." in capsys.readouterr().out
    assert (manage.main(["resume"]), stops.active(utc_now())) == (0, [])
