"""Hints for waves: one waits, several run side by side, and what people wait for goes first."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from redis import Redis
from rq import Queue
from rq.job import JobStatus

from domain.payments.wave import work_through
from integrations.queue.connection import breaker, patient
from integrations.queue.kinds import of_job
from integrations.queue.wake import enqueue
from kit import config
from kit.clock import Stopped, real_now, utc_now
from kit.ids import uuid7
from models.base import db
from models.merchants import GatewayAccount
from models.orders import Order
from sandbox.inprocess import InProcess
from tests import factory
from tests.postgres import free_port
from workers.clock import Clock
from workers.registry import OwnJob
from workers.worker import make_worker


@pytest.fixture
def house(queue: Redis, sandbox: InProcess, valkey_socket: Path) -> InProcess:
    """A queue and a processor."""
    config.use(replace(config.settings(), redis_url=f"unix://{valkey_socket}"))
    return sandbox


def waiting(queue: Redis) -> list[str]:
    return list(Queue("charges", connection=queue, serializer="json").get_job_ids())


def take(queue: Redis) -> None:
    """What a worker does that has begun the first job."""
    place = Queue("charges", connection=queue, serializer="json", job_class=OwnJob)
    job = OwnJob.fetch(place.pop_job_id(), connection=queue, serializer="json")
    job.started_at = real_now()
    job.save()
    job.set_status(JobStatus.STARTED)


def collectable(clock: Stopped, count: int) -> tuple[GatewayAccount, list[Order]]:
    """Orders of one card, due now."""
    customer = factory.customer(factory.merchant())
    card = factory.method(customer)
    under = factory.consented(customer, card)
    orders = [factory.automatic(customer, card, under, 100) for _n in range(count)]
    clock.advance(timedelta(hours=3))
    return factory.gateway_account(customer.merchant), orders


def unpaid() -> int:
    return int(Order.select().where(Order.open > 0).count())


def test_of_an_accounts_waves_one_waits_however_many_run(queue: Redis) -> None:
    account = uuid7()
    assert [enqueue("wave", account) for _n in range(3)] == [True] * 3
    assert waiting(queue) == [f"wave-{account}"]
    take(queue)
    enqueue("wave", account)
    enqueue("wave", account)
    assert waiting(queue) == [f"wave-{account}_1"]
    take(queue)
    enqueue("wave", account)
    assert [of_job(name) for name in waiting(queue)] == [("wave", str(account))]


def test_what_a_person_waits_for_goes_before_the_waves(queue: Redis) -> None:
    account, attempt = uuid7(), uuid7()
    enqueue("wave", account)
    enqueue("attempt", attempt)
    assert waiting(queue) == [f"attempt-{attempt}", f"wave-{account}"]


def test_the_clock_hints_at_an_account_and_not_at_its_rows(
    queue: Redis, sqlite_store: str, clock: Stopped, house: InProcess
) -> None:
    account, _orders = collectable(clock, 5)
    going = Clock()
    going.round()
    assert waiting(queue) == [f"wave-{account.id}"]
    take(queue)
    going.round()  # others may help, at once
    assert waiting(queue) == [f"wave-{account.id}_1"]


def test_a_worker_finishes_a_wave_and_leaves_no_job_behind(
    queue: Redis, store: str, clock: Stopped, house: InProcess, kept_signals: None
) -> None:
    account, _orders = collectable(clock, 3)
    enqueue("wave", account.id)
    make_worker("charges", patient()).work(burst=True, logging_level="WARNING")
    db.connect(reuse_if_open=True)
    assert (unpaid(), waiting(queue), queue.keys("rq:job:wave-*")) == (0, [], [])


def test_a_wave_whose_time_is_up_hands_on_what_is_left(
    queue: Redis, sqlite_store: str, clock: Stopped, house: InProcess
) -> None:
    account, orders = collectable(clock, 6)
    GatewayAccount.update(charges_a_second=4).execute()
    work_through(
        account.id, budget=timedelta(seconds=1), wait=lambda seconds: clock.advance(timedelta(seconds=seconds))
    )
    assert (unpaid(), waiting(queue)) == (2, [f"wave-{account.id}"])
    assert {Order.get_by_id(order.id).lease_until for order in orders} == {None}, "they are free for whoever comes"


def test_without_redis_the_clock_makes_the_waves_itself(
    settings: config.Settings, sqlite_store: str, clock: Stopped, sandbox: InProcess
) -> None:
    account, _orders = collectable(clock, 3)
    config.use(replace(config.settings(), redis_url=f"redis://127.0.0.1:{free_port()}/0"))
    breaker.reset()
    Clock(patience=0).round()
    breaker.reset()
    assert unpaid() == 0
    paced = GatewayAccount.get_by_id(account.id).paced_until
    assert paced is not None and paced > utc_now(), "at the account's pace"
