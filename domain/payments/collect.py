"""The clock collects: an automatic order on its due day, and a recovery's next try. Under a live consent only."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from domain.events.record import Actor, record
from domain.methods.consent import covering
from domain.payments.ask import ask
from domain.payments.at_gateway import WORKER_SECONDS
from domain.payments.reserve import AlreadyPaid, Ask, Ceiling, Held, reserve
from domain.recoveries.cases import stop
from kit.clock import utc_now
from kit.deadline import Deadline
from kit.errors import Conflict, DomainError
from kit.money import Money
from models.base import unit_of_work
from models.orders import Collect, Order
from models.payments import Origin, PlannedTry, Recovery, RecoveryState, TryState

_HELD_AGAIN = timedelta(minutes=10)


def collect_due(order_id: UUID) -> None:
    """The first automatic try of an order, once, when its time has come. Harmless when it is not due (any more)."""
    order = Order.get_or_none(Order.id == order_id)
    if order is None or order.collect_at is None or order.collect_at > utc_now():
        return
    consent = covering(order)
    if order.open == 0 or consent is None:
        _leave_to_the_person(order)
        return
    wanted = Ask(
        customer=order.customer_id,
        method=consent.method_id,
        choices=[(order.id, Money(order.open, order.currency))],
        origin=Origin.AUTOMATIC,
        consent=consent.id,
    )
    try:
        reserved = reserve(wanted)
    except Held:
        waiting = (Order.id == order_id) & Order.collect_at.is_null(False)
        Order.update(collect_at=utc_now() + _HELD_AGAIN).where(waiting).execute()
    except (AlreadyPaid, Conflict):
        return
    except DomainError:
        _leave_to_the_person(order)
    else:
        ask(reserved.attempt, deadline=Deadline.within(WORKER_SECONDS))


def _leave_to_the_person(order: Order) -> None:
    """Nothing may be charged unattended: it is owed like any other order, and the trail says why."""
    with unit_of_work():
        Order.update(collect_at=None, collect=Collect.MANUAL).where(Order.id == order.id).execute()
        if order.open:
            record(
                "order.not_collectable",
                merchant=order.merchant_id,
                actor=Actor.CLOCK,
                customer=order.customer_id,
                subject=order.id,
            )


def make_try(planned_id: UUID) -> None:
    """A recovery's planned try, once, when its time has come: re-checked, reserved, asked. Harmless twice."""
    planned = PlannedTry.get_or_none(PlannedTry.id == planned_id)
    if planned is None or planned.state != TryState.PLANNED or planned.due_at > utc_now():
        return
    recovery: Recovery = planned.recovery
    order = recovery.order
    consent = covering(order, method=planned.method_id)
    if recovery.state != RecoveryState.OPEN:
        _drop(recovery, recovery.note)
        return
    if order.open == 0 or consent is None:
        _drop(recovery, "Nothing to collect, or no consent any more.")
        return
    wanted = Ask(
        customer=order.customer_id,
        method=planned.method_id,
        choices=[(order.id, Money(order.open, order.currency))],
        origin=Origin.RETRY,
        planned_try=planned.id,
        consent=consent.id,
    )
    try:
        reserved = reserve(wanted)
    except Held:
        waiting = (PlannedTry.id == planned_id) & (PlannedTry.state == TryState.PLANNED)
        PlannedTry.update(due_at=utc_now() + _HELD_AGAIN).where(waiting).execute()
    except Ceiling:
        _drop(recovery, "The card network allows no further try on this card for now.")
    except Conflict:
        return
    except DomainError as problem:
        _drop(recovery, problem.sentence)
    else:
        ask(reserved.attempt, deadline=Deadline.within(WORKER_SECONDS))


def _drop(recovery: Recovery, why: str) -> None:
    with unit_of_work():
        stop(recovery.id, why)
