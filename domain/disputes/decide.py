"""A lost card dispute waits for its merchant: write it off, or ask the customer again."""

from __future__ import annotations

from uuid import UUID

from domain.disputes.card import flag, note
from domain.disputes.reverse import reverse
from domain.events.record import Actor
from domain.ledger import post as ledger
from domain.orders.locks import lock_payment
from kit.clock import utc_now
from kit.errors import Conflict, DomainError, NotFound
from kit.i18n import _
from kit.money import Money
from models.base import unit_of_work
from models.payments import Dispute, DisputeKind, DisputeState, LostAs, Payment

__all__ = ["LostAs", "decide"]


def decide(
    *, merchant: UUID, dispute: UUID, lost_as: LostAs, actor: Actor = Actor.STAFF, actor_id: UUID | None = None
) -> None:
    """Books a lost card dispute as the merchant chose: WRITE_OFF, or REOPEN (the orders are owed again, by hand).

    The same choice twice is fine. Raises NotFound (not this merchant's), DomainError (not lost, or nothing to choose),
    Conflict (decided otherwise before).
    """
    with unit_of_work():
        owned = (
            Dispute.select(Dispute, Payment).join(Payment).where(Dispute.id == dispute, Payment.merchant == merchant)
        )
        if owned.first() is None:
            raise NotFound(_("This dispute is not there."))
        payment, orders = lock_payment(owned.get().payment_id)
        row, now = Dispute.get_by_id(dispute), utc_now()
        if row.kind != DisputeKind.CARD or row.state != DisputeState.LOST:
            raise DomainError(_("There is nothing to decide: this dispute is not lost."))
        if row.lost_as is not None:
            if row.lost_as == lost_as:
                return
            raise Conflict(_("This dispute was decided before; that stands."))
        Dispute.update(lost_as=lost_as).where(Dispute.id == dispute).execute()
        row.lost_as = lost_as
        gone = Money(row.amount, row.currency)
        lines = reverse(row, payment, orders, now) if lost_as == LostAs.REOPEN else [(ledger.WRITE_OFF, gone)]
        ledger.post(
            merchant=merchant,
            kind="dispute_lost",
            source=str(dispute),
            at=now,
            lines=[(ledger.dispute(payment.id), -gone), *lines],
        )
        flag([order.id for order in orders])
        note("dispute.decided", row, payment, actor=actor, actor_id=actor_id, lost_as=lost_as.value)
