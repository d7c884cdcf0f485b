"""Rows that money work locks, always in the same order: orders by ascending id, then the payment, then the customer."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from models.base import locked, require_unit_of_work
from models.customers import Customer
from models.orders import Order
from models.payments import Allocation, OrderHold, Payment


def lock_orders(ids: Collection[UUID]) -> list[Order]:
    """These orders, locked until the commit."""
    require_unit_of_work()
    return list(locked(Order.select().where(Order.id.in_(list(ids))).order_by(Order.id)))


def lock_payment(payment: UUID) -> tuple[Payment, list[Order]]:
    """A payment and its orders, locked until the commit."""
    require_unit_of_work()
    orders = lock_orders([row.order_id for row in Allocation.select().where(Allocation.payment == payment)])
    row: Payment = locked(Payment.select().where(Payment.id == payment)).get()
    return row, orders


def lock_credit(customer: UUID) -> None:
    """Two who use the same credit take turns."""
    require_unit_of_work()
    locked(Customer.select(Customer.id).where(Customer.id == customer)).get()


def is_held(order: UUID) -> bool:
    """Whether an attempt on the order is open. Only sure while the order is locked."""
    return bool(OrderHold.select().where(OrderHold.order == order).exists())
