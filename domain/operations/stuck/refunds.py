"""What a person decides about a refund that is stuck: closed as never made, or kept waiting. As for attempts."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from domain.events.record import Actor
from domain.operations.acts import Act, act, acted, reason_of
from domain.operations.stuck import evidence as asking
from domain.operations.stuck import terms
from domain.operations.stuck.decide import compare, facts_of, of_something_else, put_off, refuse, still_unreadable
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
from models.operations import Decision, Evidence
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
        _write(row, payment, found, Decided.NEVER_MADE, Act.CLOSE_NEVER_MADE, staff, reason, handle)
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
        row, payment, _orders = _mine(refund)
        if not acted(handle):
            now, found = utc_now(), asking.latest(refund=refund)
            refuse(terms.against_waiting(facts_of(row, found, now)))
            _write(row, payment, found, Decided.WAIT, Act.KEEP_WAITING, staff, reason, handle)
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


def _write(  # noqa: PLR0917 - one row and its facts
    row: Refund,
    payment: Payment,
    found: Evidence | None,
    what: Decided,
    how: Act,
    staff: UUID,
    reason: str,
    handle: UUID,
) -> None:
    about = f"refund {row.id}"
    if act(act=how, staff=staff, reason=reason, handle=handle, about=about, merchant=payment.merchant_id) is None:
        raise Conflict(of_something_else())
    Decision.create(
        id=handle, refund=row, evidence=found, what=what, reason=reason_of(reason), staff=staff, at=utc_now()
    )
