"""A refund that nobody could tell of for a day waits for a person, who looks at the processor's own pages."""

from __future__ import annotations

from uuid import UUID

from domain.events.record import Actor
from domain.refunds.ask import look
from domain.refunds.effects import tell
from domain.refunds.record import Seen, record_refund
from kit.errors import DomainError, NotFound
from kit.i18n import _
from models.base import unit_of_work
from models.payments import Payment, Refund
from models.payments import RefundState as S


def close_as_never_made(*, merchant: UUID, refund: UUID, actor_id: UUID | None = None) -> bool:
    """A person says that the processor has no such refund. We look once more; False when it is there after all.

    Only from REVIEW, when the processor has forgotten our key: nothing can be made under it any more, and what was made
    is in its list. Raises NotFound (not this merchant's), DomainError (not in review, or the list cannot be read now).
    """
    row = Refund.select(Refund, Payment).join(Payment).where(Refund.id == refund, Payment.merchant == merchant).first()
    if row is None:
        raise NotFound(_("This refund is not there."))
    if row.state != S.REVIEW or row.gateway_ref is not None:
        raise DomainError(_("This refund does not wait for you."))
    if not look(refund):
        raise DomainError(_("The payment processor does not answer just now. Try again in a few minutes."))
    fresh = Refund.get_by_id(refund)
    if fresh.state != S.REVIEW:
        return False
    if not record_refund(refund, Seen(S.FAILED, failure="never_made"), epoch=fresh.epoch):
        return False
    with unit_of_work():
        tell("refund.closed_by_hand", fresh, row.payment, actor=Actor.STAFF, actor_id=actor_id)
    return True
