"""Making the record that a merchant bills."""

from __future__ import annotations

from uuid import UUID

from domain.accounts.addresses import normalise
from domain.customers.find import find_customer
from domain.customers.folded import folded, refold
from domain.events.record import Actor, record
from kit.clock import utc_now
from kit.ids import uuid7
from models.base import require_unit_of_work
from models.customers import Customer


def make_customer(
    *,
    id: UUID | None = None,
    merchant: UUID,
    name: str,
    email: str = "",
    reference: str | None = None,
    phone: str = "",
    actor: Actor = Actor.STAFF,
    actor_id: UUID | None = None,
) -> Customer:
    """Makes a customer in the caller's unit of work. Raises IntegrityError when the reference is taken.

    Opens nothing to anybody: for an address that may have an account, call `grant_by_mailbox` (accounts/access.py) too.
    """
    require_unit_of_work()
    address = normalise(email) if email else ""
    customer: Customer = Customer.create(
        id=id or uuid7(),
        merchant=merchant,
        reference=reference or None,
        name=name,
        email=address,
        phone=phone,
        folded=folded(name=name, email=address, phone=phone, reference=reference),
        created_at=utc_now(),
    )
    record("customer.made", merchant=merchant, actor=actor, actor_id=actor_id, customer=customer.id)
    return customer


def find_or_make(
    *, merchant: UUID, name: str, email: str = "", reference: str | None = None, actor: Actor = Actor.STAFF
) -> tuple[Customer, bool]:
    """The customer with this reference or, without one, this e-mail; made when there is none. True: it is new.

    A record found by e-mail that has no reference yet takes this one.
    """
    require_unit_of_work()
    address = normalise(email) if email else ""
    found = find_customer(merchant, reference=reference, email=address)
    if found is None:
        return make_customer(merchant=merchant, name=name, email=address, reference=reference, actor=actor), True
    if reference and found.reference is None:
        found.reference = reference
        Customer.update(reference=reference).where(Customer.id == found.id).execute()
        refold([found.id])
    return found, False
