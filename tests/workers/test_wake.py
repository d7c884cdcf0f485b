"""Hints: placed once, with nothing but an id, and never worth waiting for."""

from __future__ import annotations

import json
import threading
import time
from dataclasses import replace
from uuid import UUID

import pytest
from redis import Redis
from rq import Queue
from rq.job import Job

from domain.work.wake import Work, wake
from integrations.queue.connection import breaker
from integrations.queue.kinds import FUNCTIONS, KINDS
from integrations.queue.snapshot import snapshot
from integrations.queue.wake import enqueue
from kit import config
from kit.ids import uuid7
from models.base import unit_of_work
from tests.postgres import free_port
from workers import jobs


def waiting(queue: Redis, name: str) -> list[str]:
    return [str(entry) for entry in Queue(name, connection=queue).get_job_ids()]


def test_every_kind_of_work_has_a_queue_and_a_job() -> None:
    assert set(KINDS) == {kind.value for kind in Work}
    assert all(callable(getattr(jobs, name.removeprefix("workers.jobs."))) for name in FUNCTIONS)


def test_hint_is_placed_once_however_often_it_is_given(queue: Redis) -> None:
    row = uuid7()
    assert [enqueue("mail", row) for _ in range(3)] == [True, True, True]
    assert waiting(queue, "mail") == [f"mail-{row}"]


def test_hint_carries_the_id_and_nothing_else(queue: Redis) -> None:
    row = uuid7()
    enqueue("attempt", row)
    stored = Job.fetch(f"attempt-{row}", connection=queue, serializer="json")
    assert json.loads(stored.data) == ["workers.jobs.look_at_attempt", None, [str(row)], {}]


def test_wake_waits_for_the_commit_and_is_dropped_with_a_rollback(queue: Redis, sqlite_store: str) -> None:
    kept, dropped = uuid7(), uuid7()
    with unit_of_work():
        wake(Work.MAIL, kept)
        assert waiting(queue, "mail") == []
    with pytest.raises(ZeroDivisionError), unit_of_work():
        wake(Work.MAIL, dropped)
        raise ZeroDivisionError
    assert waiting(queue, "mail") == [f"mail-{kept}"]


def stale(queue: Redis, row: UUID, status: str, field: str, age: float) -> None:
    at = time.strftime("%Y-%m-%dT%H:%M:%S.000000Z", time.gmtime(time.time() - age))
    queue.delete("rq:queue:mail")
    queue.hset(f"rq:job:mail-{row}", mapping={"status": status, field: at})


@pytest.mark.parametrize(
    ("status", "field", "age", "again"),
    [
        ("failed", "ended_at", 5, False),
        ("failed", "ended_at", 90, True),
        ("started", "started_at", 30, False),
        ("started", "started_at", 200, True),
        ("queued", "enqueued_at", 30, False),
        ("queued", "enqueued_at", 900, True),
    ],
)
def test_hint_whose_job_will_not_run_any_more_is_placed_anew(
    queue: Redis, status: str, field: str, age: float, again: bool
) -> None:
    row = uuid7()
    enqueue("mail", row)
    stale(queue, row, status, field, age)
    enqueue("mail", row)
    assert (waiting(queue, "mail") == [f"mail-{row}"]) is again


def use_port(settings: config.Settings, port: int) -> None:
    config.use(replace(settings, redis_url=f"redis://127.0.0.1:{port}/0"))
    breaker.reset()


@pytest.mark.parametrize("kind", ["refusing", "silent"])
def test_redis_that_is_away_costs_a_moment_and_raises_nothing(
    settings: config.Settings, silent_server: int, kind: str
) -> None:
    use_port(settings, silent_server if kind == "silent" else free_port())
    began = time.monotonic()
    assert enqueue("mail", uuid7()) is False
    assert time.monotonic() - began < 1.0
    began = time.monotonic()
    assert not any(enqueue("mail", uuid7()) for _ in range(100))
    assert time.monotonic() - began < 1.0, "after a failure nobody waits again for a while"
    assert snapshot().reachable is False
    breaker.reset()


def test_eight_at_once_wait_no_longer_than_one(settings: config.Settings, silent_server: int) -> None:
    use_port(settings, silent_server)
    threads = [threading.Thread(target=enqueue, args=("collect", uuid7())) for _ in range(8)]
    began = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert time.monotonic() - began < 1.4, "one after another they would wait 1.6 s"
    breaker.reset()


def test_snapshot_shows_what_waits_and_what_failed(queue: Redis) -> None:
    row = uuid7()
    enqueue("mail", row)
    seen = {view.name: view for view in snapshot().queues}
    assert seen["mail"].waiting == 1
    assert seen["mail"].oldest is not None
    assert seen["charges"].waiting == 0
    assert snapshot().workers == ()
