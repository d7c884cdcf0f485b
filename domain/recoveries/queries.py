"""Reads of recoveries for the customer: what may be promised for an order, and what has been. The owner comes first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from domain.methods.consent import backups, covering
from domain.methods.queries import label
from domain.orders.owed import outstanding
from domain.recoveries.promises import bounds
from kit.clock import utc_now
from kit.errors import DomainError, NotFound
from kit.i18n import _
from kit.money import Money
from models.methods import PaymentMethod
from models.orders import Order
from models.payments import Recovery


@dataclass(frozen=True)
class Chargeable:
    """A method that the customer lets us charge by ourselves."""

    id: UUID
    label: str


@dataclass(frozen=True)
class Offer:
    """What the page of a promise shows. `refused`: why no day may be chosen, in words, or nothing."""

    order: UUID
    number: str
    title: str
    amount: Money
    first: date | None
    last: date | None
    promised: date | None
    charged: bool  # we charge on the promised day
    methods: tuple[Chargeable, ...]
    refused: str


def offer(customer: UUID, order: UUID) -> Offer:
    """The offer to name a day for a failed payment. Raises NotFound when the order is not this customer's."""
    row = Order.get_or_none((Order.id == order) & (Order.customer == customer))
    if row is None:
        raise NotFound(_("This purchase is not there."))
    view = next((each for each in outstanding(customer) if each.id == order), None)
    failure = view.failure if view is not None else None
    first = last = None
    refused = ""
    if view is None or failure is None or failure.exhausted:
        refused = _("There is no failed payment to set another date for.")
    elif not view.payable:
        refused = _("A payment for this purchase is under way. Wait until it is done.")
    else:
        try:
            first, last = bounds(Recovery.get_by_id(failure.recovery), row, utc_now())
        except DomainError as problem:
            refused = problem.sentence
    return Offer(
        order=row.id,
        number=row.number,
        title=row.title,
        amount=Money(row.open, row.currency),
        first=first,
        last=last,
        promised=failure.promised if failure else None,
        charged=bool(failure and failure.promised and failure.next_try),
        methods=_chargeable(row) if first else (),
        refused=refused,
    )


def _chargeable(order: Order) -> tuple[Chargeable, ...]:
    own = covering(order)
    found = ([own] if own is not None else []) + backups(order)
    methods: dict[UUID, PaymentMethod] = {consent.method_id: consent.method for consent in found}
    return tuple(Chargeable(each.id, label(each.brand, each.last4)) for each in methods.values())
