"""Money that the merchant received outside the gateway: cash, a cheque, a bank transfer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from peewee import IntegrityError

from domain.disputes.reverse import mark_reversed, reopen
from domain.events.record import Actor, record
from domain.ledger import post as ledger
from domain.ledger.balance import till_of
from domain.mail import letters
from domain.orders.locks import is_held, lock_orders, lock_payment
from domain.payments import receipts
from domain.recoveries import cases
from domain.refunds.split import left_of
from domain.refunds.states import COUNTED
from domain.reports import dirty
from kit.calendar import local_day
from kit.clock import utc_now
from kit.errors import Conflict, DomainError, NotFound
from kit.i18n import _
from kit.money import Money
from models.base import unit_of_work
from models.customers import Customer
from models.orders import Order
from models.payments import Allocation, Origin, Payment, PaymentState


class Outside(StrEnum):
    """How the money came."""

    CASH = "cash"
    CHEQUE = "cheque"
    TRANSFER = "transfer"


@dataclass(frozen=True)
class Received:
    """What the merchant's person wrote down. `handle` is the form's own id; `shares` says what each order gets."""

    handle: UUID
    customer: UUID
    shares: Mapping[UUID, Money]
    kind: Outside
    received_on: date
    note: str = ""  # a cheque's number, a transfer's reference


def record_outside(*, merchant: UUID, received: Received, staff: UUID | None) -> UUID:
    """Records money that came outside the gateway and returns the payment's id, which is the form's handle.

    The same form sent again records nothing more. Raises NotFound (not this merchant's customer or purchase), Conflict
    (a payment is under way), DomainError (more than is open, nothing, several currencies, a day to come).
    """
    now = utc_now()
    try:
        with unit_of_work():
            if _known(merchant, received.handle):
                return received.handle
            orders = _orders(merchant, received)
            if _known(merchant, received.handle):  # again, now that the locks are ours
                return received.handle
            _check(orders, received, now)
            _book(merchant, orders, received, staff, now)
    except IntegrityError:  # the same form at the same moment
        if not _known(merchant, received.handle):
            raise
    return received.handle


def _known(merchant: UUID, handle: UUID) -> bool:
    row = Payment.get_or_none(Payment.id == handle)
    if row is not None and (row.merchant_id != merchant or row.external is None):
        raise NotFound(_("This form is not good any more. Open it again."))
    return row is not None


def _orders(merchant: UUID, received: Received) -> list[Order]:
    mine = (Customer.id == received.customer) & (Customer.merchant == merchant)
    if not Customer.select().where(mine).exists():
        raise NotFound(_("This customer is not there."))
    orders = [row for row in lock_orders(list(received.shares)) if row.customer_id == received.customer]
    if not orders or len(orders) != len(received.shares):
        raise NotFound(_("One of these purchases is not there. Go back and choose again."))
    return orders


def _check(orders: list[Order], received: Received, now: datetime) -> None:
    if received.received_on > local_day(now, orders[0].merchant.zone):
        raise DomainError(_("The day on which the money came lies ahead."), field="received_on")
    if len({order.currency for order in orders}) > 1:
        raise DomainError(_("One payment can only be in one currency. Choose purchases of one currency."))
    for order in orders:
        share = received.shares[order.id]
        if share.currency != order.currency or share.minor <= 0:
            raise DomainError(_("Write an amount above zero for %(number)s.") % {"number": order.number})
        if is_held(order.id):
            raise Conflict(
                _("A payment for %(number)s is under way. Wait until it is done.") % {"number": order.number}
            )
        if share.minor > order.open:
            raise DomainError(
                _("%(amount)s is open on %(number)s. Record that much at most.")
                % {"amount": Money(order.open, order.currency), "number": order.number}
            )


def _book(merchant: UUID, orders: list[Order], received: Received, staff: UUID | None, now: datetime) -> None:
    currency = orders[0].currency
    amount = Money(sum(share.minor for share in received.shares.values()), currency)
    payment = Payment.create(
        id=received.handle,
        merchant=merchant,
        customer=received.customer,
        external=received.kind.value,
        received_on=received.received_on,
        note=received.note[:200],
        amount=amount.minor,
        currency=currency,
        origin=Origin.MERCHANT,
        state=PaymentState.SUCCEEDED,
        created_at=now,
        closed_at=now,
    )
    dirty.mark(merchant, now)
    lines = [(till_of(payment), amount)]
    for order in orders:
        share = received.shares[order.id]
        Allocation.create(payment=payment, order=order, amount=share.minor)
        Order.update(paid=Order.paid + share.minor, open=Order.open - share.minor).where(Order.id == order.id).execute()
        if share.minor == order.open:
            Order.update(collect_at=None).where(Order.id == order.id).execute()
        lines.append((ledger.receivable(order.id), -share))
    ledger.post(merchant=merchant, kind="payment", source=str(payment.id), at=now, lines=lines)
    receipts.issue(payment, now)
    cases.after_success(payment, [order.id for order in orders], now)
    letters.receipt(payment.id)
    _tell("payment.recorded", payment, staff)


def bounced(*, merchant: UUID, payment: UUID, staff: UUID | None) -> None:
    """A cheque (or other money from outside) was not good: its orders are owed again. A second time does nothing.

    What had been refunded of it is not owed again. Raises NotFound (not this merchant's), DomainError (it came through
    the gateway: a bank takes that back by itself).
    """
    now = utc_now()
    with unit_of_work():
        if not Payment.select().where((Payment.id == payment) & (Payment.merchant == merchant)).exists():
            raise NotFound(_("This payment is not there."))
        row, orders = lock_payment(payment)
        if row.external is None:
            raise DomainError(_("This payment came through the payment processor. Refund it instead."))
        if row.state == PaymentState.REVERSED:
            return
        left = left_of(row, counting=COUNTED)
        lines = [(till_of(row), Money(-left.total, row.currency))]
        for order in orders:
            if share := left.orders[order.id]:
                reopen(order, share)
                letters.returned(row.id, order.id)
                lines.append((ledger.receivable(order.id), Money(share, row.currency)))
        ledger.post(merchant=merchant, kind="bounced", source=str(row.id), at=now, lines=lines)
        mark_reversed(row, now)
        _tell("payment.bounced", row, staff)


def _tell(kind: str, payment: Payment, staff: UUID | None) -> None:
    record(
        kind,
        merchant=payment.merchant_id,
        actor=Actor.STAFF,
        actor_id=staff,
        customer=payment.customer_id,
        subject=payment.id,
        facts={"kind": payment.external or "", "amount": payment.amount},
    )
