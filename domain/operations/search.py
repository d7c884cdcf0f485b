"""Jobs by whom they are about, whose they are, what they do, where they stand and when.

The store is the truth: rows that wait to be worked on, and runs that have ended. What waits in Redis is seen by the
names of those rows; only where nobody and nothing is asked for, a page of a queue's own list is read.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from enum import StrEnum
from itertools import pairwise

from domain.operations.about import abouts
from domain.operations.money import MoneyState
from domain.operations.refusals import Halts, discard_refused, given_up, halts, reconcile_refused, requeue_refused
from domain.operations.search_hints import hinted
from domain.operations.search_rows import OpenRow, open_rows
from domain.operations.search_runs import failed_rows, runs
from domain.operations.search_terms import PAGE, PAGES, Filter, Found, Line, Row, State, Wanted, row_of
from domain.work.wake import Work
from integrations.queue import jobs
from integrations.queue.jobs import JobView
from integrations.queue.kinds import KINDS
from models.base import connected

NAMES = 1000  # of a queue's list that are looked at for one kind
LISTED = 200  # rows whose hints are asked for at once
_RUNS_ONLY = (Wanted.DONE, Wanted.DISCARDED)
_WANTING = (State.DUE, State.LATER, State.FAILED)  # nobody has them in hand, and they are not done
_PRESENT = (Wanted.WAITING, Wanted.DUE)  # the oldest first: they want somebody


class Offer(StrEnum):
    """What an operator can do about a job, as its money allows."""

    RECONCILE = "reconcile"
    SEND = "send"  # a letter, now
    REQUEUE = "requeue"
    DISCARD = "discard"


def find(asked: Filter, *, now: datetime, page: int = 1) -> Found:
    """A page of 50 jobs that fit, the newest first; those that wait or are due, the oldest first."""
    number = min(max(page, 1), PAGES)
    if asked.subject.nobody or not asked.kinds:
        return Found()
    with connected():
        found = _all(asked, now, number * PAGE + 1)
        shown = sorted(found.lines, key=_age, reverse=asked.state not in _PRESENT)
        begin = (number - 1) * PAGE
        lines = shown[begin : begin + PAGE]
        return replace(found, lines=tuple(with_abouts(lines)), more=len(shown) > begin + PAGE and number < PAGES)


def rows_of(asked: Filter, now: datetime, most: int) -> list[Row]:
    """The rows of the jobs that fit, each once, the oldest first: at most so many, for an act on all of them."""
    if asked.subject.nobody or not asked.kinds:
        return []
    with connected():
        lines = sorted(_all(asked, now, most).lines, key=_age)
    return list(dict.fromkeys(line.row for line in lines if line.row is not None))[:most]


def _age(line: Line) -> tuple[datetime, str]:
    return line.at or datetime.min.replace(tzinfo=UTC), line.name


def with_abouts(lines: Iterable[Line]) -> list[Line]:
    """The lines with what each is about."""
    listed = list(lines)
    known = abouts(line.row for line in listed if line.row is not None)
    return [replace(line, about=known.get(line.row)) if line.row is not None else line for line in listed]


def offers(lines: Iterable[Line], now: datetime) -> list[Offer | None]:
    """What can be done about each of these jobs now."""
    halted = halts(now)
    return [offer(line, now, halted) for line in lines]


def offer(line: Line, now: datetime, halted: Halts) -> Offer | None:
    """What can be done about a job. Never a replay where money moved, or may have. Pure."""
    found = line.about
    if found is None:
        return Offer.DISCARD if line.state is State.FAILED and line.run is not None else None
    if found.money is MoneyState.MAY_HAVE_MOVED:
        return Offer.RECONCILE if reconcile_refused(found) is None else None
    if line.state not in _WANTING and not (given_up(found) and line.state in (State.DONE, State.DONE_LATER)):
        return None
    if requeue_refused(found, now, halted) is None:
        return Offer.SEND if found.kind is Work.MAIL else Offer.REQUEUE
    done = line.state is State.FAILED and line.run is not None and discard_refused(found, now) is None
    return Offer.DISCARD if done else None


def _all(asked: Filter, now: datetime, most: int) -> Found:
    """Every line that may stand on the page, of each source its first ones."""
    if asked.state in _RUNS_ONLY or asked.group:
        return Found(tuple(runs(asked, 0, most)))
    if asked.state is Wanted.FAILED:
        failed, heard = _failed_in_queue(asked, most)
        return Found((*runs(asked, 0, most), *failed), reachable=heard)
    if asked.state is Wanted.RUNNING:
        return _running(asked)
    if asked.state is Wanted.WAITING and not asked.subject.asked and asked.merchant is None:
        return _listed(asked, most)
    if asked.state is not None:
        return _present(asked, now, most, State(asked.state.value))
    rows = sorted(open_rows(asked, now, most), key=lambda row: row.due_at, reverse=True)
    if not asked.subject.asked:
        rows = rows[:most]  # each kind brought so many; an older one that runs is told of by the queue
    lines, answered = hinted(rows, now)
    beside = _beside(asked, {line.row for line in lines}, most)
    return Found((*lines, *beside.lines, *runs(asked, 0, most)), reachable=answered and beside.reachable)


def _present(asked: Filter, now: datetime, most: int, state: State) -> Found:
    """Rows that wait or have no hint, the oldest first, until the page is full: each needs a look at its hint."""
    rows = sorted(open_rows(asked, now, most + LISTED), key=lambda row: row.due_at)
    kept: list[Line] = []
    answered = True
    for first, end in pairwise((0, *range(most, len(rows), LISTED), len(rows))):
        lines, heard = hinted(rows[first:end], now)
        answered = answered and heard
        kept += [line for line in lines if line.state is state]
        if len(kept) >= most:
            break
    return Found(tuple(kept), reachable=answered, cut=len(kept) < most and _some_left(rows, most + LISTED))


def _some_left(rows: list[OpenRow], limit: int) -> bool:
    """Whether there may be more rows of a kind than were read."""
    return any(count >= limit for count in Counter(row.row[0] for row in rows).values())


def _beside(asked: Filter, known: set[Row | None], most: int) -> Found:
    """What only the queue knows: jobs that run though their row is done, and failures from before our books.

    Of somebody's or something's jobs nothing: from their rows to their names, no registry has to be read.
    """
    if asked.subject.asked:
        return Found()
    running = _running(asked)
    failed, answered = _failed_in_queue(asked, most)
    lines = [line for line in running.lines if line.row is None or line.row not in known]
    return Found((*lines, *failed), reachable=running.reachable and answered)


def _running(asked: Filter) -> Found:
    views = jobs.running()
    if views is None:
        return Found(reachable=False)
    return Found(_of_queue(views, asked, State.RUNNING))


def _listed(asked: Filter, most: int) -> Found:
    """The first hints of the queues' own lists."""
    queues = _queues(asked)
    kind = asked.kind.value if asked.kind else ""
    pages = [jobs.waiting(queue, 0, most, kind=kind, look_at=NAMES) for queue in queues]
    views = [view for page in pages for view in page or ()]
    if None not in pages:  # we put nothing off: what stands there did not come from us
        views += [view for queue in queues for view in jobs.put_off(queue, PAGE) or ()]
    cut = bool(kind) and any(page is not None and len(page) < most for page in pages)
    return Found(_of_queue(views, asked, State.WAITING), reachable=None not in pages, cut=cut and len(views) < most)


def _queues(asked: Filter) -> tuple[str, ...]:
    """The queues of the kinds that were asked for."""
    return tuple(dict.fromkeys(KINDS[kind.value].queue for kind in sorted(asked.kinds)))


def _failed_in_queue(asked: Filter, most: int) -> tuple[tuple[Line, ...], bool]:
    """The newest jobs that RQ lists as failed and whose failure is not in the store: forged ones among them."""
    if asked.subject.asked:
        return (), True
    views = jobs.failed(_queues(asked), most)
    lines = _of_queue(views or (), asked, State.FAILED)
    known = failed_rows([line.row for line in lines if line.row is not None])
    return tuple(line for line in lines if line.row is None or line.row not in known), views is not None


def _of_queue(views: Iterable[JobView], asked: Filter, state: State) -> tuple[Line, ...]:
    """RQ's jobs that fit. Whose they are is told by their rows."""
    lines = [_line(view, state) for view in views]
    fits = [line for line in lines if asked.at(line.at) or (asked.since is None and asked.until is None)]
    fits = [line for line in fits if not asked.queue or line.queue == asked.queue]
    if asked.kind is not None:
        fits = [line for line in fits if line.row is not None and line.row[0] == asked.kind]
    if asked.merchant is None and not asked.subject.asked:
        return tuple(fits)
    return tuple(line for line in with_abouts(fits) if _is_about(line, asked))


def _is_about(line: Line, asked: Filter) -> bool:
    found, subject = line.about, asked.subject
    if found is None or (subject.row is not None and line.row != subject.row):
        return False
    if asked.merchant is not None and found.merchant != asked.merchant:
        return False
    known = ((subject.customers, found.customer), (subject.orders, found.order), (subject.payments, found.payment))
    own = {found.row, found.customer, found.order, found.payment}
    return all(ids is None or one in ids for ids, one in known) and (subject.ids is None or bool(subject.ids & own))


def _line(view: JobView, state: State) -> Line:
    at = {State.RUNNING: view.started_at, State.FAILED: view.ended_at}.get(state) or view.enqueued_at
    row = row_of(view.name)
    return Line(view.name, state, at, view.queue, row, hint=view.status, error=view.error)
