"""One schedule as its own page shows it: the plan, what comes within a year, and what the customer allowed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from domain.methods.queries import label
from domain.schedules.consents import standing
from domain.schedules.history import RunView, history, is_own
from domain.schedules.queries import ScheduleView, schedule_of
from domain.schedules.terms import Period
from integrations.gateways.base import MethodKind
from kit.calendar import local_day
from models.methods import BillingSchedule

__all__ = ["Allowed", "RunView", "Whole", "is_own", "whole"]

RECENT = 24  # what was billed longer ago is among the purchases


@dataclass(frozen=True)
class Allowed:
    """The consent under which it is charged by itself."""

    method: UUID
    called: str
    bank: bool  # then there is a copy of the authorization
    on: date


@dataclass(frozen=True)
class Whole:
    """The page's content. `more` tells whether older bills are left out."""

    plan: ScheduleView
    coming: tuple[Period, ...]
    billed: tuple[RunView, ...]
    more: bool
    allowed: Allowed | None


def whole(customer: UUID, schedule: UUID) -> Whole:
    """Everything about one of the customer's schedules. Raises NotFound."""
    plan, coming = schedule_of(customer, schedule)
    billed = history(customer, schedule, size=RECENT + 1)
    return Whole(plan, coming, tuple(billed[:RECENT]), len(billed) > RECENT, _allowed(customer, schedule))


def _allowed(customer: UUID, schedule: UUID) -> Allowed | None:
    row = BillingSchedule.get((BillingSchedule.customer == customer) & (BillingSchedule.id == schedule))
    consent = standing(row)
    if consent is None:
        return None
    method = consent.method
    return Allowed(
        method=method.id,
        called=label(method.brand, method.last4),
        bank=method.kind == MethodKind.BANK,
        on=local_day(consent.shown_at, row.merchant.zone),
    )
