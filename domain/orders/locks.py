"""Rows that money work locks, always in the same order.

The card's use, orders by ascending id, then the payment or schedules by ascending id, then the customer. To store a
row that names a customer waits for the customer as well: so nobody asks for a schedule with a customer in hand.
"""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from models.base import locked, require_unit_of_work
from models.customers import Customer
from models.methods import BillingSchedule, CardUse, PaymentMethod
from models.orders import Collect, Order
from models.payments import Allocation, OrderHold, Payment


def lock_card(method: PaymentMethod) -> None:
    """What is counted of this method's card, locked until the commit; whoever may charge it does so first of all."""
    require_unit_of_work()
    key = {"gateway_account": method.gateway_account_id, "fingerprint": method.fingerprint}
    card = locked(CardUse.select(CardUse.id).where(*[getattr(CardUse, name) == value for name, value in key.items()]))
    if card.first() is None:
        CardUse.insert(**key).on_conflict_ignore().execute()
        card.get()


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


def lock_what_is_charged(customer: UUID) -> None:
    """The orders and schedules for which a customer's methods are charged by themselves, for whoever moves them."""
    waiting = (Order.customer == customer) & (Order.open > 0) & (Order.collect == Collect.AUTOMATIC)
    lock_orders([order.id for order in Order.select(Order.id).where(waiting)])
    mine = BillingSchedule.select(BillingSchedule.id).where(BillingSchedule.customer == customer)
    list(locked(mine.order_by(BillingSchedule.id)))


def lock_credit(customer: UUID) -> None:
    """Two who use the same credit take turns."""
    require_unit_of_work()
    locked(Customer.select(Customer.id).where(Customer.id == customer)).get()


def is_held(order: UUID) -> bool:
    """Whether an attempt on the order is open. Only sure while the order is locked."""
    return bool(OrderHold.select().where(OrderHold.order == order).exists())
