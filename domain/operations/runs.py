"""What became of every run of a row's work: gathered in the process that ran it, written in batches by another thread.

Whoever works pays microseconds and no statement. The runs of the last seconds are lost with a killed process; what they
were about is in its own rows.
"""

from __future__ import annotations

import threading
import time
from collections import defaultdict, deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from peewee import InterfaceError, OperationalError, fn

from domain.operations.owners import Owner, owners
from domain.work.wake import Work
from integrations.queue.kinds import KINDS
from kit import measure
from kit.clock import utc_now
from kit.failure import Failure, told
from kit.log import log, redact
from kit.measure import What
from models.base import connected, unit_of_work
from models.operations import JobRun, RunState

DONE_KEPT = timedelta(days=3)
FAILED_KEPT = timedelta(days=30)
_MOST = 2000  # runs that wait to be written; the oldest go first
_ROWS = 50  # of one transaction: SQLite lets nobody else write meanwhile
_PER_FORGETTING = 500  # rows of one transaction

urgent = threading.Event()  # a run failed: it is wanted on the screen at once


@dataclass(frozen=True)
class Place:
    """Who works: a job of a worker, a wave of one, or the clock itself. `wait` in seconds, of a job in its queue."""

    by: str = "clock"
    worker: str = ""
    wait: float | None = None


@dataclass(frozen=True)
class Run:
    """A run that ended. `failure` is None when it ended well."""

    kind: Work
    row: UUID
    place: Place
    ended_at: datetime
    seconds: float
    failure: Failure | None = None


_CLOCK = Place()
_place: ContextVar[Place] = ContextVar("place", default=_CLOCK)
_runs: deque[Run] = deque(maxlen=_MOST)
_writing = threading.Lock()


@contextmanager
def at(place: Place) -> Iterator[None]:
    """Inside, whatever runs runs there. Set by whoever takes work: a worker for each job, the clock."""
    token = _place.set(place)
    try:
        yield
    finally:
        _place.reset(token)


@contextmanager
def noted(kind: Work, row: UUID) -> Iterator[None]:
    """Measures and notes the run of a row's work. What it raises is raised."""
    place = _place.get()
    inner = _place.set(replace(place, by="wave", wait=None)) if kind == Work.WAVE else None
    began = time.perf_counter()
    try:
        yield
    except Exception as problem:
        note(Run(kind, row, place, utc_now(), time.perf_counter() - began, told(problem, kind.value)))
        raise
    else:
        note(Run(kind, row, place, utc_now(), time.perf_counter() - began))
    finally:
        if inner is not None:
            _place.reset(inner)


def note(run: Run) -> None:
    """Counts a run, and keeps it until `flush`. Never fails, never waits."""
    measure.took(What.FAILED if run.failure else What.RAN, run.kind.value, run.seconds)
    if run.place.wait is not None:
        measure.took(What.WAITED, run.kind.value, run.place.wait)
    _runs.append(run)
    if run.failure is not None:
        urgent.set()


def flush() -> int:
    """Writes the runs that wait; returns how many. A later success of the same row closes the errors before it.

    A store that is away is raised, and the runs wait for the next time.
    """
    with _writing:
        taken, written = list(_taken()), 0
        for first in range(0, len(taken), _ROWS):
            some = taken[first : first + _ROWS]
            try:
                _write(some)
            except (OperationalError, InterfaceError):
                _give_back(taken[first:])
                raise
            except Exception as problem:  # a run that cannot be written must not keep back those that come after it
                log().error("runs.lost", count=len(some), error=type(problem).__name__, exc_info=True)
            else:
                written += len(some)
        return written


def _give_back(left: list[Run]) -> None:
    room = _MOST - len(_runs)
    _runs.extendleft(reversed(left[-room:] if room > 0 else []))


def _taken() -> Iterator[Run]:
    for _ in range(_MOST):
        try:
            yield _runs.popleft()
        except IndexError:
            return


def _write(runs: list[Run]) -> None:
    owned = _owners(runs)
    rows = _rows(runs, owned)
    well = [str(run.row) for run in runs if run.failure is None]
    with unit_of_work():
        if well:
            _close_errors(well)
        JobRun.insert_many(rows).execute()


def _close_errors(ids: list[str]) -> None:
    """Errors that are in the store already. What fails after it is another error."""
    JobRun.update(state=RunState.LATER).where(JobRun.row_id.in_(ids), JobRun.state == RunState.OPEN).execute()


def _owners(runs: Iterable[Run]) -> dict[UUID, Owner]:
    ids: dict[Work, set[UUID]] = defaultdict(set)
    for run in runs:
        ids[run.kind].add(run.row)
    found: dict[UUID, Owner] = {}
    for kind, asked in ids.items():
        found.update(owners(kind, asked))
    return found


def _rows(runs: list[Run], owned: dict[UUID, Owner]) -> list[dict[str, Any]]:
    """Newest first, so that each error knows of a success that came after it; written in that order, too."""
    done = _done_since([run for run in runs if run.failure])
    rows = []
    for run in sorted(runs, key=lambda run: run.ended_at, reverse=True):
        if run.failure is None:
            done.setdefault(str(run.row), run.ended_at)
        rows.append(_row(run, owned.get(run.row, Owner()), later=done.get(str(run.row))))
    return rows


def _done_since(failed: list[Run]) -> dict[str, datetime]:
    """When rows were last done well, by another process that wrote before us."""
    if not failed:
        return {}
    ids = sorted({str(run.row) for run in failed})
    query: Any = JobRun.select(JobRun.row_id, fn.MAX(JobRun.ended_at))
    with connected():
        found = query.where(JobRun.row_id.in_(ids), JobRun.state == RunState.DONE).group_by(JobRun.row_id).tuples()
        return dict(found)


def _row(run: Run, owner: Owner, later: datetime | None) -> dict[str, Any]:
    failed, state = run.failure, RunState.DONE
    if failed is not None:
        state = RunState.LATER if later is not None and later > run.ended_at else RunState.OPEN
    return {
        "kind": run.kind.value,
        "row_id": str(run.row),
        "queue": KINDS[run.kind.value].queue,
        "worker": run.place.worker[:80],
        "by": run.place.by,
        "state": state,
        "ended_at": run.ended_at,
        "wait_ms": None if run.place.wait is None else max(int(run.place.wait * 1000), 0),
        "run_ms": max(int(run.seconds * 1000), 0),
        "merchant": owner.merchant,
        "customer_id": owner.customer,
        "order_id": owner.order,
        "payment_id": owner.payment,
        "error": failed.type[:80] if failed else "",
        "error_group": failed.group if failed else "",
        "message": redact(failed.message)[:300] if failed else "",
        "trace": redact(failed.trace) if failed else "",
    }


def forget(now: datetime) -> int:
    """Deletes runs that ended well after 3 days and those that failed after 30, in batches; returns how many."""
    well = (JobRun.state == RunState.DONE) & (JobRun.ended_at < now - DONE_KEPT)
    gone = 0
    for old in (well, JobRun.ended_at < now - FAILED_KEPT):
        while True:
            with unit_of_work():
                ids = JobRun.select(JobRun.id).where(old).order_by(JobRun.ended_at).limit(_PER_FORGETTING)
                batch = JobRun.delete().where(JobRun.id.in_(ids)).execute()
            gone += batch
            if batch < _PER_FORGETTING:
                break
    return gone
