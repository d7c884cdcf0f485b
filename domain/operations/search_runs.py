"""Runs that have ended, by whom they were about, whose, when and how: the search's part that has a history."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import reduce
from operator import or_
from typing import Any
from uuid import UUID

from peewee import SQL, fn

from domain.operations.search_terms import Filter, Line, Row, State, Subject, Wanted, name_of, row_of
from domain.work.wake import Work
from models.base import connected
from models.operations import JobRun, RunState

GROUPED = 20_000  # failed runs that are looked at when errors are grouped, the newest
_GROUPS = 50
_STATES = {
    RunState.DONE: State.DONE,
    RunState.OPEN: State.FAILED,
    RunState.LATER: State.DONE_LATER,
    RunState.DISCARDED: State.DISCARDED,
}
_FAILED = SQL("state <> 'done'")  # as the indexes say it
_ASKED = {
    Wanted.FAILED: JobRun.state == RunState.OPEN,
    Wanted.DONE: JobRun.state.in_([RunState.DONE, RunState.LATER]),
    Wanted.DISCARDED: JobRun.state == RunState.DISCARDED,
}


@dataclass(frozen=True)
class Group:
    """Errors of one place in the code: how many, since when, whom they touched."""

    key: str
    error: str
    message: str  # of one of them
    count: int
    first: datetime
    last: datetime
    kinds: tuple[Work, ...]
    merchants: int
    customers: int
    open: int  # neither done since nor discarded


def runs(asked: Filter, offset: int, limit: int) -> list[Line]:
    """Runs that fit, the newest first."""
    with connected():
        query: Any = JobRun.select(
            JobRun.id, JobRun.kind, JobRun.row_id, JobRun.queue, JobRun.state, JobRun.ended_at, JobRun.error,
            JobRun.message, JobRun.error_group,
        )  # fmt: skip
        query = query.where(*_fits(asked)).order_by(JobRun.ended_at.desc()).offset(offset).limit(limit)
        return [_line(run) for run in query.namedtuples()]


def _line(run: Any) -> Line:
    row = row_of(f"{run.kind}-{run.row_id}")
    return Line(
        name=name_of(row) if row else f"{run.kind}-{run.row_id}",
        state=_STATES[run.state],
        at=run.ended_at,
        queue=run.queue,
        row=row,
        error=run.error,
        message=run.message,
        group=run.error_group,
        run=run.id,
    )


def failed_rows(rows: list[Row]) -> frozenset[Row]:
    """Which of these rows have a failed run in the store."""
    ids = [str(id_) for _kind, id_ in rows]
    if not ids:
        return frozenset()
    with connected():
        query: Any = JobRun.select(JobRun.kind, JobRun.row_id).where(JobRun.row_id.in_(ids) & _FAILED).tuples()
        return frozenset((Work(kind), UUID(row_id)) for kind, row_id in query)


def groups(asked: Filter, now: datetime) -> list[Group]:
    """Failed runs by their error, those with most first. Of a month's, the newest 20,000 that fit."""
    if asked.subject.nobody:
        return []
    since = asked.since or now - timedelta(days=30)
    with connected():
        newest: Any = JobRun.select().where(_FAILED, JobRun.ended_at >= since, *_fits(asked))
        few = newest.order_by(JobRun.ended_at.desc()).limit(GROUPED).alias("few")
        key, count = few.c.error_group, fn.COUNT(few.c.id)
        open_ = fn.SUM(SQL("CASE WHEN few.state = 'open' THEN 1 ELSE 0 END"))
        told: Any = (
            JobRun.select(
                key, fn.MAX(few.c.error), fn.MAX(few.c.message), count, fn.MIN(few.c.ended_at), fn.MAX(few.c.ended_at),
                fn.COUNT(few.c.merchant_id.distinct()), fn.COUNT(few.c.customer_id.distinct()), open_,
            )
            .from_(few)
            .group_by(key)
            .order_by(count.desc(), fn.MAX(few.c.ended_at).desc())
            .limit(_GROUPS)
        )  # fmt: skip
        rows = list(told.tuples())
        kinds = _kinds([row[0] for row in rows], since)
    return [_group(row, kinds.get(row[0], ())) for row in rows]


def _group(row: tuple[Any, ...], kinds: tuple[Work, ...]) -> Group:
    key, error, message, count, first, last, merchants, customers, open_ = row
    at: Any = JobRun.ended_at.python_value
    return Group(key, error, message, count, at(first), at(last), kinds, merchants, customers, int(open_ or 0))


def _kinds(keys: list[str], since: datetime) -> dict[str, tuple[Work, ...]]:
    query: Any = (
        JobRun.select(JobRun.error_group, JobRun.kind)
        .where(_FAILED, JobRun.error_group.in_(keys), JobRun.ended_at >= since)
        .distinct()
        .tuples()
    )
    found: dict[str, tuple[Work, ...]] = {}
    for key, kind in query:
        found[key] = (*found.get(key, ()), Work(kind))
    return {key: tuple(sorted(each)) for key, each in found.items()}


def _fits(asked: Filter) -> list[Any]:
    conditions: list[Any] = [*_of_time(asked), *_about(asked.subject)]
    if asked.kind is not None:
        conditions.append(JobRun.kind == asked.kind.value)
    if asked.queue:
        conditions.append(JobRun.queue == asked.queue)
    if asked.state in _ASKED:
        conditions.append(_ASKED[asked.state])
    if asked.state in (Wanted.FAILED, Wanted.DISCARDED) or asked.group:
        conditions.append(_FAILED)
    if asked.merchant is not None:
        conditions.append(JobRun.merchant == asked.merchant)
    if asked.group:
        conditions.append(JobRun.error_group == asked.group)
    return conditions or [JobRun.ended_at.is_null(False)]


def _of_time(asked: Filter) -> list[Any]:
    since = [JobRun.ended_at >= asked.since] if asked.since else []
    return [*since, JobRun.ended_at < asked.until] if asked.until else since


def _about(subject: Subject) -> list[Any]:
    found: list[Any] = []
    if subject.row is not None:
        kind, id_ = subject.row
        found.append((JobRun.kind == kind.value) & (JobRun.row_id == str(id_)))
    columns = (
        (JobRun.customer_id, subject.customers),
        (JobRun.order_id, subject.orders),
        (JobRun.payment_id, subject.payments),
    )
    found += [column.in_([str(each) for each in sorted(ids)]) for column, ids in columns if ids is not None]
    if subject.ids is not None:
        texts = [str(each) for each in sorted(subject.ids)]
        every = (JobRun.row_id, JobRun.customer_id, JobRun.order_id, JobRun.payment_id)
        found.append(reduce(or_, [column.in_(texts) for column in every]))
    return found
