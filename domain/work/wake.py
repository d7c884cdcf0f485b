"""Wakes a worker for a row, once the row is there to be seen."""

from __future__ import annotations

from enum import StrEnum
from uuid import UUID

from integrations.queue.wake import enqueue
from models.base import after_commit


class Work(StrEnum):
    """The kinds of rows that workers act on."""

    MAIL = "mail"
    ATTEMPT = "attempt"
    COLLECT = "collect"
    RETRY = "retry"
    WEBHOOK = "webhook"
    TICK = "tick"
    SCHEDULE = "schedule"
    REFUND = "refund"
    PROMISE = "promise"
    METHOD = "method"  # a removed payment method, to be forgotten at the processor
    ROLLUP = "rollup"  # a merchant's day whose figures are counted anew
    IMPORT = "import"  # a file that somebody brings in on the screen
    ALARM = "alarm"  # a message to the install's alarm webhook
    WAVE = "wave"  # a processor account's due COLLECTs and RETRYs, in batches


def wake(kind: Work, row_id: UUID) -> None:
    """Gives the queue a hint after the commit of the open unit of work (at once when there is none).

    A hint may be lost; the row may not: the clock finds whatever is due and not done.
    """
    after_commit(lambda: _hint(kind, row_id))


def _hint(kind: Work, row_id: UUID) -> None:
    enqueue(kind.value, row_id)
