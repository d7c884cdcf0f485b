"""A charge that a customer asked for on a day, with a method that is being removed and is not the order's own.

What the order itself is charged to goes over to another method (move.py); this one was named for that day only, as a
backup is. Nothing takes its place by itself: the day stays promised, and the customer pays.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from domain.orders.locks import is_held
from domain.recoveries.cases import replan
from models.base import require_unit_of_work
from models.orders import Order
from models.payments import Promise, PromiseState, Recovery, RecoveryState


def asked_for(customer: UUID, method: UUID) -> list[Promise]:
    """The open promises that name it though their order is charged to another, the earliest first; with the orders."""
    own: Any = Order.method.is_null() | (Order.method != method)
    rows = (
        Promise.select(Promise, Order)
        .join(Order)
        .where(Promise.customer == customer, Promise.state == PromiseState.OPEN, Promise.method == method, own)
        .order_by(Promise.day, Promise.id)
    )
    return list(rows)


def release(method: UUID, promises: list[Promise], now: datetime) -> None:
    """Nothing is charged on those days any more; the days stay. In the caller's unit of work, the orders locked."""
    require_unit_of_work()
    for promise in promises:
        Promise.update(method=None).where(Promise.id == promise.id, Promise.method == method).execute()
        case = Recovery.get_by_id(promise.recovery_id)
        if case.state == RecoveryState.OPEN and not is_held(promise.order_id):
            replan(case, now)
