"""The first phase of a refund: one transaction that makes sure that no more goes back than came in."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from peewee import IntegrityError

from domain.events.record import Actor, record
from domain.ledger.balance import usable_credit
from domain.orders.locks import lock_credit, lock_payment
from domain.refunds.record import Seen, take_over
from domain.refunds.split import Left, left_of, split
from domain.refunds.states import COUNTED, OPEN
from domain.work.wake import Work, wake
from kit.clock import utc_now
from kit.errors import Conflict, DomainError, NotFound
from kit.i18n import _
from kit.ids import uuid7
from kit.money import Money
from models.base import unit_of_work
from models.orders import Order
from models.payments import (
    Dispute,
    DisputeState,
    Payment,
    PaymentState,
    Refund,
    RefundAllocation,
    RefundState,
)


class RefundUnderWay(Conflict):
    """Another refund of the payment is being made; `refund` is the one to look at."""

    def __init__(self, sentence: str, *, refund: UUID | None) -> None:
        super().__init__(sentence)
        self.refund = refund


def refund(
    *,
    merchant: UUID,
    payment: UUID,
    amount: Money,
    handle: UUID | None = None,
    still_owed: bool = False,
    reason: str = "",
    shares: Mapping[UUID, Money] | None = None,
    actor: Actor = Actor.STAFF,
    actor_id: UUID | None = None,
) -> UUID:
    """Reserves a refund of a merchant's payment and returns its id; a worker sends it (`ask.look` sends it at once).

    `handle` is the form's own id: the form sent again finds its refund. `shares` says how much is of which order; left
    out, domain/refunds/split.py says. With `still_owed` the orders are owed again, else less is owed. A payment from
    outside the gateway is recorded as given back at once. Raises NotFound (not this merchant's), RefundUnderWay,
    DomainError (more than came in and has not gone back, a dispute is open or lost, nothing came in).
    """
    refund_id = handle or uuid7()
    now = utc_now()
    try:
        with unit_of_work():
            row, orders = _mine(merchant, payment)
            known = Refund.get_or_none((Refund.id == refund_id) & (Refund.payment == row))
            if known is not None:
                return refund_id
            left = _left(row, amount)
            parts = _parts(row, amount, left, shares)
            made = _insert(refund_id, row, amount, still_owed=still_owed, reason=reason, now=now)
            _plan(made, parts)
            _note(made, row, actor, actor_id)
            if row.gateway_account_id is None:
                take_over(row, orders, made, Seen(RefundState.SUCCEEDED), now)
            else:
                wake(Work.REFUND, made.id)
            return refund_id
    except IntegrityError:  # the store let one of two through
        raise _under_way(payment) from None


def _mine(merchant: UUID, payment: UUID) -> tuple[Payment, list[Order]]:
    if not Payment.select().where((Payment.id == payment) & (Payment.merchant == merchant)).exists():
        raise NotFound(_("This payment is not there."))
    return lock_payment(payment)


def _left(payment: Payment, amount: Money) -> Left:
    """What can still go back, all checks passed."""
    if payment.state != PaymentState.SUCCEEDED:
        raise DomainError(_("Only a payment that was received can be refunded."))
    refuse_disputed(payment)
    if Refund.select().where((Refund.payment == payment) & Refund.state.in_(list(OPEN))).exists():
        raise _under_way(payment.id)
    if amount.currency != payment.currency or amount.minor <= 0:
        raise DomainError(_("Write an amount above zero, in the currency of the payment."), field="amount")
    left = left_of(payment, counting=COUNTED)
    if amount.minor > left.total:
        most = Money(left.total, payment.currency)
        raise DomainError(_("At most %(amount)s of this payment can be refunded.") % {"amount": most}, field="amount")
    return left


def refuse_disputed(payment: Payment) -> None:
    """A payment whose dispute is open or lost is not refunded: the money would go back twice (cases.md 56)."""
    states = {row.state for row in Dispute.select().where(Dispute.payment == payment)}
    if DisputeState.OPEN in states:
        raise DomainError(
            _("The customer's bank disputes this payment. Wait for its decision: a refund now could go out twice.")
        )
    if DisputeState.LOST in states:
        raise DomainError(_("The customer's bank took this payment back already, so there is nothing to refund."))


def _under_way(payment: UUID) -> RefundUnderWay:
    first = Refund.get_or_none((Refund.payment == payment) & Refund.state.in_(list(OPEN)))
    return RefundUnderWay(
        _("A refund of this payment is under way. Wait until it is done."), refund=first.id if first else None
    )


def _parts(payment: Payment, amount: Money, left: Left, shares: Mapping[UUID, Money] | None) -> dict[UUID, int]:
    if shares is not None:
        return _chosen(amount, left, shares)
    credit = 0
    if left.credit:
        lock_credit(payment.customer_id)
        credit = min(left.credit, usable_credit(payment.customer_id, payment.currency).minor)
    parts, rest = split(amount.minor, left, credit=credit)
    if rest:
        most = Money(sum(left.orders.values()) + credit, payment.currency)
        raise DomainError(
            _("At most %(amount)s can be refunded: the rest became credit that was used or is on its way back.")
            % {"amount": most},
            field="amount",
        )
    return parts


def _chosen(amount: Money, left: Left, shares: Mapping[UUID, Money]) -> dict[UUID, int]:
    parts = {order: share.minor for order, share in shares.items() if share}
    if sum(parts.values()) != amount.minor or any(share.currency != amount.currency for share in shares.values()):
        raise DomainError(_("The parts do not add up to the amount."), field="amount")
    if any(part < 0 or part > left.orders.get(order, 0) for order, part in parts.items()):
        raise DomainError(_("A part is greater than what was paid for its purchase."), field="amount")
    return parts


def _insert(
    refund_id: UUID, payment: Payment, amount: Money, *, still_owed: bool, reason: str, now: datetime
) -> Refund:
    return Refund.create(
        id=refund_id,
        payment=payment,
        gateway_account=payment.gateway_account_id,
        amount=amount.minor,
        currency=amount.currency,
        still_owed=still_owed,
        reason=reason[:500],
        next_look_at=now if payment.gateway_account_id else None,
        state_since=now,
        created_at=now,
    )


def _plan(refund: Refund, parts: Mapping[UUID, int]) -> None:
    for order, part in parts.items():
        RefundAllocation.create(refund=refund, order=order, amount=part)


def _note(refund: Refund, payment: Payment, actor: Actor, actor_id: UUID | None) -> None:
    record(
        "refund.asked",
        merchant=payment.merchant_id,
        actor=actor,
        actor_id=actor_id,
        customer=payment.customer_id,
        subject=refund.id,
        facts={"payment": str(payment.id), "amount": refund.amount},
    )
