"""Which hint of RQ's stands for a row: from rows to names, so that no registry is read."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from domain.operations.search_rows import OpenRow
from domain.operations.search_terms import Line, Row, State, name_of
from domain.work.due import IN_WAVES
from domain.work.wake import Work
from integrations.queue.jobs import JobView, find
from integrations.queue.kinds import KINDS, job_id
from models.merchants import GatewayAccount


def hinted(rows: Iterable[OpenRow], now: Any) -> tuple[list[Line], bool]:
    """The rows as jobs, each with its hint; and whether Redis answered. One round trip for all of them."""
    listed = list(rows)
    waves = _waves({one.merchant for one in listed if one.row[0] in IN_WAVES and one.merchant is not None})
    names = {one.row: _names(one, waves) for one in listed}
    seen = find(name for each in names.values() for name in each)
    lines = []
    for one in listed:
        views = [view for name in names[one.row] if seen is not None and (view := seen.get(name)) is not None]
        lines.append(_line(one, views, now))
    return lines, seen is not None


def _names(one: OpenRow, waves: dict[UUID, list[str]]) -> list[str]:
    own = names_of(one.row)
    return [*own, *waves.get(one.merchant, [])] if one.row[0] in IN_WAVES and one.merchant is not None else own


def names_of(row: Row) -> list[str]:
    """The names that a row's jobs may have: one for each lane."""
    kind, id_ = row
    return [job_id(kind.value, id_, lane) for lane in range(KINDS[kind.value].lanes)]


def _waves(merchants: set[UUID]) -> dict[UUID, list[str]]:
    """Automatic charges are hinted at by their merchant's processor account."""
    if not merchants:
        return {}
    found: dict[UUID, list[str]] = {}
    using = GatewayAccount.active & GatewayAccount.merchant.in_(sorted(merchants))
    query: Any = GatewayAccount.select(GatewayAccount.id, GatewayAccount.merchant).where(using).tuples()
    for account, merchant in query:
        found.setdefault(merchant, []).extend(names_of((Work.WAVE, account)))
    return found


def _line(one: OpenRow, views: list[JobView], now: Any) -> Line:
    kind = one.row[0]
    view = min(views, key=_rank, default=None)
    state = State.DUE if one.due_at <= now else State.LATER
    if view is not None and view.runs:
        state = State.RUNNING
    elif view is not None and view.waits:
        state = State.WAITING
    if kind in IN_WAVES and state is State.RUNNING:  # its wave runs, and will come to it
        state = State.WAITING
    at = (view.started_at or one.due_at) if view is not None and view.runs else one.due_at
    return Line(name_of(one.row), state, at, KINDS[kind.value].queue, one.row, hint=view.status if view else "")


def _rank(view: JobView) -> int:
    return 0 if view.runs else 1 if view.waits else 2
