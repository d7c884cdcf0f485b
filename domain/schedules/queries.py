"""A customer's billing schedules, as they are shown."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from peewee import JOIN

from domain.methods.queries import label
from kit.money import Money
from models.methods import BillingSchedule, Cadence, PaymentMethod, ScheduleState

__all__ = ["Cadence", "ScheduleState", "ScheduleView", "active_schedules", "schedules_of"]


@dataclass(frozen=True)
class ScheduleView:
    """A recurring plan."""

    id: UUID
    title: str
    amount: Money
    cadence: Cadence
    every: int
    next_on: date | None
    ends_on: date | None
    method: str  # as it is called, or nothing
    state: ScheduleState


def active_schedules(customer: UUID) -> list[ScheduleView]:
    """The schedules that run, the next date first: one query."""
    return _read(customer, (BillingSchedule.state == ScheduleState.ACTIVE) & BillingSchedule.next_on.is_null(False))


def schedules_of(customer: UUID) -> list[ScheduleView]:
    """Every schedule, those that run first."""
    return _read(customer, BillingSchedule.customer == customer)


def _read(customer: UUID, which: object) -> list[ScheduleView]:
    rows = (
        BillingSchedule.select(BillingSchedule, PaymentMethod)
        .join(PaymentMethod, JOIN.LEFT_OUTER)
        .where(BillingSchedule.customer == customer, which)
        .order_by(BillingSchedule.state, BillingSchedule.next_on, BillingSchedule.id)
    )
    return [_view(row) for row in rows]


def _view(row: BillingSchedule) -> ScheduleView:
    method = row.method if row.method_id else None
    return ScheduleView(
        id=row.id,
        title=row.title,
        amount=Money(row.amount, row.currency),
        cadence=row.cadence,
        every=row.every,
        next_on=row.next_on,
        ends_on=row.ends_on,
        method=label(method.brand, method.last4) if method else "",
        state=row.state,
    )
