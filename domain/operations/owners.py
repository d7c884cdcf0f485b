"""Whose work a row is: the merchant, the customer, the order and the payment behind it. One query for each kind."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from peewee import JOIN, SQL

from domain.work.wake import Work
from models.base import connected
from models.console import ImportRun
from models.customers import Customer
from models.merchants import GatewayAccount
from models.methods import BillingSchedule, PaymentMethod
from models.operations import Alarm, AlarmCall
from models.orders import Order
from models.payments import Allocation, Attempt, Payment, PlannedTry, Promise, Recovery, Refund, RefundAllocation
from models.reports import DirtyDay
from models.work import Mail, WebhookEvent

_NONE = SQL("NULL")
_MOST = 500  # ids of one query


@dataclass(frozen=True)
class Owner:
    """Whom a row of work is about, as far as it is about somebody. Of several orders of a payment, the first."""

    merchant: UUID | None = None
    customer: str | None = None
    order: str | None = None
    payment: str | None = None


def owners(kind: Work, ids: Collection[UUID]) -> dict[UUID, Owner]:
    """For each row that still exists. A kind that belongs to nobody (a tick) has none."""
    if kind not in _ASKED:
        return {}
    asked, found = list(ids), dict[UUID, Owner]()
    with connected():
        for first in range(0, len(asked), _MOST):
            table, query = _ASKED[kind]()
            for row, merchant, *rest in query.where(table.id.in_(asked[first : first + _MOST])).tuples():
                found.setdefault(row, Owner(merchant, *(_text(one) for one in rest)))
    return found


def _text(id_: Any) -> str | None:
    return None if id_ is None else str(id_)


_Asked = tuple[Any, Any]  # the table whose rows these are, and what is asked of it


def _attempts() -> _Asked:
    query = Attempt.select(Attempt.id, Payment.merchant, Payment.customer, Allocation.order, Payment.id)
    joined = query.join(Payment).join(Allocation, JOIN.LEFT_OUTER, on=(Allocation.payment == Payment.id))
    return Attempt, joined.order_by(Allocation.id)


def _refunds() -> _Asked:
    query = Refund.select(Refund.id, Payment.merchant, Payment.customer, RefundAllocation.order, Payment.id)
    joined = query.join(Payment).switch(Refund)
    return Refund, joined.join(RefundAllocation, JOIN.LEFT_OUTER).order_by(RefundAllocation.id)


def _tries() -> _Asked:
    query = PlannedTry.select(
        PlannedTry.id, Recovery.merchant, Recovery.customer, Recovery.order, Attempt.payment
    ).join(Recovery)
    return PlannedTry, query.join(Attempt, JOIN.LEFT_OUTER, on=(PlannedTry.attempt == Attempt.id))


def _promises() -> _Asked:
    return Promise, Promise.select(Promise.id, Order.merchant, Promise.customer, Order.id, _NONE).join(Order)


def _methods() -> _Asked:
    query = PaymentMethod.select(PaymentMethod.id, Customer.merchant, Customer.id, _NONE, _NONE)
    return PaymentMethod, query.join(Customer)


def _webhooks() -> _Asked:
    query = WebhookEvent.select(WebhookEvent.id, GatewayAccount.merchant, _NONE, _NONE, _NONE)
    return WebhookEvent, query.join(GatewayAccount)


def _orders() -> _Asked:
    return Order, Order.select(Order.id, Order.merchant, Order.customer, Order.id, _NONE)


def _schedules() -> _Asked:
    table = BillingSchedule
    return table, table.select(table.id, table.merchant, table.customer, _NONE, _NONE)


def _letters() -> _Asked:
    return Mail, Mail.select(Mail.id, Mail.merchant, Mail.customer_id, Mail.order_id, _NONE)


def _alarm_calls() -> _Asked:
    return AlarmCall, AlarmCall.select(AlarmCall.id, Alarm.merchant, _NONE, _NONE, _NONE).join(Alarm)


def _of_merchant(table: Any) -> Callable[[], _Asked]:
    return lambda: (table, table.select(table.id, table.merchant, _NONE, _NONE, _NONE))


_ASKED: dict[Work, Callable[[], _Asked]] = {
    Work.ATTEMPT: _attempts,
    Work.COLLECT: _orders,
    Work.RETRY: _tries,
    Work.SCHEDULE: _schedules,
    Work.REFUND: _refunds,
    Work.PROMISE: _promises,
    Work.METHOD: _methods,
    Work.WAVE: _of_merchant(GatewayAccount),
    Work.WEBHOOK: _webhooks,
    Work.MAIL: _letters,
    Work.ROLLUP: _of_merchant(DirtyDay),
    Work.ALARM: _alarm_calls,
    Work.IMPORT: _of_merchant(ImportRun),
}
