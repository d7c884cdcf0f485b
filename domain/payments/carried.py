"""Automatic orders that are too small to be charged by themselves: they wait and are paid along with the next one.

Such an order stays automatic and owed, with no moment of its own. A person may pay it any time.
"""

from __future__ import annotations

from domain.events.record import Actor, record
from domain.methods.consent import covering
from domain.payments.minimum import minimum
from domain.recoveries.terms import Why
from kit.calendar import local_day
from kit.clock import utc_now
from models.base import unit_of_work
from models.methods import Consent
from models.orders import Collect, Order
from models.payments import OrderHold, PlannedTry, Recovery, RecoveryState, TryState

_MOST = 20  # orders that one charge carries along


def carry(order: Order) -> None:
    """Lets an order wait for the next one. Once: a second time it has no moment any more."""
    with unit_of_work():
        due = (Order.id == order.id) & Order.collect_at.is_null(False)
        if Order.update(collect_at=None).where(due).execute():
            record("order.carried", merchant=order.merchant_id, actor=Actor.CLOCK, customer=order.customer_id,
                   subject=order.id)  # fmt: skip


def along_with(order: Order, consent: Consent) -> list[Order]:
    """Small orders that have waited and may be charged together with this one: same customer, currency and method."""
    planned = PlannedTry.select(PlannedTry.recovery).where(PlannedTry.state == TryState.PLANNED)
    given_up = Recovery.state.in_([RecoveryState.OPEN, RecoveryState.EXHAUSTED]) & (Recovery.why != Why.TOO_SMALL)
    elsewhere = Recovery.select(Recovery.order).where(given_up | Recovery.id.in_(planned))
    waiting = (
        (Order.customer == order.customer_id)
        & (Order.merchant == order.merchant_id)
        & (Order.currency == order.currency)
        & (Order.id != order.id)
        & (Order.method.is_null() | (Order.method == consent.method_id))
        & (Order.collect == Collect.AUTOMATIC)
        & Order.collect_at.is_null()
        & (Order.open > 0)
        & (Order.open < minimum(order.currency).minor)
        & (Order.due_on <= local_day(utc_now(), order.merchant.zone))
        & ~Order.disputed
        & Order.id.not_in(OrderHold.select(OrderHold.order))
        & Order.id.not_in(elsewhere)
    )
    rows = Order.select().where(waiting).order_by(Order.due_on, Order.id).limit(_MOST)
    return [row for row in rows if covering(row, method=consent.method_id) is not None]
