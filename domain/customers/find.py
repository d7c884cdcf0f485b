"""Finding the customer that a merchant means. The merchant always comes first: no search crosses it."""

from __future__ import annotations

from uuid import UUID

from domain.duplicates.follow import survivor_of
from models.customers import Customer


def find_customer(merchant: UUID, *, reference: str | None = None, email: str = "") -> Customer | None:
    """The customer with this reference; else the earliest with this (normalised) e-mail that has no other reference.

    For a record that was merged, the one that took its place.
    """
    found = _find(merchant, reference, email)
    if found is None or found.merged_into_id is None:
        return found
    return Customer.get_by_id(survivor_of(found.id))


def _find(merchant: UUID, reference: str | None, email: str) -> Customer | None:
    if reference:
        found: Customer | None = Customer.get_or_none(Customer.merchant == merchant, Customer.reference == reference)
        if found:
            return found
    if not email:
        return None
    same_mailbox = Customer.select().where(Customer.merchant == merchant, Customer.email == email)
    if reference:
        same_mailbox = same_mailbox.where(Customer.reference.is_null())
    first: Customer | None = same_mailbox.order_by(Customer.created_at, Customer.id).first()
    return first
