"""Draining before a restart: all queues stop, and then it is safe once nothing is in anybody's hands."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from domain.operations import stops
from domain.operations.acts import Act, act
from domain.operations.pause import lift, put
from integrations.queue.kinds import QUEUES
from integrations.queue.snapshot import WorkerView, snapshot
from kit.clock import utc_now
from kit.errors import DomainError
from kit.i18n import _, ngettext
from models.base import connected, unit_of_work
from models.operations import Stop, StopWhat
from models.payments import Attempt, AttemptState, Refund, RefundState

MINUTES = 30
MOST_MINUTES = 24 * 60


@dataclass(frozen=True)
class InHand:
    """What keeps a restart from being safe. `seen` is false when the queue did not answer: nobody knows its workers."""

    attempts: int
    refunds: int
    jobs: tuple[tuple[str, str], ...]  # worker and kind of work
    seen: bool

    @property
    def safe(self) -> bool:
        """Whether a restart interrupts nothing."""
        return self.seen and not (self.attempts or self.refunds or self.jobs)


def drain(*, minutes: int = MINUTES, reason: str, staff: UUID | None, handle: UUID) -> bool:
    """Stops all queues for so long. Jobs in hand are finished, nothing new is begun; asking about outcomes goes on.

    A queue that somebody paused stays paused, at least for as long. Draining again prolongs. False when this handle
    has acted before. Raises DomainError at `minutes` or `reason`.
    """
    if not 0 < minutes <= MOST_MINUTES:
        raise DomainError(_("From 1 to %(n)d minutes.") % {"n": MOST_MINUTES}, field="minutes")
    until = utc_now() + timedelta(minutes=minutes)
    with unit_of_work():
        if act(act=Act.DRAIN, staff=staff, reason=reason, handle=handle, about="") is None:
            return False
        lift(_drains(), staff)
        for queue in QUEUES:
            if not put(StopWhat.QUEUE, queue, until=until, reason=reason, staff=staff, drain=True):
                shorter = (Stop.what == StopWhat.QUEUE) & (Stop.name == queue) & Stop.lifted_at.is_null()
                Stop.update(until=until).where(shorter & (Stop.until < until)).execute()
        return True


def end_drain(*, reason: str, staff: UUID | None, handle: UUID) -> bool:
    """All queues go on, but for those that somebody had paused. False when this handle has acted before, or when
    nothing was drained. Raises DomainError at `reason`."""
    with unit_of_work():
        if act(act=Act.END_DRAIN, staff=staff, reason=reason, handle=handle, about="") is None:
            return False
        return bool(lift(_drains(), staff))


def draining(now: datetime) -> stops.StopLine | None:
    """The drain that stands, if one does."""
    return next((line for line in stops.active(now) if line.drain), None)


def in_hand(now: datetime) -> InHand:
    """What is being done at this moment: money on its way to a processor, and workers' jobs.

    A worker that only asks what became of a charge does not count: it starts none, and whoever comes next asks again.
    """
    workers = snapshot()
    with connected():
        open_ones = (
            Attempt.next_look_at.is_null(False),
            Refund.next_look_at.is_null(False),
        )  # few, and an index of theirs
        attempts = open_ones[0] & (Attempt.state == AttemptState.SENDING) & (Attempt.lease_until > now)
        refunds = open_ones[1] & (Refund.state == RefundState.SENDING) & (Refund.lease_until > now)
        return InHand(
            attempts=Attempt.select().where(attempts).count(),
            refunds=Refund.select().where(refunds).count(),
            jobs=tuple((worker.name, worker.job_kind or "") for worker in workers.workers if _counts(worker)),
            seen=workers.reachable,
        )


def _counts(worker: WorkerView) -> bool:
    return worker.job_kind is not None and worker.job_kind not in {kind.value for kind in stops.NEVER_STOPPED}


def _drains() -> Any:
    return (Stop.what == StopWhat.QUEUE) & Stop.drain


def in_words(hand: InHand) -> list[str]:
    """Each thing in hand as a sentence, in the reader's language; none when it is safe to restart."""
    said = []
    if hand.attempts:
        said.append(
            ngettext(
                "%(n)d payment is being sent to its processor.",
                "%(n)d payments are being sent to their processors.",
                hand.attempts,
            )
            % {"n": hand.attempts}
        )
    if hand.refunds:
        said.append(
            ngettext(
                "%(n)d refund is being sent to its processor.",
                "%(n)d refunds are being sent to their processors.",
                hand.refunds,
            )
            % {"n": hand.refunds}
        )
    said += [
        _("The worker %(worker)s still does a job: %(kind)s.") % {"worker": worker, "kind": kind}
        for worker, kind in hand.jobs
    ]
    if not hand.seen:
        said.append(_("The queue does not answer, so it is not known what its workers do."))
    return said
