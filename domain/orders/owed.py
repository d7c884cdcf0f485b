"""What is owed now, what comes later and what is under way (design.md 7). Pure classification over one query.

Owed now: open amounts due today or earlier in the merchant's zone, plus failed ones. Later ones are coming up; held or
pending ones are in neither, and say until when.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from peewee import JOIN, fn

from domain.recoveries.terms import BROKEN_MOST, Rule
from kit.calendar import local_day
from kit.clock import utc_now
from kit.money import Money
from models.customers import Customer
from models.merchants import Merchant, MerchantPolicy
from models.methods import PaymentMethod
from models.orders import Order
from models.payments import (
    Attempt,
    AttemptState,
    OrderHold,
    PlannedTry,
    Promise,
    PromiseState,
    Recovery,
    RecoveryState,
    TryState,
)


class Standing(StrEnum):
    """Where an open order stands for the person who owes it."""

    OWED = "owed"
    COMING = "coming"
    UNDER_WAY = "under_way"
    DISPUTED = "disputed"


@dataclass(frozen=True)
class Failure:
    """The failed automatic payment behind an order: why, on what, since when, and when it is tried again."""

    recovery: UUID
    code: str
    method_brand: str
    method_last4: str
    at: datetime
    amount: Money
    next_try: datetime | None
    next_method: UUID | None
    exhausted: bool
    backup: bool = False  # the next try is made with a backup
    promised: date | None = None  # the day by which the customer said it will be paid
    may_promise: bool = False


@dataclass(frozen=True)
class OrderView:
    """An open order as it is shown."""

    id: UUID
    number: str
    title: str
    open: Money
    total: Money
    due_on: date
    placed_at: datetime
    today: date
    standing: Standing
    automatic: bool
    failure: Failure | None = None
    attempt_state: AttemptState | None = None
    payment: UUID | None = None  # the one under way
    final_on: date | None = None
    method: UUID | None = None  # that it is charged to by itself
    collect_at: datetime | None = None  # when it is

    @property
    def payable(self) -> bool:
        """Whether it may be chosen on the pay page."""
        return self.standing in (Standing.OWED, Standing.COMING)

    @property
    def overdue_days(self) -> int:
        """Days since the due day; 0 or less when it is not overdue."""
        return (self.today - self.due_on).days


def outstanding(customer: UUID) -> list[OrderView]:
    """Every open order of a customer, the failed and oldest first. Three queries, whatever their number."""
    owner = Customer.select(Customer, Merchant).join(Merchant).where(Customer.id == customer).get()
    return outstanding_in(customer, zone=owner.merchant.zone)


def outstanding_in(customer: UUID, *, zone: str) -> list[OrderView]:
    """The same for a caller who knows the merchant's zone: two queries."""
    today = local_day(utc_now(), zone)
    rows = list(
        Order.select(Order, OrderHold, Attempt)
        .join(OrderHold, JOIN.LEFT_OUTER, on=(OrderHold.order == Order.id), attr="hold")
        .join(Attempt, JOIN.LEFT_OUTER)
        .where((Order.customer == customer) & (Order.open > 0))
        .order_by(Order.due_on, Order.placed_at, Order.id)
    )
    failures = _failures([row.id for row in rows])
    views = [_view(row, today, _held_by(row), failures.get(row.id)) for row in rows]
    return sorted(views, key=lambda view: (view.standing != Standing.OWED, view.failure is None))


def _view(row: Order, today: date, attempt: Attempt | None, failure: Failure | None) -> OrderView:
    if attempt is not None:
        standing = Standing.UNDER_WAY
    elif row.disputed:
        standing = Standing.DISPUTED
    elif row.due_on <= today or failure is not None:
        standing = Standing.OWED
    else:
        standing = Standing.COMING
    return OrderView(
        id=row.id,
        number=row.number,
        title=row.title,
        open=Money(row.open, row.currency),
        total=Money(row.total, row.currency),
        due_on=row.due_on,
        placed_at=row.placed_at,
        today=today,
        standing=standing,
        automatic=row.collect_at is not None,
        collect_at=row.collect_at,
        failure=failure,
        attempt_state=attempt.state if attempt else None,
        payment=attempt.payment_id if attempt else None,
        final_on=attempt.final_on if attempt else None,
        method=row.method_id,
    )


def _held_by(row: Any) -> Attempt | None:
    """The attempt that holds the order, as the query joined it."""
    hold = getattr(row, "hold", None)
    return hold.attempt if hold is not None and hold.attempt_id is not None else None


def _failures(orders: Sequence[UUID]) -> dict[UUID, Failure]:
    if not orders:
        return {}
    wanted = [RecoveryState.OPEN, RecoveryState.EXHAUSTED]
    rows = list(
        Recovery.select(Recovery, Attempt, PaymentMethod, PlannedTry, *_promises())
        .join(Attempt)
        .join(PaymentMethod)
        .join_from(
            Recovery,
            PlannedTry,
            JOIN.LEFT_OUTER,
            on=(PlannedTry.recovery == Recovery.id) & (PlannedTry.state == TryState.PLANNED),
            attr="planned",
        )
        .where(Recovery.order.in_(list(orders)) & Recovery.state.in_(wanted))
        .order_by(Recovery.opened_at)
    )
    return {row.order_id: _failure(row, _planned(row)) for row in rows}


def _planned(row: Any) -> PlannedTry | None:
    """The recovery's next try, as the query joined it: there is one at most."""
    found: PlannedTry | None = getattr(row, "planned", None)
    return found if found is not None and found.method_id is not None else None


def _promises() -> tuple[Any, ...]:
    """Columns beside a recovery: the promised day, how many promises were broken, how far ahead one may be made."""
    mine = Promise.select().where(Promise.order == Recovery.order)
    ahead = MerchantPolicy.select(MerchantPolicy.promise_days).where(MerchantPolicy.merchant == Recovery.merchant)
    return (
        mine.select(Promise.day).where(Promise.state == PromiseState.OPEN).alias("promised"),
        mine.select(fn.COUNT(Promise.id)).where(Promise.state == PromiseState.BROKEN).alias("broken"),
        fn.COALESCE(ahead, MerchantPolicy.promise_days.default).alias("ahead"),
    )


def _failure(row: Any, planned: PlannedTry | None) -> Failure:
    method, is_open = row.attempt.method, row.state == RecoveryState.OPEN
    day: Any = Promise.day
    promised: date | None = day.python_value(row.promised)
    return Failure(
        recovery=row.id,
        code=row.reason,
        method_brand=method.brand,
        method_last4=method.last4,
        at=row.attempt.closed_at or row.opened_at,
        amount=Money(row.amount, row.currency),
        next_try=planned.due_at if planned else None,
        next_method=planned.method_id if planned else None,
        exhausted=row.state == RecoveryState.EXHAUSTED,
        backup=planned is not None and planned.rule == Rule.BACKUP,
        promised=promised if is_open else None,
        may_promise=is_open and row.broken < BROKEN_MOST and row.ahead > 0,
    )
