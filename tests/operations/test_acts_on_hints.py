"""What a queue keeps of a failed job gives way to a fresh hint; a job that runs is left alone; Redis may be away."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from redis import Redis
from rq import Queue
from rq.job import Job, JobStatus

from integrations.queue.connection import breaker
from integrations.queue.kinds import job_id
from integrations.queue.remove import remove
from integrations.queue.wake import enqueue
from kit import config
from kit.ids import uuid7
from tests.workers.conftest import queue, valkey_socket

__all__ = ["queue", "valkey_socket"]


def _queue(redis: Redis) -> Queue:
    return Queue("mail", connection=redis, serializer="json")


def test_a_failed_job_gives_way_and_a_running_one_does_not(queue: Redis) -> None:
    failed, runs = uuid7(), uuid7()
    for row in (failed, runs):
        assert enqueue("mail", row)
    mail = _queue(queue)
    job = Job.fetch(job_id("mail", failed), connection=queue, serializer="json")
    mail.remove(job)
    job.set_status(JobStatus.FAILED)
    mail.failed_job_registry.add(job, ttl=60)
    Job.fetch(job_id("mail", runs), connection=queue, serializer="json").set_status(JobStatus.STARTED)
    assert (remove("mail", failed), remove("mail", runs), remove("mail", uuid7())) == (1, 0, 0)
    assert mail.failed_job_registry.get_job_count(cleanup=False) == 0
    assert enqueue("mail", failed) and job_id("mail", failed) in mail.get_job_ids()


def test_without_redis_it_says_nothing_was_there(settings: config.Settings, tmp_path: Path) -> None:
    config.use(replace(settings, redis_url=f"unix://{tmp_path}/nobody"))
    breaker.reset()
    try:
        assert remove("wave", uuid7()) == 0 and not breaker.closed()
    finally:
        breaker.reset()
