"""A merchant's person bills a customer: an order from nothing, with its lines, its day and how it is paid."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from peewee import IntegrityError

from domain.events.record import Actor
from domain.mail import letters
from domain.methods.queries import MethodView, methods_of
from domain.orders.make import NewLine, make_order
from domain.orders.terms import order_total
from kit.calendar import local_day
from kit.clock import utc_now
from kit.errors import DomainError, NotFound
from kit.i18n import _
from models.base import unit_of_work
from models.customers import Customer
from models.methods import Consent, ConsentScope, MethodState, PaymentMethod
from models.orders import Collect, Order, OrderSource

_FURTHEST = timedelta(days=3 * 366)  # a day beyond it, or before it, is a slip of the pen


@dataclass(frozen=True)
class Bill:
    """What the form sent. `handle` is the form's own id, which becomes the order's.

    `method`: charged to it by itself on the due day; None: the customer pays by hand.
    """

    handle: UUID
    customer: UUID
    lines: Sequence[NewLine]
    due_on: date
    title: str = ""
    method: UUID | None = None
    tell: bool = False  # whether the customer gets a mail with a link to pay it


def bill(*, merchant: UUID, bill: Bill, staff: UUID | None) -> UUID:
    """Makes the order and returns its id. The same form sent again makes nothing more.

    Raises NotFound (not this merchant's customer), DomainError (lines, day or method that will not do).
    """
    try:
        with unit_of_work():
            owner = _owner(merchant, bill.customer)
            if not _known(bill):
                _make(owner, bill, staff)
    except IntegrityError:  # the same form at the same moment
        if not _known(bill):
            raise
    return bill.handle


def _owner(merchant: UUID, customer: UUID) -> Customer:
    mine = (Customer.id == customer) & (Customer.merchant == merchant) & Customer.merged_into.is_null()
    owner: Customer | None = Customer.get_or_none(mine)
    if owner is None:
        raise NotFound(_("This customer is not there."))
    return owner


def _known(bill: Bill) -> bool:
    row = Order.get_or_none(Order.id == bill.handle)
    if row is not None and row.customer_id != bill.customer:
        raise NotFound(_("This form is not good any more. Open it again."))
    return row is not None


def _make(owner: Customer, bill: Bill, staff: UUID | None) -> None:
    house = owner.merchant
    today = local_day(utc_now(), house.zone)
    check_due(bill.due_on, today, automatic=bill.method is not None)
    if order_total(bill.lines).minor == 0:
        raise DomainError(_("Write an amount above zero."), field="amount_1")
    consent = None
    if bill.method is not None:
        consent = _consents(owner.id).get(bill.method)
        if consent is None:
            raise DomainError(_("There is no consent for an automatic payment with this method."), field="method")
    order = make_order(
        id=bill.handle,
        merchant=house,
        customer=owner,
        lines=bill.lines,
        source=OrderSource.INVOICE,
        title=bill.title or None,
        due_on=bill.due_on,
        collect=Collect.AUTOMATIC if consent else Collect.MANUAL,
        method=bill.method,
        consent=consent,
        actor=Actor.STAFF,
        actor_id=staff,
    )
    if bill.tell and consent is None:
        letters.new_order(order)


def check_due(due_on: date, today: date, *, automatic: bool) -> None:
    """Raises DomainError for a day that no bill has: automatic ones lie ahead, others within some years."""
    if automatic and due_on < today:
        raise DomainError(_("An automatic payment is made today or on a later day."), field="due_on")
    if abs(due_on - today) > _FURTHEST:
        raise DomainError(_("Check the year of the due day."), field="due_on")


def chargeable(customer: UUID) -> list[MethodView]:
    """The methods that may be charged by themselves for whatever falls due."""
    allowed = _consents(customer)
    return [view for view in methods_of(customer) if view.id in allowed]


def _consents(customer: UUID) -> dict[UUID, UUID]:
    """The live consents for all that falls due, by method."""
    rows = (
        Consent.select(Consent.id, Consent.method)
        .join(PaymentMethod)
        .where(
            (Consent.customer == customer)
            & (Consent.scope == ConsentScope.ALL_DUE)
            & Consent.revoked_at.is_null()
            & (PaymentMethod.state == MethodState.USABLE)
        )
        .order_by(Consent.shown_at)
    )
    return {row.method_id: row.id for row in rows}
