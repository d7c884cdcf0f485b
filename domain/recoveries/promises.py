"""Promise to pay: the customer names a day; tries and reminders wait until the morning after it (cases.md 60)."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from uuid import UUID

from domain.events.record import Actor, record
from domain.merchants.policy import policy_of
from domain.methods.consent import covering_try
from domain.orders.locks import is_held, lock_orders
from domain.recoveries.cases import replan
from domain.recoveries.terms import BROKEN_MOST, Rule
from kit.calendar import at_local_hour, local_day
from kit.clock import utc_now
from kit.dates import humane_day
from kit.errors import Conflict, DomainError, NotFound
from kit.i18n import _, current_locale
from models.base import unit_of_work
from models.orders import Order
from models.payments import Promise, PromiseState, Recovery, RecoveryState

_LOOK_AGAIN = timedelta(days=1)


def promise(
    *, customer: UUID, order: UUID, day: date, method: UUID | None = None, account: UUID | None = None
) -> datetime | None:
    """Notes that the customer will pay by `day`, and plans the charge on it if a method is named.

    Answers when that charge is made; None when we only wait. Another day takes the place of the one before. Raises
    NotFound (not this customer's), Conflict (a payment is under way), DomainError (not offered, a day out of bounds, a
    method that cannot be charged by itself then).
    """
    now = utc_now()
    with unit_of_work():
        row = _mine(customer, order)
        recovery = _open_case(row)
        first, last = bounds(recovery, row, now)
        if not first <= day <= last:
            said = {"first": _said(first, row, now), "last": _said(last, row, now)}
            raise DomainError(_("Choose a day from %(first)s to %(last)s.") % said, field="day")
        if method is not None and covering_try(row, method=method) is None:
            raise DomainError(_("That payment method cannot be charged by itself. Choose another one."), field="method")
        _close(row, PromiseState.WITHDRAWN, now)
        made = Promise.create(
            recovery=recovery,
            order=row,
            customer=customer,
            account=account,
            day=day,
            method=method,
            due_at=_judged_at(row, day),
            made_at=now,
        )
        planned = replan(recovery, now)
        charged = planned if planned is not None and planned.rule == Rule.PROMISE else None
        if method is not None and charged is None:
            raise DomainError(
                _("That payment method cannot be charged on that day. Choose another one."), field="method"
            )
        if charged is not None:  # a bank works on the next banking day
            Promise.update(due_at=_judged_at(row, local_day(charged.due_at, row.merchant.zone))).where(
                Promise.id == made.id
            ).execute()
        _tell("promise.made", row, made.id, account, day=day.isoformat())
        return charged.due_at if charged is not None else None


def withdraw(*, customer: UUID, order: UUID, account: UUID | None = None, staff: UUID | None = None) -> bool:
    """Takes the promise back: our own plan resumes. False when there was none. Raises NotFound, Conflict as above.

    `staff`: one of the merchant's people does, for a customer whom the caller knows to be theirs.
    """
    now = utc_now()
    with unit_of_work():
        row = _mine(customer, order)
        if not _close(row, PromiseState.WITHDRAWN, now):
            return False
        recovery = Recovery.get_or_none((Recovery.order == row) & (Recovery.state == RecoveryState.OPEN))
        if recovery is not None:
            replan(recovery, now)
        _tell("promise.withdrawn", row, row.id, account, staff)
        return True


def judge(promise_id: UUID) -> None:
    """The morning after: kept or broken. A broken one lets the plan resume. Harmless when it is not due, or twice."""
    now = utc_now()
    found = Promise.get_or_none(Promise.id == promise_id)
    if found is None:
        return
    with unit_of_work():
        order = lock_orders([found.order_id])[0]
        row: Promise = Promise.get_by_id(promise_id)
        if row.state != PromiseState.OPEN or row.due_at is None or row.due_at > now:
            return
        if is_held(order.id):  # a payment is on its way: its outcome decides
            Promise.update(due_at=now + _LOOK_AGAIN).where(Promise.id == row.id).execute()
            return
        recovery = Recovery.get_by_id(row.recovery_id)
        state = _outcome(order, recovery)
        _close(order, state, now)
        _tell(f"promise.{state}", order, row.id, None)
        if state is PromiseState.BROKEN:
            replan(recovery, now)


def _outcome(order: Order, recovery: Recovery) -> PromiseState:
    if order.open == 0:
        return PromiseState.WITHDRAWN if recovery.state == RecoveryState.CANCELLED else PromiseState.KEPT
    return PromiseState.BROKEN


def bounds(recovery: Recovery, order: Order, now: datetime) -> tuple[date, date]:
    """The first and the last day that may be promised. Putting it off again does not move the end.

    Raises DomainError when the merchant does not offer it, or too many promises were broken.
    """
    policy, zone = policy_of(order.merchant_id), order.merchant.zone
    if policy.promise_days == 0:
        raise DomainError(_("%(merchant)s does not offer another date.") % {"merchant": order.merchant.name})
    if broken_of(order.id) >= BROKEN_MOST:
        raise DomainError(_("A date was set several times without a payment. Please pay now, or ask the merchant."))
    today = local_day(now, zone)
    reach = max(policy.promise_days, policy.window_days)
    end = min(today + timedelta(days=policy.promise_days), local_day(recovery.opened_at, zone) + timedelta(days=reach))
    if end <= today:
        raise DomainError(_("It is too late for another date. Please pay now, or ask the merchant."))
    return today + timedelta(days=1), end


def broken_of(order: UUID) -> int:
    """How many promises on an order were broken."""
    return int(Promise.select().where((Promise.order == order) & (Promise.state == PromiseState.BROKEN)).count())


def _mine(customer: UUID, order: UUID) -> Order:
    if not Order.select().where((Order.id == order) & (Order.customer == customer)).exists():
        raise NotFound(_("This purchase is not there."))
    row = lock_orders([order])[0]
    if is_held(row.id):
        raise Conflict(_("A payment for %(number)s is under way. Wait until it is done.") % {"number": row.number})
    return row


def _open_case(order: Order) -> Recovery:
    recovery: Recovery | None = Recovery.get_or_none((Recovery.order == order) & (Recovery.state == RecoveryState.OPEN))
    if recovery is None or order.open == 0 or order.disputed:
        raise DomainError(_("There is no failed payment to set another date for."))
    return recovery


def _judged_at(order: Order, day: date) -> datetime:
    house = order.merchant
    policy = policy_of(order.merchant_id)
    hour = house.collect_hour if policy.hour is None else policy.hour
    return at_local_hour(day + timedelta(days=1), hour, house.zone)


def _said(day: date, order: Order, now: datetime) -> str:
    return humane_day(day, local_day(now, order.merchant.zone), current_locale())


def _close(order: Order, state: PromiseState, now: datetime) -> bool:
    still = (Promise.order == order) & (Promise.state == PromiseState.OPEN)
    return bool(Promise.update(state=state, due_at=None, closed_at=now).where(still).execute())


def _tell(
    kind: str, order: Order, subject: UUID, account: UUID | None, staff: UUID | None = None, **facts: str
) -> None:
    record(
        kind,
        merchant=order.merchant_id,
        actor=Actor.STAFF if staff else Actor.CUSTOMER if account else Actor.CLOCK,
        actor_id=staff or account,
        customer=order.customer_id,
        subject=subject,
        facts={"order": str(order.id), **facts},
    )
