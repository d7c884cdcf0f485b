"""Automatic tries of one customer wait until a day, and what the clock may not make now is put off, never lost."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from domain.compliance.halt import Halted, local_hour, moved_to
from domain.events.record import Actor, record
from domain.orders.locks import lock_credit, lock_orders, lock_what_is_charged
from domain.orders.terms import collect_moment
from domain.recoveries.history import case_of
from domain.recoveries.terms import Case, Method, Rule
from domain.recoveries.timing import earliest
from integrations.gateways.base import MethodKind
from kit.calendar import banking_day_from, local_day
from kit.clock import utc_now
from kit.errors import DomainError, NotFound
from kit.i18n import _
from models.base import unit_of_work
from models.customers import Customer
from models.orders import Order
from models.payments import PlannedTry, Promise, PromiseState, Recovery, RecoveryState, TryState

MOST_DAYS = 90  # with the longest window of tries this stays inside Nacha's 180 days for presenting a debit again


def pause_tries(*, merchant: UUID, customer: UUID, until: date, staff: UUID) -> int:
    """No automatic try of this customer before `until`, a day in the merchant's zone; what is planned before moves to
    that day. Answers how much has moved. The customer may pay at any time; a payment under way is not touched.

    Another day takes the place of the one before. Raises NotFound (not this merchant's), DomainError (field `until`)
    for a day that is not from tomorrow to 90 days ahead.
    """
    now = utc_now()
    with unit_of_work():
        who = _mine(merchant, customer)
        today = local_day(now, who.merchant.zone)
        if not today < until <= today + timedelta(days=MOST_DAYS):
            raise DomainError(_("Choose a day from tomorrow to %(n)d days ahead.") % {"n": MOST_DAYS}, field="until")
        lock_what_is_charged(customer)  # the reserve holds them too: what it has begun comes before this
        lock_credit(customer)
        _mine(merchant, customer)  # again, now that the locks are ours: it may have been merged while we waited
        Customer.update(tries_paused_until=until).where(Customer.id == customer).execute()
        halted = Halted("", rule=Rule.PAUSED, day=until, zone=who.merchant.zone)
        moved = sum(_put_off_order(order, halted) for order in _collected(customer))
        moved += sum(_put_off_try(planned, halted) for planned in _planned(customer))
        _tell("customer.tries_paused", who, staff, until=until.isoformat())
        return moved


def resume_tries(*, merchant: UUID, customer: UUID, staff: UUID) -> bool:
    """Ends a pause before its day: what it had moved is tried at the next hour that the networks allow.

    False when nothing was paused any more. Raises NotFound for another merchant's customer.
    """
    now = utc_now()
    with unit_of_work():
        who = _mine(merchant, customer)
        lock_what_is_charged(customer)
        paused = Customer.tries_paused_until > local_day(now, who.merchant.zone)
        still = (Customer.id == customer) & paused
        if not Customer.update(tries_paused_until=None).where(still).execute():
            return False
        for order in _collected(customer):
            _back_to_its_day(order, now)
        for planned in _planned(customer):
            if planned.rule in (Rule.PAUSED, Rule.PROMISE):
                _as_soon_as_allowed(planned, now)
        _tell("customer.tries_resumed", who, staff)
        return True


def put_off_order(order: UUID, halted: Halted) -> None:
    """An order's first automatic try waits until that day. Harmless when it is not due any more."""
    with unit_of_work():
        _put_off_order(lock_orders([order])[0], halted)


def put_off_try(planned: UUID, halted: Halted) -> None:
    """A planned try waits until that day; a promised charge takes its judgement along. Harmless when it was made."""
    with unit_of_work():
        row = PlannedTry.get_by_id(planned)
        lock_orders([row.recovery.order_id])
        _put_off_try(PlannedTry.get_by_id(planned), halted)


def _put_off_order(order: Order, halted: Halted) -> bool:
    if order.collect_at is None:
        return False
    bank = order.method is not None and order.method.kind == MethodKind.BANK
    at = moved_to(halted.day, at=order.collect_at, zone=halted.zone, bank=bank)
    still = (Order.id == order.id) & (Order.collect_at < at)
    return bool(Order.update(collect_at=at, lease_until=None).where(still).execute())


def _put_off_try(planned: PlannedTry, halted: Halted) -> bool:
    bank = planned.method.kind == MethodKind.BANK
    at = moved_to(halted.day, at=planned.due_at, zone=halted.zone, bank=bank)
    return _move(planned, at, halted.rule) if planned.due_at < at else False


def _move(planned: PlannedTry, at: datetime, rule: Rule) -> bool:
    """A try that was promised for a day stays one: its promise is judged the morning after it was really made."""
    promised = planned.rule == Rule.PROMISE
    still = (PlannedTry.id == planned.id) & (PlannedTry.state == TryState.PLANNED)
    values = {"due_at": at, "lease_until": None, "rule": planned.rule if promised else rule}
    if not PlannedTry.update(**values).where(still).execute():
        return False
    if promised:
        open_one = (Promise.recovery == planned.recovery_id) & (Promise.state == PromiseState.OPEN)
        Promise.update(due_at=at + timedelta(days=1)).where(open_one).execute()
    return True


def _back_to_its_day(order: Order, now: datetime) -> None:
    at, zone = order.collect_at, order.merchant.zone
    if at is None or at <= now:
        return
    bank = order.method is not None and order.method.kind == MethodKind.BANK
    hour, today = local_hour(at, zone), local_day(now, zone)
    first = collect_moment(order.due_on, hour=hour, zone=zone, bank=bank, today=today)
    if first <= now:
        first = moved_to(today + timedelta(days=1), at=at, zone=zone, bank=bank)
    still = (Order.id == order.id) & (Order.collect_at > first)
    Order.update(collect_at=first).where(still).execute()


def _as_soon_as_allowed(planned: PlannedTry, now: datetime) -> None:
    order: Order = Order.get_by_id(planned.recovery.order_id)
    case = case_of(planned.recovery, order, now)
    method = next((each for each in case.methods if each.id == planned.method_id), None)
    if method is None:
        return  # its own moment will find another plan
    at = _first_hour(case, method)
    if case.promised is not None and planned.rule == Rule.PROMISE:
        at = max(at, case.moment(case.promised.day))
    if at < planned.due_at:
        _move(planned, at, Rule.POLICY)


def _first_hour(case: Case, method: Method) -> datetime:
    """The first hour of tries that everything allows: the networks' waits and ceilings, and days when banks work."""
    not_before = earliest(case, method)
    day = local_day(not_before, case.zone)
    while True:
        day = banking_day_from(day) if method.bank else day
        if case.moment(day) >= not_before and case.moment(day) > case.now:
            return case.moment(day)
        day += timedelta(days=1)


def _collected(customer: UUID) -> list[Order]:
    return list(Order.select().where((Order.customer == customer) & Order.collect_at.is_null(False)))


def _planned(customer: UUID) -> list[Any]:
    return list(
        PlannedTry.select()
        .join(Recovery)
        .where(
            (Recovery.customer == customer)
            & (Recovery.state == RecoveryState.OPEN)
            & (PlannedTry.state == TryState.PLANNED)
        )
    )


def _mine(merchant: UUID, customer: UUID) -> Customer:
    mine = (Customer.id == customer) & (Customer.merchant == merchant) & Customer.merged_into.is_null()
    found: Customer | None = Customer.get_or_none(mine)
    if found is None:
        raise NotFound(_("This customer is not there."))
    return found


def _tell(kind: str, who: Customer, staff: UUID, **facts: str) -> None:
    record(kind, merchant=who.merchant_id, actor=Actor.STAFF, actor_id=staff, customer=who.id, facts=facts)
