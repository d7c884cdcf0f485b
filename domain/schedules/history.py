"""What a schedule has billed and skipped, and what became of each bill."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID

from peewee import JOIN, fn

from kit.calendar import local_day
from kit.clock import utc_now
from kit.errors import NotFound
from kit.i18n import _
from kit.money import Money
from models.merchants import Merchant
from models.methods import BillingSchedule
from models.orders import Order
from models.payments import OrderHold, Recovery, RecoveryState
from models.schedules import RunState, ScheduleRun


class Outcome(StrEnum):
    """Where a period's bill stands, in one word."""

    SKIPPED = "skipped"
    PAID = "paid"
    CANCELLED = "cancelled"  # not owed any more, by credit or by the merchant
    UNDER_WAY = "under_way"
    FAILED = "failed"
    LATE = "late"
    DUE = "due"  # today or later


@dataclass(frozen=True)
class RunView:
    """A period that was billed or skipped. `on` is its bill's due day: its own, `due_on`, unless it was put off."""

    due_on: date
    on: date
    state: RunState
    outcome: Outcome
    order: UUID | None
    number: str
    total: Money | None
    open: Money | None


def is_own(customer: UUID, schedule: UUID) -> bool:
    """Whether the schedule is this customer's."""
    return bool(
        BillingSchedule.select().where(BillingSchedule.id == schedule, BillingSchedule.customer == customer).exists()
    )


def history(customer: UUID, schedule: UUID, *, size: int | None = None) -> list[RunView]:
    """What a schedule of this customer has billed and skipped, the latest `size` first. Raises NotFound.

    A period that is skipped and still to come is not history yet; it is among what comes.
    """
    if not is_own(customer, schedule):
        raise NotFound(_("That schedule is not there any more."))
    failed = Recovery.select(Recovery.id).where(Recovery.order == Order.id, Recovery.state == RecoveryState.OPEN)
    held = OrderHold.select(OrderHold.order).where(OrderHold.order == Order.id)
    rows = (
        ScheduleRun.select(
            ScheduleRun,
            Order,
            BillingSchedule.id,
            Merchant.zone,
            fn.EXISTS(failed).alias("failed"),
            fn.EXISTS(held).alias("held"),
        )
        .join(Order, JOIN.LEFT_OUTER)
        .switch(ScheduleRun)
        .join(BillingSchedule)
        .join(Merchant)
        .where(ScheduleRun.schedule == schedule)
        .where((ScheduleRun.state == RunState.MADE) | BillingSchedule.next_on.is_null() | _passed())
        .order_by(ScheduleRun.due_on.desc())
        .limit(size)
    )
    return [_run(row) for row in rows]


def _passed() -> object:
    return ScheduleRun.due_on < BillingSchedule.next_on


def _run(row: ScheduleRun) -> RunView:
    order = row.order if row.order_id else None
    today = local_day(utc_now(), row.schedule.merchant.zone)
    return RunView(
        due_on=row.due_on,
        on=order.due_on if order else row.due_on,
        state=row.state,
        outcome=_outcome(order, today, failed=bool(row.failed), held=bool(row.held)),
        order=row.order_id,
        number=order.number if order else "",
        total=Money(order.total, order.currency) if order else None,
        open=Money(order.open, order.currency) if order else None,
    )


def _outcome(order: Order | None, today: date, *, failed: bool, held: bool) -> Outcome:
    if order is None:
        return Outcome.SKIPPED
    if not order.open:
        return Outcome.CANCELLED if order.total and order.adjusted == order.total else Outcome.PAID
    if held:
        return Outcome.UNDER_WAY
    if failed:
        return Outcome.FAILED
    return Outcome.LATE if order.due_on < today else Outcome.DUE
