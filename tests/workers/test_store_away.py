"""A store that restarts costs seconds: the job that met it is no failed job, which would rest for a minute."""

from __future__ import annotations

from datetime import timedelta

import pytest
from redis import Redis

from integrations.queue.connection import patient
from integrations.queue.snapshot import snapshot
from integrations.queue.wake import enqueue
from kit.clock import Stopped
from models import base
from models.work import Tick
from workers.worker import make_worker


@pytest.mark.usefixtures("kept_signals")
def test_a_job_that_met_a_store_away_is_hinted_at_again_at_once(
    queue: Redis, sqlite_store: str, clock: Stopped
) -> None:
    tick = Tick.create(name="forget-done-work", due_at=clock() - timedelta(minutes=1))
    base.configure("postgresql://nobody@127.0.0.1:1/none")
    _work_after_a_hint(tick)
    assert {view.failed for view in snapshot().queues} == {0}
    base.configure(sqlite_store)
    _work_after_a_hint(tick)
    with base.connected():
        assert Tick.get_by_id(tick.id).done_at == clock()


def _work_after_a_hint(tick: Tick) -> None:
    assert enqueue("tick", tick.id)
    make_worker("upkeep", patient()).work(burst=True, logging_level="WARNING")
