"""What a person decides about a refund that is stuck: closed as never made, or kept waiting. As for attempts."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from domain.events.record import Actor
from domain.operations.acts import Act, acted
from domain.operations.stuck import evidence as asking
from domain.operations.stuck import terms
from domain.operations.stuck.made import compare, facts_of, keep, put_off, refuse, still_unreadable
from domain.operations.stuck.terms import UNREADABLE, Decided, Why
from domain.operations.stuck.words import why_not
from domain.orders.locks import lock_payment
from domain.refunds.effects import tell
from domain.refunds.record import Seen, take_over
from kit.clock import utc_now
from kit.errors import Conflict, NotFound
from kit.i18n import _
from kit.money import Money
from models.base import unit_of_work
from models.operations import Decision
from models.orders import Order
from models.payments import Payment, Refund, RefundState


def close_never_made(
    *, refund: UUID, staff: UUID, reason: str, handle: UUID, typed: Money | None = None
) -> RefundState:
    """Closes a refund of which the processor said, minutes ago, that it has none; its amount can be given back again.

    Only once the processor has forgotten our key, so that nothing can be made under it any more. One that shows up
    after all is taken up again, or raised, by reconciliation. Where the account cannot be read, `typed` must be the
    amount. Returns the state that stands. Raises NotFound, Conflict, DomainError.
    """
    now = utc_now()
    with unit_of_work():
        row, payment, orders = _mine(refund)
        if acted(handle):
            return RefundState(row.state)
        found = asking.latest(refund=refund)
        refuse(terms.against_closing(facts_of(row, found, now), now))
        assert found is not None  # no evidence was refused
        blind = found.said in UNREADABLE
        if blind and row.gateway_account is not None:
            still_unreadable(row.gateway_account, found)
            compare(typed, Money(row.amount, row.currency))
        keep(row, found, what=Decided.NEVER_MADE, how=Act.CLOSE_NEVER_MADE, staff=staff, reason=reason, handle=handle)
        if not take_over(payment, orders, row, Seen(RefundState.FAILED, failure="never_made"), now, epoch=row.epoch):
            raise Conflict(why_not(Why.BUSY))
        said = {"said": found.said, "account_read": "no" if blind else "yes"}
        tell("refund.closed_by_hand", row, payment, actor=Actor.OPERATOR, actor_id=staff, **said)
        Decision.update(led_to=RefundState.FAILED).where(Decision.id == handle).execute()
    return RefundState.FAILED


def keep_waiting_for_refund(
    *, refund: UUID, staff: UUID, reason: str, handle: UUID, wait: timedelta
) -> datetime | None:
    """Writes down why it is left as it is, and looks again after `wait`. Returns when that is."""
    with unit_of_work():
        row, *_locked = _mine(refund)
        if not acted(handle):
            now, found = utc_now(), asking.latest(refund=refund)
            refuse(terms.against_waiting(facts_of(row, found, now)))
            keep(row, found, what=Decided.WAIT, how=Act.KEEP_WAITING, staff=staff, reason=reason, handle=handle)
            put_off(row, wait, now)
            Decision.update(led_to=row.state).where(Decision.id == handle).execute()
        at: datetime | None = Refund.get_by_id(refund).next_look_at
    return at


def _mine(refund: UUID) -> tuple[Refund, Payment, list[Order]]:
    row = Refund.get_or_none(Refund.id == refund)
    if row is None:
        raise NotFound(_("This refund is not there."))
    payment, orders = lock_payment(row.payment_id)
    return Refund.get_by_id(refund), payment, orders
