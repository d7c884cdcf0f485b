"""What is kept of each run of work: whose it was, how it went, what the error was, and when it is forgotten."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from peewee import OperationalError

from domain.operations import runs
from domain.operations.owners import owners
from domain.work.perform import perform
from domain.work.wake import Work
from kit import measure
from kit.clock import Stopped, utc_now
from kit.measure import What
from models.operations import JobRun, RunState
from models.payments import Attempt
from tests import factory
from tests.payments.conftest import Shop, shop  # noqa: F401 - a fixture

CANARY = "Quirin Zeisig"


@pytest.fixture(autouse=True)
def _nothing_before() -> None:
    runs._runs.clear()
    measure.take()


def _broken(_row: UUID) -> None:
    raise ValueError(f"no order of {CANARY} was found")


def _run(monkeypatch: pytest.MonkeyPatch, kind: Work, row: UUID, does) -> None:
    monkeypatch.setattr("domain.work.perform._use_case", lambda _kind: does)
    try:
        perform(kind, row)
    except ValueError:
        assert does is _broken


def test_a_run_is_kept_with_its_owners_and_an_error_is_over_when_the_row_was_done(
    shop: Shop,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    order = shop.order()
    shop.press(shop.method(), order)
    attempt = Attempt.get()
    with runs.at(runs.Place("job", "charges@host#1", wait=1.5)):
        _run(monkeypatch, Work.ATTEMPT, attempt.id, _broken)
    assert runs.urgent.is_set()
    assert runs.flush() == 1
    failed = JobRun.get()
    assert (failed.state, failed.by, failed.queue, failed.worker) == (RunState.OPEN, "job", "charges", "charges@host#1")
    assert (failed.merchant_id, failed.customer_id) == (shop.customer.merchant_id, str(shop.customer.id))
    assert (failed.order_id, failed.payment_id) == (str(order.id), str(attempt.payment_id))
    assert (failed.wait_ms, failed.error, failed.message) == (1500, "ValueError", "no order of … was found")
    assert "in _broken" in failed.trace
    assert CANARY not in failed.trace

    shop.clock.advance(timedelta(minutes=1))
    _run(monkeypatch, Work.ATTEMPT, attempt.id, lambda _row: None)
    shop.clock.advance(timedelta(minutes=1))
    _run(monkeypatch, Work.ATTEMPT, attempt.id, _broken)
    assert runs.flush() == 2
    states = [(run.state, run.by) for run in JobRun.select().order_by(JobRun.ended_at)]
    assert states == [(RunState.LATER, "job"), (RunState.DONE, "clock"), (RunState.OPEN, "clock")]
    groups = {run.error_group for run in JobRun.select().where(JobRun.error != "")}
    assert len(groups) == 1

    counted: Counter[What] = Counter()
    for series, kept in measure.take().items():
        counted[series.what] += kept.n if series.who == "attempt" else 0
    assert (counted[What.FAILED], counted[What.RAN], counted[What.WAITED]) == (2, 1, 1)


def test_an_error_that_is_written_late_knows_of_the_success_before_it(
    store: str, clock: Stopped, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = uuid4()
    _run(monkeypatch, Work.TICK, row, _broken)
    late = [runs._runs.pop()]
    clock.advance(timedelta(seconds=20))
    _run(monkeypatch, Work.TICK, row, lambda _row: None)
    runs.flush()
    runs._runs.extend(late)
    runs.flush()
    assert {run.state for run in JobRun.select()} == {RunState.DONE, RunState.LATER}


def test_a_row_of_a_wave_is_the_waves(sqlite_store: str, clock: Stopped, monkeypatch: pytest.MonkeyPatch) -> None:
    account, order = uuid4(), uuid4()

    def work_through(row: UUID) -> None:
        if row == account:
            perform(Work.COLLECT, order)

    with runs.at(runs.Place("job", "charges@host#1", wait=0.2)):
        _run(monkeypatch, Work.WAVE, account, work_through)
    runs.flush()
    kept = {run.row_id: (run.by, run.wait_ms, run.worker) for run in JobRun.select()}
    assert kept == {str(account): ("job", 200, "charges@host#1"), str(order): ("wave", None, "charges@host#1")}


def test_every_kind_of_work_names_its_owners(store: str) -> None:
    merchant = factory.merchant()
    order = factory.order(factory.customer(merchant))
    for kind in Work:
        assert owners(kind, [uuid4()]) == {}, kind
    assert owners(Work.COLLECT, [order.id, uuid4()])[order.id].merchant == merchant.id
    assert owners(Work.WAVE, [factory.gateway_account(merchant).id]).popitem()[1].merchant == merchant.id


def test_runs_wait_for_a_store_that_is_away_and_are_few(
    sqlite_store: str, clock: Stopped, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(runs._MOST + 7):
        runs.note(runs.Run(Work.TICK, uuid4(), runs.Place(), utc_now(), 0.01))
    monkeypatch.setattr(runs, "_write", _away)
    with pytest.raises(OperationalError):
        runs.flush()
    monkeypatch.undo()
    assert runs.flush() == JobRun.select().count() == runs._MOST


def _away(_runs: object) -> None:
    raise OperationalError("away")


def test_many_runs_are_written_in_short_transactions_and_none_twice(
    sqlite_store: str, clock: Stopped, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [uuid4() for _ in range(120)]
    for row in rows:
        runs.note(runs.Run(Work.MAIL, row, runs.Place(), utc_now(), 0.01))
    write, sizes = runs._write, []

    def noted(some: list[runs.Run]) -> None:
        sizes.append(len(some))
        if len(sizes) == 2:
            raise OperationalError("away")
        write(some)

    monkeypatch.setattr(runs, "_write", noted)
    with pytest.raises(OperationalError):
        runs.flush()
    assert JobRun.select().count() == 50, "others may write between"
    assert runs.flush() == 70 and max(sizes) == 50
    assert sorted(run.row_id for run in JobRun.select()) == sorted(map(str, rows))


def test_old_runs_are_forgotten_failed_ones_later(store: str, clock: Stopped, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runs, "_PER_FORGETTING", 2)
    for _ in range(3):
        _run(monkeypatch, Work.TICK, uuid4(), lambda _row: None)
        _run(monkeypatch, Work.TICK, uuid4(), _broken)
    runs.flush()
    assert runs.forget(utc_now() + timedelta(days=2)) == 0
    assert runs.forget(utc_now() + timedelta(days=4)) == 3
    assert runs.forget(utc_now() + timedelta(days=31)) == 3
