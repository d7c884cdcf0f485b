"""Case 72: while money is under way on either record, nothing is merged and nothing is parted."""

from __future__ import annotations

from uuid import UUID

from domain.refunds.states import OPEN as OPEN_REFUNDS
from kit.errors import Conflict
from kit.i18n import _
from models.base import require_unit_of_work
from models.orders import Order
from models.payments import OrderHold, Payment, PaymentState, Refund


def is_under_way(*customers: UUID) -> bool:
    """Whether a payment or a refund of one of them waits for its outcome. Only sure while their orders are locked."""
    held = OrderHold.select().join(Order).where(Order.customer.in_(customers))
    paying = Payment.select().where(Payment.customer.in_(customers), Payment.state == PaymentState.OPEN)
    refunding = Refund.select().join(Payment).where(Payment.customer.in_(customers), Refund.state.in_(OPEN_REFUNDS))
    return bool(held.exists() or paying.exists() or refunding.exists())


def refuse_while_under_way(*customers: UUID) -> None:
    """Raises Conflict, saying that its outcome is waited for."""
    require_unit_of_work()
    if is_under_way(*customers):
        raise Conflict(
            _("A payment or refund of one of these records is under way. Wait until the bank has answered, then go on.")
        )
