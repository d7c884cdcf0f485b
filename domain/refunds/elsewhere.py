"""A refund that somebody made at the processor's own pages: the money is gone, so our books say it too."""

from __future__ import annotations

from datetime import datetime

from peewee import IntegrityError

from domain.events.record import Actor, record
from domain.orders.locks import lock_payment
from domain.refunds.record import Seen, seen_of, take_over
from domain.refunds.split import left_of, split
from integrations.gateways.base import GatewayRefund
from kit.clock import utc_now
from kit.errors import Conflict
from kit.log import log
from models.base import unit_of_work
from models.merchants import GatewayAccount
from models.orders import Order
from models.payments import Attempt, Payment, PaymentState, Refund, RefundAllocation
from models.payments import RefundState as S


def adopt(account: GatewayAccount, found: GatewayRefund) -> bool:
    """Records a refund that we did not ask for. False when its payment is not ours. Harmless twice.

    What it paid for is not owed any more: only we can say "still owed". Raises Conflict while the payment itself is
    not recorded as received.
    """
    attempt = Attempt.get_or_none((Attempt.gateway_account == account) & (Attempt.gateway_ref == found.intent))
    if attempt is None or found.intent is None:
        return False
    seen, now = seen_of(found), utc_now()
    if seen.state == S.FAILED:
        return True  # it never moved our money
    try:
        with unit_of_work():
            payment, orders = lock_payment(attempt.payment_id)
            known = (Refund.gateway_account == account) & (Refund.gateway_ref == found.id)
            if not Refund.select().where(known).exists():
                _adopt(payment, orders, found, seen, now)
    except IntegrityError:
        pass  # recorded at the same moment
    return True


def _adopt(payment: Payment, orders: list[Order], found: GatewayRefund, seen: Seen, now: datetime) -> None:
    if payment.state not in (PaymentState.SUCCEEDED, PaymentState.REVERSED):
        raise Conflict("its payment is not recorded yet")
    if found.amount.currency != payment.currency:
        log().error("refund.other_currency", refund=found.id, payment=str(payment.id))
        raise Conflict("it is in another currency than its payment")
    left = left_of(payment, counting=[S.SUCCEEDED, S.PENDING])
    shares, _rest = split(found.amount.minor, left, credit=left.credit)
    row = Refund.create(
        payment=payment,
        gateway_account=payment.gateway_account_id,
        amount=found.amount.minor,
        currency=found.amount.currency,
        state=S.REVIEW,  # outside the index of open ones: ours may be under way at the same time
        gateway_ref=found.id,
        elsewhere=True,
        sent_at=now,
        state_since=now,
        created_at=now,
    )
    for order, share in shares.items():
        RefundAllocation.create(refund=row, order=order, amount=share)
    record(
        "refund.made_elsewhere",
        merchant=payment.merchant_id,
        actor=Actor.GATEWAY,
        customer=payment.customer_id,
        subject=row.id,
        facts={"payment": str(payment.id), "amount": row.amount},
    )
    take_over(payment, orders, row, seen, now)
