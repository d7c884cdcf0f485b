"""From a due row to the one use case that acts on it."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from domain.work.wake import Work


def perform(kind: Work, row_id: UUID) -> None:
    """Does the work of a row. Harmless for a row that is done, claimed or gone: each use case checks and claims."""
    _use_case(kind)(row_id)


def _use_case(kind: Work) -> Callable[[UUID], object]:  # imported late: a mail worker need not load the gateway
    match kind:
        case Work.MAIL:
            from domain.mail.send import send

            return send
        case Work.ATTEMPT:
            from domain.payments.resolve import look

            return look
        case Work.COLLECT:
            from domain.payments.collect import collect_due

            return collect_due
        case Work.RETRY:
            from domain.payments.collect import make_try

            return make_try
        case Work.SCHEDULE:
            from domain.schedules.run import run_due

            return run_due
        case Work.REFUND:
            from domain.refunds.ask import look as look_at_refund

            return look_at_refund
        case Work.PROMISE:
            from domain.recoveries.promises import judge

            return judge
        case Work.METHOD:
            from domain.methods.forget import forget

            return forget
        case Work.WAVE:
            from domain.payments.wave import work_through

            return work_through
        case Work.WEBHOOK:
            from domain.payments.hints import apply

            return apply
        case Work.ROLLUP:
            from domain.reports.recompute import recount

            return recount
        case Work.TICK:
            from domain.work.ticks import run

            return run
