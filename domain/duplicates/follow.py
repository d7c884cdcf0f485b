"""From an absorbed record to the one that took its place, and back to all that it took in."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from models.customers import Customer


def survivor_of(customer: UUID) -> UUID:
    """The record that stands for this one now: itself, unless it was merged. Follows merges of merges."""
    return survivors_of([customer])[customer]


def survivors_of(customers: Iterable[UUID]) -> dict[UUID, UUID]:
    """`survivor_of` for many: a query for each round of merges, and one when there were none."""
    found = {one: one for one in customers}
    while True:
        query: Any = Customer.select(Customer.id, Customer.merged_into).where(
            Customer.id.in_(set(found.values())), Customer.merged_into.is_null(False)
        )
        onward = dict(query.tuples())
        if not onward:
            return found
        found = {asked: onward.get(now, now) for asked, now in found.items()}


def ids_of(customer: UUID) -> list[UUID]:
    """The record and everything that was merged into it: whose events are its history (events are never rewritten)."""
    known, fresh = [customer], [customer]
    while fresh:
        query: Any = Customer.select(Customer.id).where(Customer.merged_into.in_(fresh)).tuples()
        fresh = [one for (one,) in query]
        known += fresh
    return known
