"""What is counted, where it is counted, and how it comes into the store: added up, lost by nothing but a kill."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections import Counter
from datetime import timedelta

import pytest
from peewee import OperationalError
from redis import Redis

from domain.operations import measures
from domain.operations.measures import Hour
from domain.payments.at_gateway import gateway_for
from domain.work.drain import drain
from integrations.gateways.base import GatewayError
from integrations.queue.snapshot import snapshot
from integrations.queue.wake import enqueue
from kit import config, measure
from kit.clock import Stopped, real_now
from kit.crypto import encrypt
from kit.deadline import Deadline
from kit.measure import What
from models.merchants import GatewayAccount
from models.operations import JobRun, Measured, Span
from models.work import Tick
from sandbox.inprocess import InProcess
from tests import factory
from tests.workers.conftest import kept_signals, queue, valkey_socket  # noqa: F401 - fixtures
from workers.measuring import Measuring

MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def _nothing_before() -> None:
    measure.take()


def test_what_processes_count_is_added_up_and_told(store: str, clock: Stopped) -> None:
    for seconds in (0.004, 0.02, 0.02, 4000):
        measure.took(What.RAN, "mail", seconds)
    measure.count(What.PLACED, "mail", 3)
    assert measures.flush() == 4
    measure.took(What.RAN, "mail", 0.02)
    assert measures.flush() == 1
    assert measures.flush() == 0
    clock.advance(MINUTE)
    measure.took(What.RAN, "mail", 0.02)
    measures.flush()

    now = clock.advance(MINUTE) or clock.at
    ran = {total.bucket: (total.n, total.ms) for total in measures.totals() if total.what == What.RAN}
    assert ran == {0: (1, 4), 2: (4, 80), len(measure.BOUNDS): (1, 4_000_000)}
    assert measures.per_minute(What.RAN, ["mail", "tick"], minutes=3, now=now) == {"mail": [0, 5, 1], "tick": [0] * 3}
    asked = {"since": now - 10 * MINUTE, "now": now}
    assert measures.percentile(What.RAN, ["mail", "tick"], percent=50, **asked) == {"mail": 25, "tick": None}
    assert measures.percentile(What.RAN, ["mail"], percent=95, **asked) == {"mail": measure.BOUNDS[-1]}
    assert measures.sums(What.PLACED, **asked) == {"mail": (3, 0)}
    noon = clock.at.replace(minute=0)
    told = measures.hours(What.RAN, ["mail"], since=now - timedelta(hours=1), now=now)
    assert told == {"mail": [Hour(noon - timedelta(hours=1), 0, 0), Hour(noon, 6, 4_000_084)]}

    assert measures.forget(now + timedelta(days=3)) == 5
    assert measures.forget(now + timedelta(days=41)) == 4
    assert {row.span for row in Measured.select()} == {Span.EVER}


def test_a_store_that_is_away_gets_it_the_next_time(
    sqlite_store: str, clock: Stopped, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(_rows: object) -> None:
        raise OperationalError("away")

    measure.count(What.PLACED, "mail")
    monkeypatch.setattr(measures, "_add", away)
    with pytest.raises(OperationalError):
        measures.flush()
    monkeypatch.undo()
    measure.count(What.PLACED, "mail")
    measures.flush()
    assert [total.n for total in measures.totals()] == [2]


def test_calls_to_a_processor_are_counted_with_what_went_wrong(
    sqlite_store: str, clock: Stopped, sandbox: InProcess
) -> None:
    account = factory.gateway_account(factory.merchant())

    def call(of: GatewayAccount = account) -> None:
        try:
            gateway_for(of).read_intent("pi_none", deadline=Deadline.within(5))
        except GatewayError:
            pass

    call()
    sandbox.control(fault={"mode": "down", "path": "/v1/", "times": 1})
    call()
    sandbox.control(clear=True)
    GatewayAccount.update(secret=encrypt("sk_live_wrong")).execute()
    call(GatewayAccount.get_by_id(account.id))
    counted: Counter[What] = Counter()
    for series, kept in measure.take().items():
        counted[series.what] += kept.n if series.who == str(account.id) else 0
    assert counted == {What.GATEWAY: 3, What.GATEWAY_SILENT: 1, What.GATEWAY_KEY: 1}


def test_the_thread_brings_it_at_the_end_and_work_is_not_slowed(sqlite_store: str, clock: Stopped) -> None:
    thread = Measuring(every=60)
    thread.start()
    began = time.perf_counter()
    for _ in range(1000):
        measure.took(What.RAN, "mail", 0.001)
    assert time.perf_counter() - began < 0.1, "a hundred microseconds each would be far too much"
    thread.stop()
    thread.stop()
    assert [total.n for total in measures.totals()] == [1000]


@pytest.mark.usefixtures("kept_signals")
def test_a_real_worker_tells_how_it_is_and_what_it_ran(
    queue: Redis,  # noqa: F811
    sqlite_store: str,
    settings: config.Settings,
) -> None:
    drain()  # what a new install has to catch up with
    tick = Tick.create(name="forget-done-work", due_at=real_now() - MINUTE)
    enqueue("tick", tick.id)
    env = os.environ | {
        "SETTLE_MODE": "test",
        "DATA_DIR": str(settings.data_dir),
        "DATABASE_URL": sqlite_store,
        "REDIS_URL": str(config.settings().redis_url),
        "SECRET_KEY": "k" * 40,
    }
    subprocess.run([sys.executable, "-m", "workers", "upkeep", "--burst"], env=env, check=True, timeout=30)
    run = JobRun.get()
    assert (run.kind, run.row_id, run.by, run.queue) == ("tick", str(tick.id), "job", "upkeep")
    assert run.wait_ms is not None and run.wait_ms > 0
    assert run.worker.startswith("upkeep@")
    counted = {(total.what, total.who) for total in measures.totals()}
    assert counted == {(What.RAN, "tick"), (What.WAITED, "tick")}


def test_a_snapshot_tells_of_redis_and_of_each_worker(queue: Redis) -> None:  # noqa: F811
    from integrations.queue.connection import patient
    from workers.worker import make_worker

    worker = make_worker("mail", patient())
    worker.register_birth()
    worker.heartbeat()
    found = snapshot()
    (seen,) = found.workers
    assert seen.host == worker.hostname
    assert seen.memory is None or seen.memory > 10_000_000
    assert seen.since is not None
    assert found.redis is not None
    assert found.redis.memory > 0
    assert (found.redis.evicted, found.redis.kept, found.redis.written) == (0, False, True)
    worker.register_death()
