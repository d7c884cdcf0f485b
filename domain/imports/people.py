"""The customers of an import: found by reference or mailbox, or made."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from domain.accounts.access import grant_by_mailboxes
from domain.customers.folded import folded, refold
from domain.duplicates.follow import survivors_of
from domain.imports.plan import Person
from kit.clock import utc_now
from kit.ids import uuid7
from models.bulk import Rows, one_of, rows_for
from models.customers import Account, Customer

_COLUMNS = ("id", "merchant", "reference", "name", "email", "phone", "folded", "created_at")


@dataclass(frozen=True)
class People:
    """Who is there already and who will be made, by the file's key."""

    merchant: UUID
    there: dict[str, UUID]
    claims: dict[UUID, str]  # records without a reference that take the file's
    made: dict[str, UUID]
    emails: list[str]  # of those to be made
    rows: Rows

    def id_of(self, person: Person) -> UUID:
        """The customer's id."""
        return self.there.get(person.key) or self.made[person.key]

    def write(self) -> None:
        """Writes them in the caller's unit of work; a new record opens to the account of its mailbox."""
        self.rows.insert()
        for customer, reference in self.claims.items():
            Customer.update(reference=reference).where(Customer.id == customer).execute()
        refold(self.claims)
        with_account = Account.select(Account.email).where(
            Account.merchant == self.merchant, one_of(Account.email, self.emails)
        )
        if emails := {account.email for account in with_account}:
            grant_by_mailboxes(self.merchant, emails)


def people_of(merchant: UUID, persons: Iterable[Person]) -> People:
    """Finds the customers of a batch and makes ready those that are missing. Writes nothing."""
    wanted = {one.key: one for one in persons}
    there, claims = find_customers(merchant, wanted.values())
    missing = {key: one for key, one in wanted.items() if key not in there}
    made = {key: uuid7() for key in missing}
    now = utc_now()
    rows = [
        (made[key], merchant, one.reference or None, one.name, one.email, "", _text(one), now)
        for key, one in missing.items()
    ]
    return People(
        merchant=merchant,
        there=there,
        claims=claims,
        made=made,
        emails=[one.email for one in missing.values() if one.email],
        rows=rows_for(Customer, _COLUMNS, rows),
    )


def _text(one: Person) -> str:
    return folded(name=one.name, email=one.email, reference=one.reference)


def find_customers(merchant: UUID, persons: Iterable[Person]) -> tuple[dict[str, UUID], dict[UUID, str]]:
    """By the file's key who is there, and which of them have no reference yet and take the file's.

    A reference is looked for first. An e-mail then finds the earliest record of that mailbox; for somebody with a
    reference only one that has none of its own, and only one of them.
    """
    wanted = list(persons)
    by_reference = _ids(merchant, Customer.reference, [one.reference for one in wanted if one.reference])
    there = {one.key: by_reference[one.reference] for one in wanted if one.reference in by_reference}
    left = [one for one in wanted if one.key not in there and one.email]
    unclaimed = _ids(
        merchant, Customer.email, [one.email for one in left if one.reference], Customer.reference.is_null()
    )
    by_email = _ids(merchant, Customer.email, [one.email for one in left if not one.reference])
    claims = {}
    for one in left:
        found = unclaimed.pop(one.email, None) if one.reference else by_email.get(one.email)
        if found and one.reference:
            claims[found] = one.reference
        if found:
            there[one.key] = found
    stands = survivors_of(there.values())
    return {key: stands[found] for key, found in there.items()}, claims


def _ids(merchant: UUID, column: Any, values: list[str], *also: Any) -> dict[str, UUID]:
    if not values:
        return {}
    query: Any = (
        Customer.select(column, Customer.id)
        .where(Customer.merchant == merchant, one_of(column, values), *also)
        .order_by(Customer.created_at.desc(), Customer.id.desc())  # the earliest comes last, and stays
    )
    return dict(query.tuples())
