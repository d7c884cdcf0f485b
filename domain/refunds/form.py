"""What a merchant's person must know before giving money back: how much, where to, what stands in the way."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from domain.methods.queries import label
from domain.refunds.reserve import refuse_disputed
from domain.refunds.split import left_of
from domain.refunds.states import COUNTED
from integrations.gateways.base import MethodKind
from kit.errors import DomainError, NotFound
from kit.i18n import _
from kit.money import Money
from models.payments import Payment, PaymentState, Refund, RefundState

__all__ = ["RefundState", "Refundable", "refundable", "state_of"]

OPEN = (RefundState.RESERVED, RefundState.SENDING, RefundState.UNKNOWN)


@dataclass(frozen=True)
class Refundable:
    """A payment whose money may go back. `refused`: why nothing can now, or nothing."""

    payment: UUID
    customer: UUID
    amount: Money
    left: Money
    method: str  # as it is called; nothing for one outside the portal
    bank: bool
    refused: str


def refundable(*, merchant: UUID, payment: UUID) -> Refundable:
    """The facts of the form. Raises NotFound for another merchant's payment."""
    row = Payment.get_or_none((Payment.id == payment) & (Payment.merchant == merchant))
    if row is None:
        raise NotFound(_("This payment is not there."))
    left = Money(left_of(row, counting=COUNTED).total, row.currency)
    return Refundable(
        payment=row.id,
        customer=row.customer_id,
        amount=Money(row.amount, row.currency),
        left=left,
        method=label(row.method.brand, row.method.last4) if row.gateway_account_id and row.method else "",
        bank=bool(row.method and row.method.kind == MethodKind.BANK),
        refused=_refused(row, left),
    )


def _refused(row: Payment, left: Money) -> str:
    if row.state != PaymentState.SUCCEEDED:
        return _("Only a payment that was received can be refunded.")
    try:
        refuse_disputed(row)
    except DomainError as problem:
        return problem.sentence
    if Refund.select().where((Refund.payment == row) & Refund.state.in_(OPEN)).exists():
        return _("A refund of this payment is under way. Wait until it is done.")
    return "" if left else _("All of this payment has gone back already.")


def state_of(refund: UUID) -> RefundState:
    """Where a refund stands."""
    return RefundState(Refund.get_by_id(refund).state)
