"""From a due row to the one use case that acts on it."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from uuid import UUID

from domain.operations.runs import noted
from domain.work.wake import Work

# Imported late, when the first row of a kind is done: a mail worker need not load the gateway.
_USE_CASES: dict[Work, str] = {
    Work.MAIL: "domain.mail.send:send",
    Work.ATTEMPT: "domain.payments.resolve:look",
    Work.COLLECT: "domain.payments.collect:collect_due",
    Work.RETRY: "domain.payments.collect:make_try",
    Work.SCHEDULE: "domain.schedules.run:run_due",
    Work.REFUND: "domain.refunds.ask:look",
    Work.PROMISE: "domain.recoveries.promises:judge",
    Work.METHOD: "domain.methods.forget:forget",
    Work.WAVE: "domain.payments.wave:work_through",
    Work.WEBHOOK: "domain.payments.hints:apply",
    Work.ROLLUP: "domain.reports.recompute:recount",
    Work.IMPORT: "domain.imports.work:work_on",
    Work.ALARM: "domain.operations.alarms.call:send",
    Work.TICK: "domain.work.ticks:run",
}


def perform(kind: Work, row_id: UUID) -> None:
    """Does the work of a row. Harmless for a row that is done, claimed or gone: each use case checks and claims.

    The one place through which jobs, waves and the clock's own hands pass: how it went is noted here.
    """
    with noted(kind, row_id):
        _use_case(kind)(row_id)


def _use_case(kind: Work) -> Callable[[UUID], object]:
    module, _colon, name = _USE_CASES[kind].partition(":")
    found: Callable[[UUID], object] = getattr(import_module(module), name)
    return found
