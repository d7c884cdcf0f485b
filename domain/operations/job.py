"""One job: what it is about, its row, what the queue says beside the store's truth, and every run that ended."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from peewee import JOIN

from domain.operations.about import About, Standing, about
from domain.operations.money import MoneyState, attempt_behind
from domain.operations.refusals import Why, discard_refused, halts, reconcile_refused, requeue_refused
from domain.operations.search_hints import names_of
from domain.operations.search_terms import Row, State, name_of, row_of
from domain.work.wake import Work
from integrations.queue import jobs
from integrations.queue.jobs import JobView
from integrations.queue.kinds import KINDS
from kit.clock import real_now
from models.base import connected
from models.merchants import Membership, Staff
from models.operations import JobRun, OperatorAct, RunState
from models.payments import Attempt, AttemptState

_RUNS = 50
_ACTS = 20
_STUCK = (AttemptState.UNKNOWN, AttemptState.REVIEW)
_STATES = {
    RunState.DONE: State.DONE,
    RunState.OPEN: State.FAILED,
    RunState.LATER: State.DONE_LATER,
    RunState.DISCARDED: State.DISCARDED,
}


class Odds(StrEnum):
    """Where the queue says something else than the store; the store is right."""

    DONE_NOT_FAILED = "done_not_failed"  # RQ lists it as failed or abandoned, and the row is done
    DONE_STILL_LISTED = "done_still_listed"  # a hint waits or runs for a row that is done: it will find nothing to do
    NO_HINT = "no_hint"  # the row is due, and RQ knows of nothing
    LOST_HINT = "lost_hint"  # RQ says that it waits, and it stands in no list
    OVER_TIME = "over_time"  # RQ says that it runs, for longer than it may
    FAILED_STILL_DUE = "failed_still_due"  # the hint failed; the row is due and gets another
    REDIS_AWAY = "redis_away"


@dataclass(frozen=True)
class Run:
    """A run that ended. Times in milliseconds; `wait` is None for what did not come through a queue."""

    id: UUID
    at: datetime
    state: State
    by: str
    worker: str
    wait: int | None
    took: int
    error: str
    message: str
    group: str
    trace: str
    settled_at: datetime | None
    settled_by: str


@dataclass(frozen=True)
class Acted:
    """What an operator did about it."""

    at: datetime
    act: str
    who: str
    reason: str


@dataclass(frozen=True)
class Behind:
    """The attempt by which its money state is told. `stuck`: a person may have to decide about it."""

    attempt: UUID
    payment: UUID
    state: AttemptState
    stuck: bool


@dataclass(frozen=True)
class Job:
    """Everything about one job. `about` is None when the row is gone; `views` has a job for each lane that RQ knows."""

    name: str
    row: Row
    queue: str
    timeout: timedelta
    about: About | None
    standing: Standing | None
    views: tuple[JobView, ...]
    reachable: bool
    odds: Odds | None
    runs: tuple[Run, ...]
    acts: tuple[Acted, ...]
    behind: Behind | None
    requeue: Why | None  # why not; None when it may be done anew
    discard: Why | None
    reconcile: Why | None

    @property
    def kind(self) -> Work:
        """What it does."""
        return self.row[0]

    @property
    def money(self) -> MoneyState | None:
        """What has become of its money; None when its row is gone."""
        return self.about.money if self.about else None

    @property
    def failed_last(self) -> bool:
        """Whether an error of it is neither done since nor discarded."""
        return any(run.state is State.FAILED for run in self.runs)


def job(name: str, *, now: datetime) -> Job | None:
    """The job of that name; None when neither the store nor the queue has ever heard of it."""
    row = row_of(name)
    if row is None or name != name_of(row):
        return None
    with connected():
        found, runs, views = about(*row), _runs(row), _views(row)
        if found is None and not runs and not views:
            return None
        standing = found.standing(now) if found else None
        kind, halted = KINDS[row[0].value], halts(now)
        return Job(
            name=name,
            row=row,
            queue=kind.queue,
            timeout=timedelta(seconds=kind.timeout),
            about=found,
            standing=standing,
            views=tuple(views or ()),
            reachable=views is not None,
            odds=odds(standing, views, real_now()),
            runs=runs,
            acts=_acts(name),
            behind=_behind(row) if found else None,
            requeue=requeue_refused(found, now, halted),
            discard=discard_refused(found, now),
            reconcile=reconcile_refused(found),
        )


def is_job(name: str) -> bool:
    """Whether there is anything to show of a job of that name."""
    row = row_of(name)
    if row is None or name != name_of(row):
        return False
    with connected():
        return about(*row) is not None or bool(_runs(row, limit=1)) or bool(_views(row))


def works_for(staff: UUID | None, merchant: UUID | None) -> bool:
    """Whether an operator is also one of the merchant's people, who may see its pages."""
    if staff is None or merchant is None:
        return False
    with connected():
        return bool(Membership.select().where((Membership.staff == staff) & (Membership.merchant == merchant)).exists())


def odds(standing: Standing | None, views: list[JobView] | None, real: datetime) -> Odds | None:
    """Where queue and store differ; None where they agree. `real` is the time that RQ's stamps are of. Pure."""
    if views is None:
        return Odds.REDIS_AWAY
    if any(_over_time(view, real) for view in views):
        return Odds.OVER_TIME
    if standing is Standing.DONE and any(view.failed for view in views):
        return Odds.DONE_NOT_FAILED
    if standing is Standing.DONE and any(view.waits or view.runs for view in views):
        return Odds.DONE_STILL_LISTED
    if standing is not Standing.DUE:
        return None
    if any(view.status == "queued" and view.listed is False for view in views):
        return Odds.LOST_HINT
    if any(view.waits or view.runs for view in views):
        return None
    return Odds.FAILED_STILL_DUE if views else Odds.NO_HINT


def _over_time(view: JobView, real: datetime) -> bool:
    if not view.runs or view.started_at is None or view.timeout is None:
        return False
    return real - view.started_at.astimezone(UTC) > timedelta(seconds=2 * view.timeout)


def _views(row: Row) -> list[JobView] | None:
    """What RQ knows under the row's names; the first lane with its error and place."""
    first, *others = names_of(row)
    rest = jobs.find(others) if others else {}
    if rest is None:
        return None
    seen, answered = jobs.look(first), jobs.find([first])
    if answered is None:
        return None
    return [view for view in (seen, *rest.values()) if view is not None]


def _runs(row: Row, limit: int = _RUNS) -> tuple[Run, ...]:
    kind, id_ = row
    mine = (JobRun.row_id == str(id_)) & (JobRun.kind == kind.value)
    query: Any = JobRun.select(JobRun, Staff.name).join(Staff, JOIN.LEFT_OUTER).where(mine)
    return tuple(_run(each) for each in query.order_by(JobRun.ended_at.desc()).limit(limit))


def _run(each: Any) -> Run:
    return Run(
        id=each.id,
        at=each.ended_at,
        state=_STATES[each.state],
        by=each.by,
        worker=each.worker,
        wait=each.wait_ms,
        took=each.run_ms,
        error=each.error,
        message=each.message,
        group=each.error_group,
        trace=each.trace,
        settled_at=each.settled_at,
        settled_by=each.settled_by.name if each.settled_by_id else "",
    )


def _acts(name: str) -> tuple[Acted, ...]:
    query: Any = (
        OperatorAct.select(OperatorAct, Staff.name).join(Staff, JOIN.LEFT_OUTER).where(OperatorAct.about == name)
    )
    newest = query.order_by(OperatorAct.at.desc()).limit(_ACTS)
    return tuple(Acted(row.at, row.act, row.staff.name if row.staff_id else "", row.reason) for row in newest)


def _behind(row: Row) -> Behind | None:
    attempt = attempt_behind(*row)
    found = Attempt.get_or_none(Attempt.id == attempt) if attempt else None
    if found is None:
        return None
    return Behind(found.id, found.payment_id, found.state, found.state in _STUCK)
