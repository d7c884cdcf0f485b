"""An operator's act on all that a filter finds: what it would do, then the doing, each row judged again by itself."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from domain.events.record import Actor, record
from domain.operations.about import About, Standing, about, abouts
from domain.operations.acts import Act, act, acted, count
from domain.operations.discard import discard_row
from domain.operations.money import MoneyState
from domain.operations.reconcile import reconcile_row
from domain.operations.refusals import Halts, Why, discard_refused, halts, reconcile_refused, requeue_refused
from domain.operations.requeue import requeue_row
from domain.operations.search import rows_of
from domain.operations.search_runs import failed_rows
from domain.operations.search_terms import Filter, Row
from kit.clock import utc_now
from kit.deadline import Deadline, DeadlinePassed
from kit.errors import NotFound
from kit.i18n import _
from kit.log import log
from kit.money import Money, total
from models.base import unit_of_work
from models.operations import OperatorAct
from models.work import Event

MOST = 1000  # rows at a time
_SECONDS = 20.0  # a request's patience: what is left then stays as it is, and the next press takes it
_OVER = "operation.bulk_done"


class Bulk(StrEnum):
    """What may be done to many rows at once."""

    REQUEUE = "requeue"
    DISCARD = "discard"
    RECONCILE = "reconcile"


_ACTS = {Bulk.REQUEUE: Act.BULK_REQUEUE, Bulk.DISCARD: Act.BULK_DISCARD, Bulk.RECONCILE: Act.BULK_RECONCILE}


@dataclass(frozen=True)
class Preview:
    """What an act would do now. Amounts and customers are of the rows that it would not refuse."""

    rows: int
    would: int
    amounts: tuple[Money, ...]
    customers: int
    refused: tuple[tuple[Why, int], ...]
    more: bool  # the filter finds more than MOST: the oldest are gone through, then it is asked again


@dataclass(frozen=True)
class Result:
    """What an act has done. `why` is empty while it goes on, and when its process was killed."""

    what: Bulk
    reason: str
    picked: str
    at: datetime
    done: int
    refused: int
    why: tuple[tuple[Why, int], ...]
    left: int  # not come to: the request's time was up
    over: bool


def preview(what: Bulk, wanted: Filter) -> Preview:
    """A dry run: reads, and changes nothing."""
    now = utc_now()
    rows, more = _picked(wanted, now)
    halted, would, refused = halts(now), list[About](), Counter[Why]()
    found, failed = abouts(rows), failed_rows(rows)
    for row in rows:
        one = found.get(row)
        why = _judge(what, one, now, halted, failed=row in failed)
        if why is not None:
            refused[why] += 1
        elif one is not None:
            would.append(one)
    amounts = [one.amount for one in would if one.amount is not None]
    sums = tuple(
        total([m for m in amounts if m.currency == each], each) for each in sorted({m.currency for m in amounts})
    )
    customers = {one.customer for one in would if one.customer is not None}
    left = len(rows) - sum(refused.values())
    return Preview(len(rows), left, sums, len(customers), tuple(refused.most_common()), more)


def _judge(what: Bulk, found: About | None, now: datetime, halted: Halts, *, failed: bool) -> Why | None:
    match what:
        case Bulk.REQUEUE:
            return requeue_refused(found, now, halted)
        case Bulk.DISCARD:
            return _nothing_left(found, now, failed=failed) or discard_refused(found, now)
    return reconcile_refused(found) or _settled(found)


def _settled(found: About | None) -> Why | None:
    """Asking about what is settled is harmless and finds nothing: it is not counted as asked."""
    settled = (MoneyState.MOVED, MoneyState.NOT_MOVED, MoneyState.RETURNED)
    return Why.MOVED if found is not None and found.money in settled else None


def _nothing_left(found: About | None, now: datetime, *, failed: bool) -> Why | None:
    """Of what is done only a failed run is left to discard: without one there is nothing to count as discarded."""
    if failed or (found is not None and found.standing(now) is not Standing.DONE):
        return None
    return Why.GONE if found is None else Why.DONE


def carry_out(what: Bulk, wanted: Filter, *, picked: str, reason: str, staff: UUID | None, handle: UUID) -> UUID:
    """Does it to what the filter finds now, row by row, each judged again in its own unit of work; returns the act.

    A second press finds the first act and does nothing. `picked` is the filter as the address has it. Rows that are
    not come to within 20 seconds stay as they are. Raises DomainError at `reason`.
    """
    now = utc_now()
    with unit_of_work():
        made = act(act=_ACTS[what], staff=staff, reason=reason, handle=handle, picked=picked)
    if made is None:
        before = acted(handle)
        assert before is not None  # else it would have been made
        return before.id
    rows, _more = _picked(wanted, now)
    deadline, why = Deadline.within(_SECONDS), Counter[Why | None]()
    for row in rows:
        if _is_over(deadline):
            break
        why[_one(what, row, made, staff)] += 1
    _close(made, why, left=len(rows) - sum(why.values()), staff=staff)
    return made.id


def _is_over(deadline: Deadline) -> bool:
    try:
        deadline.left()
    except DeadlinePassed:
        return True
    return False


def _one(what: Bulk, row: Row, made: OperatorAct, staff: UUID | None) -> Why | None:
    now = utc_now()
    halted = halts(now)
    try:
        with unit_of_work():
            why = _do(what, row, now, halted, staff)
            count(made, done=int(why is None), refused=int(why is not None))
    except Exception as problem:  # one bad row must not keep the others waiting
        log().error(
            "operation.failed", act=str(made.id), kind=row[0].value, id=str(row[1]), error=type(problem).__name__
        )
        with unit_of_work():
            count(made, refused=1)
        return Why.BROKE
    return why


def _do(what: Bulk, row: Row, now: datetime, halted: Halts, staff: UUID | None) -> Why | None:
    found = about(*row)
    match what:
        case Bulk.REQUEUE:
            return requeue_row(found, now, halted)
        case Bulk.DISCARD:
            nothing = _nothing_left(found, now, failed=bool(failed_rows([row])))
            return nothing or discard_row(*row, found, now, staff)
    return _settled(found) or reconcile_row(found, now)


def _close(made: OperatorAct, why: Counter[Why | None], *, left: int, staff: UUID | None) -> None:
    facts: dict[str, str | int] = {each.value: n for each, n in why.items() if each is not None}
    with unit_of_work():
        record(
            _OVER,
            merchant=None,
            actor=Actor.OPERATOR if staff else Actor.COMMAND,
            actor_id=staff,
            subject=made.id,
            facts=facts | {"left": left},
        )


def result(made: UUID) -> Result:
    """What a bulk act has done so far. Raises NotFound."""
    row = OperatorAct.get_or_none(OperatorAct.id == made)
    what = next((what for what, each in _ACTS.items() if row is not None and row.act == each), None)
    if row is None or what is None:
        raise NotFound(_("There is no such act."))
    facts = _facts_of(row)
    why = Counter({Why(each): n for each, n in facts.items() if each in set(Why)})
    return Result(
        what=what,
        reason=row.reason,
        picked=row.picked,
        at=row.at,
        done=row.done,
        refused=row.refused,
        why=tuple(why.most_common()),
        left=facts.get("left", 0),
        over=bool(facts),
    )


def _facts_of(row: OperatorAct) -> dict[str, Any]:
    mine = Event.merchant.is_null() & (Event.kind == _OVER) & (Event.at >= row.at) & (Event.subject_id == str(row.id))
    event = Event.get_or_none(mine)
    found: dict[str, Any] = json.loads(event.facts) if event else {}
    return found


def _picked(wanted: Filter, now: datetime) -> tuple[list[Row], bool]:
    rows = rows_of(wanted, now, MOST + 1)
    return rows[:MOST], len(rows) > MOST
