"""An order in a few facts, for the pages on which a merchant's person acts on it."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from kit.errors import NotFound
from kit.i18n import _
from kit.money import Money
from models.orders import Order


@dataclass(frozen=True)
class Facts:
    """An order of a merchant."""

    id: UUID
    customer: UUID
    number: str
    title: str
    open: Money
    paid: Money
    total: Money


def facts_of(*, merchant: UUID, order: UUID) -> Facts:
    """Raises NotFound for another merchant's order."""
    row = Order.get_or_none((Order.id == order) & (Order.merchant == merchant))
    if row is None:
        raise NotFound(_("This purchase is not there."))
    opened, paid, total = (Money(minor, row.currency) for minor in (row.open, row.paid, row.total))
    return Facts(row.id, row.customer_id, row.number, row.title, opened, paid, total)
