"""How many customers help themselves: the steps of the portal's adoption. Values only; read by queries.py."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from domain.reports.failures import percent


@dataclass(frozen=True)
class Step:
    """Customers who have come this far, and how many of them in the last 30 days."""

    count: int
    lately: int


@dataclass(frozen=True)
class Week:
    """Different customers of one week, Monday to Sunday in the merchant's zone."""

    monday: date
    invited: int
    confirmed: int
    signed_in: int
    paid: int


@dataclass(frozen=True)
class Adoption:
    """Each step counts different customers of all `customers`; a step need not lie within the one before it."""

    customers: int
    invited: Step
    confirmed: Step
    signed_in: Step
    paid: Step
    weeks: tuple[Week, ...]

    def share(self, step: Step) -> Decimal | None:
        """The step as a percentage of all customers; None when there are none."""
        return percent(step.count, self.customers)
