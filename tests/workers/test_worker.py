"""Workers: run our jobs and no others, and lose nothing when they die."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from redis import Redis
from redis.exceptions import TimeoutError as RedisTimeoutError
from rq import Queue
from rq.job import Job

from domain.work.wake import Work
from integrations.queue import connection
from integrations.queue.connection import patient
from integrations.queue.snapshot import snapshot
from integrations.queue.wake import enqueue
from kit import config
from kit.clock import Stopped
from kit.ids import uuid7
from models.base import db
from models.work import Tick
from tests.workers.conftest import until
from workers import jobs
from workers.clock import Clock
from workers.worker import bury_the_dead, make_worker

pytestmark = pytest.mark.usefixtures("kept_signals")


def work(queue_name: str, *, burst: bool = True) -> None:
    make_worker(queue_name, patient()).work(burst=burst, logging_level="WARNING")
    if db.is_closed():
        db.connect()


def tick_due(at: datetime) -> Tick:
    return Tick.create(name="forget-done-work", due_at=at - timedelta(minutes=1))


def test_a_tick_job_that_runs_twice_does_its_work_once(queue: Redis, store: str, clock: Stopped) -> None:
    tick = tick_due(clock())
    assert enqueue("tick", tick.id)
    work("upkeep")
    done_at = Tick.get_by_id(tick.id).done_at
    assert done_at == clock()
    clock.advance(timedelta(hours=1))
    assert enqueue("tick", tick.id), "the first hint is gone with its success"
    work("upkeep")
    assert Tick.get_by_id(tick.id).done_at == done_at
    assert {view.failed for view in snapshot().queues} == {0}


def forged(queue: Redis, function: str, **options: Any) -> Job:
    place = Queue("upkeep", connection=queue, serializer="json")
    return place.enqueue_call(function, **options)


def test_a_forged_job_does_not_run(queue: Redis, tmp_path: Path) -> None:
    mark = tmp_path / "ran"
    job = forged(queue, "os.system", args=(f"touch {mark}",))
    work("upkeep")
    assert not mark.exists()
    assert job.get_status() == "failed"


@pytest.mark.parametrize(
    "options",
    [
        {"args": ("not an id",)},
        {"args": ("0" * 32, "more")},
        {"args": (), "kwargs": {"row_id": "0" * 32}},
    ],
)
def test_our_function_with_anything_but_one_id_does_not_run(queue: Redis, options: dict[str, Any]) -> None:
    job = forged(queue, "workers.jobs.run_tick", **options)
    work("upkeep")
    assert job.get_status() == "failed"


def test_a_forged_callback_is_not_called(queue: Redis, sqlite_store: str, tmp_path: Path) -> None:
    mark = tmp_path / "called"
    job = forged(queue, "workers.jobs.run_tick", args=(str(uuid7()),))
    queue.hset(job.key, "success_callback_name", "tests.workers.test_worker.leave_mark")
    queue.hset(job.key, "meta", f'{{"mark": "{mark}"}}')
    work("upkeep")
    assert not mark.exists()
    assert job.get_status() == "finished", "the job itself is one of ours"


def leave_mark(job: Job, *_rest: object) -> None:
    """What the forged callback would do."""
    Path(job.meta["mark"]).touch()


@pytest.mark.parametrize("swallows", [False, True])
def test_a_worker_leaves_after_a_time_out(queue: Redis, monkeypatch: pytest.MonkeyPatch, swallows: bool) -> None:
    begun: list[str] = []

    def hang(kind: Work, row_id: object) -> None:
        begun.append(str(row_id))
        try:
            threading.Event().wait(30)
        except Exception:
            if not swallows:
                raise

    monkeypatch.setattr(jobs, "perform", hang)
    first, second = uuid7(), uuid7()
    for row in (first, second):
        forged(queue, "workers.jobs.run_tick", args=(str(row),), timeout=1)
    work("upkeep", burst=False)
    assert begun == [str(first)]
    assert queue.llen("rq:queue:upkeep") == 1


def test_what_failed_keeps_no_address_in_redis(queue: Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise ValueError("relay refused ada@example.com")

    monkeypatch.setattr(jobs, "perform", fail)
    row = uuid7()
    enqueue("mail", row)
    work("mail")
    assert {view.name: view.failed for view in snapshot().queues}["mail"] == 1
    kept = Job.fetch(f"mail-{row}", connection=queue, serializer="json").latest_result()
    assert kept is not None
    assert "relay refused [hidden]" in str(kept.exc_string)


def start_worker(name: str, chosen: config.Settings, url: str, *options: str) -> subprocess.Popen[bytes]:
    env = os.environ | {
        "SETTLE_MODE": "test",
        "DATA_DIR": str(chosen.data_dir),
        "DATABASE_URL": url,
        "REDIS_URL": str(config.settings().redis_url),
        "SECRET_KEY": "k" * 40,
    }
    return subprocess.Popen([sys.executable, "-m", "workers", name, *options], env=env)


def stuck(url: str) -> sqlite3.Connection:
    """Holds the store's write lock, so that a job cannot get on."""
    connection = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)
    connection.execute("BEGIN IMMEDIATE")
    return connection


def busy(name: str) -> Callable[[], bool]:
    return lambda: any(view.job_kind and view.name.startswith(name) for view in snapshot().workers)


@pytest.mark.slow
def test_what_a_killed_worker_held_is_found_again(queue: Redis, sqlite_store: str, settings: config.Settings) -> None:
    tick = tick_due(datetime.now().astimezone())
    lock = stuck(sqlite_store)
    worker = start_worker("upkeep", settings, sqlite_store)
    enqueue("tick", tick.id)
    until(busy("upkeep"))
    worker.send_signal(signal.SIGKILL)
    worker.wait(5)
    lock.rollback()
    lock.close()
    assert queue.llen("rq:queue:upkeep") == 0, "RQ has lost it"
    assert bury_the_dead("upkeep", patient()) == 1
    Clock().round()
    work("upkeep")
    assert Tick.get_by_id(tick.id).done_at is not None


@pytest.mark.slow
def test_sigterm_lets_the_job_in_hand_finish(queue: Redis, sqlite_store: str, settings: config.Settings) -> None:
    tick = tick_due(datetime.now().astimezone())
    lock = stuck(sqlite_store)
    worker = start_worker("upkeep", settings, sqlite_store)
    enqueue("tick", tick.id)
    until(busy("upkeep"))
    worker.send_signal(signal.SIGTERM)
    lock.rollback()
    lock.close()
    assert worker.wait(10) == 0
    assert Tick.get_by_id(tick.id).done_at is not None
    assert snapshot().workers == ()


@pytest.mark.slow
def test_max_jobs_bounds_a_workers_age(queue: Redis, sqlite_store: str, settings: config.Settings) -> None:
    for _ in range(2):
        enqueue("tick", uuid7())
    worker = start_worker("upkeep", settings, sqlite_store, "--max-jobs", "1")
    assert worker.wait(10) == 0
    assert queue.llen("rq:queue:upkeep") == 1


def test_a_worker_is_seen_again_after_redis_was_wiped(queue: Redis) -> None:
    worker = make_worker("mail", patient())
    worker.register_birth()
    queue.flushall()
    worker.heartbeat()
    (seen,) = snapshot().workers
    assert (seen.name, seen.queue, seen.pid) == (worker.name, "mail", os.getpid())
    worker.register_death()
    assert snapshot().workers == ()


def test_a_worker_gives_up_a_connection_that_fell_silent(
    queue: Redis, silent_server: int, settings: config.Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert make_worker("mail", patient()).dequeue_timeout < connection.WORKER_PATIENCE, "an idle one is not given up"
    monkeypatch.setattr(connection, "WORKER_PATIENCE", 0.2)
    config.use(replace(settings, redis_url=f"redis://127.0.0.1:{silent_server}"))
    with pytest.raises(RedisTimeoutError):
        patient().ping()
