"""What is in somebody's hands at this moment: what a restart would interrupt."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.operations import stops
from integrations.queue.snapshot import WorkerView, snapshot
from kit.i18n import _, ngettext
from models.base import connected
from models.payments import Attempt, AttemptState, Refund, RefundState

_HEARD = timedelta(seconds=2)  # by then every process has seen that it is to begin nothing


@dataclass(frozen=True)
class InHand:
    """What keeps a restart from being safe. `seen` is false when the queue did not answer: nobody knows its workers.

    `early`: the drain is so young that somebody may not have seen it.
    """

    attempts: int
    refunds: int
    jobs: tuple[tuple[str, str], ...]  # worker and kind of work
    seen: bool
    early: bool = False

    @property
    def safe(self) -> bool:
        """Whether a restart interrupts nothing."""
        return self.seen and not (self.early or self.attempts or self.refunds or self.jobs)


def in_hand(now: datetime) -> InHand:
    """What is being done at this moment: money on its way to a processor, and workers' jobs.

    A worker that only asks what became of a charge does not count: it starts none, and whoever comes next asks again.
    """
    workers = snapshot()
    with connected():
        looked_at = Attempt.next_look_at.is_null(False)  # few, in an index of their own
        attempts = looked_at & (Attempt.state == AttemptState.SENDING) & (Attempt.lease_until > now)
        looked_at = Refund.next_look_at.is_null(False)
        refunds = looked_at & (Refund.state == RefundState.SENDING) & (Refund.lease_until > now)
        return InHand(
            attempts=Attempt.select().where(attempts).count(),
            refunds=Refund.select().where(refunds).count(),
            jobs=tuple((worker.name, worker.job_kind or "") for worker in workers.workers if _counts(worker)),
            seen=workers.reachable,
            early=any(line.drain and now - line.set_at < _HEARD for line in stops.active(now)),
        )


def _counts(worker: WorkerView) -> bool:
    return worker.job_kind is not None and worker.job_kind not in {kind.value for kind in stops.NEVER_STOPPED}


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
    if hand.early:
        said.append(_("The workers are just being told."))
    return said
