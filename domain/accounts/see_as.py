"""Seeing the portal as a customer sees it: read-only, a quarter of an hour, logged with its end.

Nothing is done in the customer's name: no session of theirs is opened, and no event of theirs is written.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from peewee import fn

from domain.accounts.viewer import Look, Role, Viewer
from domain.events.record import Actor, record
from kit.clock import utc_now
from kit.errors import NotAllowed, NotFound
from kit.i18n import _
from models.base import unit_of_work
from models.console import CustomerLook
from models.customers import Customer
from models.merchants import Merchant

LASTS = timedelta(minutes=15)


def begin(*, viewer: Viewer, customer: UUID) -> None:
    """Opens the portal of one customer to a manager or owner, in this session only.

    Raises NotAllowed for a viewer, NotFound for a customer of another merchant or one that was merged away.
    """
    assert viewer.merchant is not None
    if not viewer.may(Role.MANAGER):
        raise NotAllowed(_("Only an owner or a manager can see the portal as a customer does."))
    now = utc_now()
    with unit_of_work():
        if not is_ours(viewer, customer):
            raise NotFound(_("This customer is not there."))
        CustomerLook.create(
            merchant=viewer.merchant.id,
            staff=viewer.staff_id,
            session=viewer.session_id,
            customer=customer,
            began_at=now,
            until=now + LASTS,
        )
        _record("customer.look_began", viewer, customer, minutes=LASTS.seconds // 60)


def is_ours(viewer: Viewer, customer: UUID) -> bool:
    """Whether this is a customer of the viewer's merchant whom one can look at."""
    mine = (Customer.id == customer) & (Customer.merchant == (viewer.merchant.id if viewer.merchant else None))
    return bool(Customer.select().where(mine, Customer.merged_into.is_null()).exists())


def asked(session: UUID, customer: UUID, now: datetime) -> tuple[Any, Any]:
    """Two columns for the query that loads a staff person at a merchant: until when they look, and at whom."""
    until = CustomerLook.select(fn.MAX(CustomerLook.until)).where(
        CustomerLook.session == session,
        CustomerLook.customer == customer,
        CustomerLook.merchant == Merchant.id,
        CustomerLook.until > now,
    )
    name = Customer.select(Customer.name).where(
        Customer.id == customer, Customer.merchant == Merchant.id, Customer.merged_into.is_null()
    )
    return until.alias("look_until"), name.alias("look_name")


def looking(viewer: Viewer, customer: UUID, row: Any) -> Viewer:
    """The viewer as the customer's pages take one, while a look is open; else as they are. `row` has the columns."""
    until, name = row.look_until, row.look_name
    if until is None or name is None:
        return viewer
    moment: Any = CustomerLook.until.python_value(until) if isinstance(until, str) else until
    return replace(viewer, customer_id=customer, read_only=True, look=Look(name, moment))


def stop(*, viewer: Viewer, customer: UUID) -> None:
    """Ends it before its time. Harmless when it has ended."""
    assert viewer.merchant is not None
    now = utc_now()
    with unit_of_work():
        ended = CustomerLook.update(until=now).where(
            CustomerLook.session == viewer.session_id,
            CustomerLook.customer == customer,
            CustomerLook.merchant == viewer.merchant.id,
            CustomerLook.until > now,
        )
        if ended.execute():
            _record("customer.look_ended", viewer, customer)


def _record(kind: str, viewer: Viewer, customer: UUID, **facts: int) -> None:
    assert viewer.merchant is not None
    record(
        kind,
        merchant=viewer.merchant.id,
        actor=Actor.STAFF,
        actor_id=viewer.staff_id,
        customer=customer,
        facts=facts,
    )
