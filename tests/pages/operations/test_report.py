"""What operators read, from the store and from a real queue: with work, with late work, with Redis down."""

from __future__ import annotations

from datetime import timedelta

import pytest
from redis import Redis

from dashboard.pages.operations.spans import span
from domain.mail.catalogue import Template
from domain.operations import overview as operations
from domain.operations.overview import overview
from domain.operations.shapes import Overview
from domain.work import rounds
from domain.work.due import backlog
from domain.work.timetable import TIMETABLE
from domain.work.wake import Work
from integrations.queue.kinds import QUEUES
from integrations.queue.snapshot import QueueSnapshot, WorkerView
from integrations.queue.wake import enqueue
from kit.clock import Stopped, utc_now
from models.base import unit_of_work
from models.merchants import Merchant
from models.orders import Order
from models.work import Mail, Tick
from tests import factory
from tests.workers.conftest import queue, valkey_socket  # noqa: F401 - fixtures

pytestmark = pytest.mark.usefixtures("store")


def _calm() -> None:
    """The clock goes round, the timetable was kept to, and the books have been checked."""
    rounds.note(utc_now())
    at = utc_now() - timedelta(hours=2)
    with unit_of_work():
        for line in TIMETABLE:
            due_at = max(line.when.between(utc_now() - line.when.period, utc_now()))
            Tick.create(name=line.name, due_at=due_at, done_at=at, result="all hold")


def _to_collect(merchant: Merchant, count: int = 1) -> None:
    """Orders of one customer that the clock should have collected by now."""
    customer = factory.customer(merchant)
    for _number in range(count):
        row = factory.order(customer)
        Order.update(collect_at=utc_now()).where(Order.id == row.id).execute()


def _letter() -> None:
    with unit_of_work():
        Mail.create(
            template=next(iter(Template)).value,
            to_address="alex@example.com",
            dedup_key="one",
            due_at=utc_now(),
            created_at=utc_now(),
        )


def _said(seen: Overview) -> list[str]:
    said = [line.sentence for line in seen.verdict if line.tone != "good"]
    return [sentence for sentence in said if "log of changes" not in sentence]  # the tests' Valkey keeps none


def test_a_new_install_is_told_what_has_not_happened_yet(store: str, clock: Stopped, queue: Redis) -> None:  # noqa: F811
    seen = overview(utc_now())
    assert (seen.due_count, seen.invariants, seen.clock_at, seen.reachable) == (0, None, None, True)
    assert _said(seen) == ["Ours: the clock has never gone round"]


def test_all_is_well(store: str, clock: Stopped, queue: Redis) -> None:  # noqa: F811
    _calm()
    seen = overview(utc_now())
    assert _said(seen) == []
    assert seen.invariants is not None
    assert (seen.invariants.holds, seen.invariants.at) == (True, utc_now() - timedelta(hours=2))


def test_the_stores_truth_stands_beside_the_queues(store: str, clock: Stopped, queue: Redis) -> None:  # noqa: F811
    _calm()
    _to_collect(factory.merchant(), 3)
    enqueue("collect", Order.get().id)
    seen = overview(utc_now())
    lines = {line.name: line for line in seen.queues}
    assert (lines["charges"].waiting, lines["charges"].due, lines["charges"].workers) == (1, 3, 0)
    assert (seen.waiting, seen.due_count) == (1, sum(one.count for one in backlog(utc_now())))
    assert "Ours: no worker serves the queue charges" in _said(seen)


def test_late_work_says_how_much_for_how_many_and_that_nothing_is_lost(store: str, clock: Stopped) -> None:
    merchant = factory.merchant()
    _to_collect(merchant, 2)
    _to_collect(merchant)
    _letter()
    clock.advance(timedelta(minutes=72))
    _calm()
    seen = overview(utc_now())
    assert seen.late is not None
    assert (seen.late.rows, seen.late.customers, seen.late.letters) == (4, 2, 1)
    assert _said(seen)[0] == "Ours: 4 rows are late, the oldest by 1 h 12 min; 2 customers wait"
    assert {line.kind for line in seen.due if line.late} == {Work.COLLECT, Work.MAIL}


def test_work_that_has_just_come_due_is_not_late(store: str, clock: Stopped) -> None:
    _to_collect(factory.merchant())
    clock.advance(timedelta(minutes=2))
    seen = overview(utc_now())
    assert (seen.late, seen.due_count, seen.due_oldest) == (None, 1, timedelta(minutes=2))


def test_redis_down_is_said_and_the_store_still_counts(store: str, clock: Stopped) -> None:
    _calm()
    _to_collect(factory.merchant())
    seen = overview(utc_now())
    assert (seen.reachable, seen.workers, seen.due_count) == (False, (), 1)
    assert {line.name: line.due for line in seen.queues if not line.known} == dict.fromkeys(QUEUES, 0) | {"charges": 1}
    assert _said(seen) == ["Ours: Redis does not answer; the clock does what is due by itself"]


def test_a_silent_clock_and_broken_books_are_alarms(store: str, clock: Stopped, queue: Redis) -> None:  # noqa: F811
    _calm()
    clock.advance(timedelta(seconds=31))
    with unit_of_work():
        Tick.create(name="check-invariants", due_at=utc_now(), done_at=utc_now(), result="2 broken")
        Tick.create(name="check-invariants", due_at=utc_now() + timedelta(days=1), result="failed: OSError")
    assert _said(overview(utc_now())) == [
        "Ours: a promise about money is broken: 2 broken",
        "Ours: the clock has not gone round for 31 s",
    ]


def test_a_worker_at_work_may_be_quiet_until_its_time_is_over(
    store: str, clock: Stopped, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = utc_now() + timedelta(days=9)  # the queue's stamps are Redis's time, whatever the demo's clock says

    def worker(name: str, *, beat: int, job: int | None = None) -> WorkerView:
        since = None if job is None else real - timedelta(seconds=job)
        kind = None if job is None else "mail"
        return WorkerView(name, "mail", 1, real - timedelta(seconds=beat), kind, kind and "id", since, 60)

    workers = (worker("idle", beat=40), worker("dead", beat=300), worker("busy", beat=150, job=50))
    stuck = worker("stuck", beat=150, job=140)
    monkeypatch.setattr(operations, "snapshot", lambda: QueueSnapshot(True, (), (*workers, stuck), at=real))
    lines = {line.name: (line.silent, line.over_time) for line in overview(utc_now()).workers}
    assert lines == {
        "idle": (False, False), "dead": (True, False), "busy": (False, False), "stuck": (True, True),
    }  # fmt: skip
    assert "Ours: 2 workers silent" in _said(overview(utc_now()))


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0 s"), (59.9, "59 s"), (60, "1 min"), (4320, "1 h 12 min"), (86400 * 3 + 3600 * 5, "3 d 5 h"), (None, "–")],
)
def test_spans_in_words(seconds: float | None, words: str) -> None:
    assert span(None if seconds is None else timedelta(seconds=seconds)) == words
