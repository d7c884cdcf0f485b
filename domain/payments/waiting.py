"""Automatic orders that cannot be collected when their time has come. None is forgotten, and the customer is told.

One whose method is no good any more waits for the next one; one that a bank looks into waits for its word; one that
nobody allowed us to charge is paid by hand.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from domain.events.record import Actor, record
from domain.mail import letters
from domain.methods.consent import newly_covering
from domain.orders.locks import is_held, lock_orders
from domain.payments.minimum import minimum
from kit.calendar import at_local_hour, local_day
from kit.clock import utc_now
from models.base import require_unit_of_work, unit_of_work
from models.methods import Consent, MethodState, PaymentMethod
from models.orders import Collect, Order
from models.payments import Recovery

_LOOKED_INTO = timedelta(days=1)  # until it is asked again whether the dispute has ended


def let_wait(order_id: UUID) -> None:
    """Takes an order that cannot be collected off the clock's list, or puts it off. Harmless when it is not due."""
    now = utc_now()
    with unit_of_work():
        order = lock_orders([order_id])[0]
        if order.collect_at is None or order.collect_at > now or is_held(order.id):
            return
        if order.open == 0 or order.collect != Collect.AUTOMATIC:
            Order.update(collect_at=None).where(Order.id == order.id).execute()
        elif order.disputed:
            Order.update(collect_at=now + _LOOKED_INTO).where(Order.id == order.id).execute()
        else:
            _tell(order, waits=_lost_its_method(order))


def _tell(order: Order, *, waits: bool) -> None:
    """Whoever took the consent back pays by hand; an order whose method has died goes on with the next one."""
    collect = Collect.AUTOMATIC if waits else Collect.MANUAL
    Order.update(collect_at=None, collect=collect).where(Order.id == order.id).execute()
    letters.method_needed(order)
    record(
        "order.not_collectable",
        merchant=order.merchant_id,
        actor=Actor.CLOCK,
        customer=order.customer_id,
        subject=order.id,
        facts={"waits": "method" if waits else "person"},
    )


def _lost_its_method(order: Order) -> bool:
    """Whether the order is automatic by a consent that still stands: then only its method is no good."""
    method: PaymentMethod | None = order.method
    if order.collect != Collect.AUTOMATIC or method is None:
        return False
    stands = (Consent.customer == order.customer_id) & (Consent.method == method) & Consent.revoked_at.is_null()
    dead = method.state != MethodState.USABLE or not method.gateway_account.active
    return dead and (method.state == MethodState.DETACHED or bool(Consent.select().where(stands).exists()))


def arm(customer: UUID, method: UUID | None) -> int:
    """Puts what waits for a method back on the clock's list, in the caller's unit of work; answers how many.

    The order is collected with the method under whose consent it falls now, at the merchant's next hour.
    """
    require_unit_of_work()
    waiting = (
        (Order.customer == customer)
        & (Order.collect == Collect.AUTOMATIC)
        & Order.collect_at.is_null()
        & (Order.open > 0)
        & Order.id.not_in(Recovery.select(Recovery.order).where(Recovery.customer == customer))
    )
    ids = [row.id for row in Order.select(Order.id).where(waiting)]
    armed = 0
    for order in lock_orders(ids) if ids else []:
        carried = order.open < minimum(order.currency).minor
        consent = None if carried or is_held(order.id) or not _lost_its_method(order) else _wished(order, method)
        if consent is not None:
            values = {"method": consent.method_id, "consent": consent.id, "collect_at": _next_hour(order, utc_now())}
            Order.update(**values).where(Order.id == order.id).execute()
            armed += 1
    return armed


def _wished(order: Order, method: UUID | None) -> Consent | None:
    """A consent given since the order fell due."""
    house = order.merchant
    return newly_covering(order, method=method, since=at_local_hour(order.due_on, 0, house.zone))


def _next_hour(order: Order, now: datetime) -> datetime:
    house = order.merchant
    today = local_day(now, house.zone)
    at = at_local_hour(today, house.collect_hour, house.zone)
    return at if at > now else at_local_hour(today + timedelta(days=1), house.collect_hour, house.zone)
