"""Ticks: made once, run once, and made up after a rest as their line says."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, time, timedelta

import pytest

from domain.work import ticks
from domain.work.due import backlog, due
from domain.work.timetable import TIMETABLE, CatchUp, Daily, Line
from domain.work.wake import Work
from kit.clock import Stopped
from models.base import connected
from models.work import Tick

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def line(run=lambda: "done", catch_up: CatchUp = CatchUp.ALL) -> Line:
    return Line("daily", Daily(time(9, 0)), catch_up, run)


def noted(runs: list[str]) -> str:
    runs.append("x")
    return "done"


@pytest.mark.parametrize(
    ("catch_up", "now", "days"),
    [
        (CatchUp.ALL, NOON, [21, 22, 23]),
        (CatchUp.LATEST, NOON, [23]),
        (CatchUp.SKIP, NOON, []),
        (CatchUp.SKIP, NOON.replace(hour=9, minute=4), [23]),
        (CatchUp.ALL, NOON.replace(hour=8), [21, 22]),
    ],
)
def test_missed_moments_are_made_up_as_the_line_says(catch_up: CatchUp, now: datetime, days: list[int]) -> None:
    last = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
    assert [moment.day for moment in ticks.missing(line(catch_up=catch_up), last, now)] == days


@pytest.mark.parametrize("catch_up", list(CatchUp))
def test_a_line_that_never_ran_begins_with_its_latest_moment(catch_up: CatchUp) -> None:
    assert ticks.missing(line(catch_up=catch_up), None, NOON) == [NOON.replace(hour=9)]


def test_moments_after_the_last_tick_are_not_made_twice(store: str) -> None:
    ticks.make(NOON, [line()])
    ticks.make(NOON, [line()])
    assert Tick.select().count() == 1
    ticks.make(NOON + timedelta(days=2), [line()])
    assert Tick.select().count() == 3


def test_two_clocks_make_one_tick(store: str) -> None:
    barrier = threading.Barrier(4)

    def one_clock() -> None:
        barrier.wait()
        with connected():
            ticks.make(NOON, [line()])

    threads = [threading.Thread(target=one_clock) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Tick.select().count() == 1


def test_a_tick_runs_once_however_often_its_job_runs(store: str, clock: Stopped) -> None:
    runs: list[str] = []
    lines = [line(lambda: noted(runs))]
    ticks.make(NOON, lines)
    tick = Tick.get()
    for _ in range(3):
        ticks.run(tick.id, lines)
    assert runs == ["x"]
    assert Tick.get().result == "done"
    assert due(NOON + timedelta(days=30)) == []


def test_a_tick_runs_once_when_two_workers_take_it_at_once(store: str, clock: Stopped) -> None:
    runs: list[str] = []
    lines = [line(lambda: noted(runs))]
    ticks.make(NOON, lines)
    tick, barrier = Tick.get().id, threading.Barrier(4)

    def work() -> None:
        barrier.wait()
        ticks.run(tick, lines)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert runs == ["x"]


def test_a_tick_that_failed_comes_back_when_its_lease_is_over(store: str, clock: Stopped) -> None:
    def fails() -> str:
        raise ValueError("no")

    ticks.make(NOON, [line(fails)])
    tick = Tick.get()
    with pytest.raises(ValueError, match="no"):
        ticks.run(tick.id, [line(fails)])
    assert Tick.get().result == "failed: ValueError"
    assert due(clock()) == []
    assert [(found.kind, found.count) for found in backlog(clock()) if found.count] == [(Work.TICK, 1)]
    clock.advance(timedelta(minutes=16))
    assert [found.id for found in due(clock())] == [tick.id]
    ticks.run(tick.id, [line()])
    assert Tick.get().done_at == clock()


def test_a_run_that_outlived_its_lease_does_not_mark_the_tick(store: str, clock: Stopped) -> None:
    ticks.make(NOON, [line()])
    tick = Tick.get()

    def slow() -> str:
        clock.advance(timedelta(minutes=20))
        ticks.run(tick.id, [line(lambda: "the second one")])
        return "the first one"

    ticks.run(tick.id, [line(slow)])
    assert Tick.get().result == "the second one"


def test_a_tick_of_a_line_that_is_gone_is_done(store: str, clock: Stopped) -> None:
    ticks.make(NOON, [line()])
    ticks.run(Tick.get().id, [])
    assert Tick.get().result == "no such line any more"


def test_names_of_the_timetable_are_unique() -> None:
    assert len({row.name for row in TIMETABLE}) == len(TIMETABLE)
