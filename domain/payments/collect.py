"""The clock collects: an automatic order on its due day, and a recovery's next try. Under a live consent only."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from domain.compliance.halt import Halted, Suspended
from domain.merchants.policy import policy_of
from domain.methods.consent import covering, covering_try
from domain.orders.locks import is_held, lock_orders
from domain.payments import carried, waiting
from domain.payments.ask import ask
from domain.payments.at_gateway import WORKER_SECONDS
from domain.payments.minimum import minimum
from domain.payments.reserve import AlreadyPaid, Ask, Ceiling, Held, Reserved, reserve
from domain.recoveries import ceiling
from domain.recoveries.cases import not_needed, replan
from domain.recoveries.pause import put_off_order, put_off_try
from integrations.gateways.base import MethodKind
from kit.clock import utc_now
from kit.deadline import Deadline
from kit.errors import Conflict, DomainError
from kit.money import Money, total
from models.base import unit_of_work
from models.methods import Consent, PaymentMethod
from models.orders import Order
from models.payments import Allocation, Attempt, AttemptState, Origin, PlannedTry, Recovery, RecoveryState, TryState

_HELD_AGAIN = timedelta(minutes=10)


def collect_due(order_id: UUID) -> None:
    """The first automatic try of an order, once, when its time has come. Harmless when it is not due (any more).

    What was too small to be charged by itself is paid along with it (cases.md 55).
    """
    order = Order.get_or_none(Order.id == order_id)
    if order is None or order.collect_at is None or order.collect_at > utc_now():
        return
    consent = covering(order)
    if order.open == 0 or consent is None:
        waiting.let_wait(order.id)
        return
    along = carried.along_with(order, consent)
    choices = [(row.id, Money(row.open, row.currency)) for row in (order, *along)]
    if total([amount for _order, amount in choices], order.currency) < minimum(order.currency):
        carried.carry(order)
        return
    wanted = Ask(
        customer=order.customer_id,
        method=consent.method_id,
        choices=choices,
        origin=Origin.AUTOMATIC,
        consent=consent.id,
    )
    try:
        reserved = reserve(wanted)
    except Held:
        still = (Order.id == order_id) & Order.collect_at.is_null(False)
        Order.update(collect_at=utc_now() + _HELD_AGAIN).where(still).execute()
    except (AlreadyPaid, Conflict, Suspended):  # what is suspended stays due
        return
    except Halted as halted:
        put_off_order(order.id, halted)
    except Ceiling:
        _wait_for_the_network(order, consent.method)
    except DomainError:
        if _as_asked(order.id, wanted):
            waiting.let_wait(order.id)
    else:
        _ask(reserved)


def _as_asked(order_id: UUID, wanted: Ask) -> bool:
    """Whether what was refused is what would be asked again. Two records that were merged, or parted, at this very
    moment have moved the order or its method: then it is still due, and the clock comes again."""
    order = Order.get_by_id(order_id)
    consent = covering(order)
    return order.customer_id == wanted.customer and (consent is None or consent.id == wanted.consent)


def _wait_for_the_network(order: Order, method: PaymentMethod) -> None:
    """The card has no try left: the order waits for one, if it comes within the merchant's window (cases.md 43)."""
    now = utc_now()
    free = ceiling.free_from(ceiling.declines_of(method, now), brand=method.brand, after=now + _HELD_AGAIN)
    if free > now + timedelta(days=policy_of(order.merchant_id).window_days):
        waiting.let_wait(order.id)
        return
    still = (Order.id == order.id) & Order.collect_at.is_null(False)
    Order.update(collect_at=free).where(still).execute()


def make_try(planned_id: UUID) -> None:
    """A recovery's planned try, once, when its time has come: re-checked, reserved, asked. Harmless twice.

    It asks for what is open now. When it may not be made after all, the case is planned anew: another moment, another
    method, or none.
    """
    planned = PlannedTry.get_or_none(PlannedTry.id == planned_id)
    if planned is None or planned.state != TryState.PLANNED or planned.due_at > utc_now():
        return
    order = planned.recovery.order
    consent = covering_try(order, method=planned.method_id)
    gone = order.open == 0 or planned.recovery.state != RecoveryState.OPEN
    if gone or consent is None or not _presentable(planned, order):
        _plan_anew(planned)
        return
    try:
        reserved = reserve(_asking(planned, order, consent))
    except Held:
        still = (PlannedTry.id == planned_id) & (PlannedTry.state == TryState.PLANNED)
        PlannedTry.update(due_at=utc_now() + _HELD_AGAIN).where(still).execute()
    except (Conflict, Suspended):
        return
    except Halted as halted:
        put_off_try(planned.id, halted)
    except DomainError:
        _plan_anew(planned)
    else:
        _ask(reserved)


def _asking(planned: PlannedTry, order: Order, consent: Consent) -> Ask:
    return Ask(
        customer=order.customer_id,
        method=planned.method_id,
        choices=[(order.id, Money(order.open, order.currency))],
        origin=Origin.RETRY,
        planned_try=planned.id,
        consent=consent.id,
    )


def _presentable(planned: PlannedTry, order: Order) -> bool:
    """A returned bank debit is presented again only as it was (Nacha); a part payment since then changes it."""
    if planned.method.kind != MethodKind.BANK:
        return True
    returned = (
        Attempt.select()
        .join(Allocation, on=(Allocation.payment == Attempt.payment))
        .where(
            (Allocation.order == order) & (Attempt.method == planned.method_id) & (Attempt.state == AttemptState.FAILED)
        )
        .order_by(Attempt.closed_at.desc())
        .first()
    )
    return returned is None or bool(returned.amount == order.open)


def _plan_anew(planned: PlannedTry) -> None:
    """The try is not made. Its case goes on with another one, or ends: nothing is owed, nothing is left to try."""
    now = utc_now()
    with unit_of_work():
        order = lock_orders([planned.recovery.order_id])[0]
        still = PlannedTry.get_by_id(planned.id)
        if still.state != TryState.PLANNED or is_held(order.id):
            return
        recovery: Recovery = Recovery.get_by_id(planned.recovery_id)
        if order.open == 0:
            not_needed(recovery.id, now)
        else:
            replan(recovery, now)


def _ask(reserved: Reserved) -> None:
    ask(reserved.attempt, deadline=Deadline.within(WORKER_SECONDS))
