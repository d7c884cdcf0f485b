"""Bringing planned orders into the store, some hundred rows a unit of work, each whole or not at all."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from domain.accounts.access import grant_by_mailboxes
from domain.imports.plan import Person, PlannedOrder, Refusal
from domain.ledger.post import external, receivable
from domain.orders.numbers import next_numbers
from kit.clock import utc_now
from kit.i18n import _
from kit.ids import uuid7
from models.base import locked, require_unit_of_work
from models.bulk import insert_rows
from models.customers import Customer
from models.ledger import Journal, Posting
from models.merchants import Merchant
from models.orders import Collect, Order, OrderLine, OrderSource
from models.payments import Allocation, Origin, Payment, PaymentState

EXTERNAL = "import"  # protocol.md 1: payments outside the gateway are payments too


@dataclass
class Sorted:
    """What becomes of a batch of orders."""

    new: list[PlannedOrder] = field(default_factory=list)
    there: list[PlannedOrder] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)


def sort_out(merchant: UUID, batch: Sequence[PlannedOrder]) -> Sorted:
    """Which orders are new, which are in the store already, and which use the number of another order."""
    numbers = [planned.number for planned in batch if planned.number]
    keys = _column(Order.import_key, merchant, [planned.key for planned in batch])
    taken = _column(Order.number, merchant, numbers) if numbers else set()
    found = Sorted()
    for planned in batch:
        if planned.key in keys:
            found.there.append(planned)
        elif planned.number in taken:
            why = _("there is another order %(number)s in the store") % {"number": planned.number}
            found.refused += [(line, why) for line in planned.rows]
        else:
            found.new.append(planned)
    return found


def _column(column: Any, merchant: UUID, values: list[str]) -> set[str]:
    query: Any = Order.select(column).where(Order.merchant == merchant, column.in_(values))
    return {value for (value,) in query.tuples()}


def lock_merchant(merchant: UUID) -> None:
    """Two imports for one merchant take turns: the second sees the first one's orders as already there."""
    locked(Merchant.select(Merchant.id).where(Merchant.id == merchant)).get()


def find_customers(merchant: UUID, people: Iterable[Person]) -> dict[str, UUID]:
    """The customers that are there, by the file's key: by reference, else by an e-mail without another reference."""
    wanted = list(people)
    by_reference = _ids(Customer.reference, merchant, [one.reference for one in wanted if one.reference])
    by_email = _ids(Customer.email, merchant, [one.email for one in wanted if one.email])
    unclaimed = _ids(Customer.email, merchant, [one.email for one in wanted if one.email], Customer.reference.is_null())
    found = {}
    for one in wanted:
        there = by_reference.get(one.reference) or (
            unclaimed.pop(one.email, None) if one.reference else by_email.get(one.email)
        )
        if there:
            found[one.key] = there
    return found


def _ids(column: Any, merchant: UUID, values: list[str], *also: Any) -> dict[str, UUID]:
    if not values:
        return {}
    query: Any = (
        Customer.select(column, Customer.id)
        .where(Customer.merchant == merchant, column.in_(values), *also)
        .order_by(Customer.created_at.desc(), Customer.id.desc())  # the earliest is put last, and stays
    )
    return dict(query.tuples())


def make_customers(merchant: UUID, people: Iterable[Person]) -> dict[str, UUID]:
    """Finds or makes the customers of a batch, in the caller's unit of work; a new one opens to its mailbox's account.

    A record found by e-mail that has no reference yet takes the file's.
    """
    require_unit_of_work()
    wanted = {one.key: one for one in people}
    found = find_customers(merchant, wanted.values())
    for key, customer in found.items():
        if wanted[key].reference:
            Customer.update(reference=wanted[key].reference).where(
                Customer.id == customer, Customer.reference.is_null()
            ).execute()
    made = {key: uuid7() for key in wanted if key not in found}
    now = utc_now()
    insert_rows(
        Customer,
        ("id", "merchant", "reference", "name", "email", "phone", "created_at"),
        [
            (made[key], merchant, one.reference or None, one.name, one.email, "", now)
            for key, one in wanted.items()
            if key in made
        ],
    )
    grant_by_mailboxes(merchant, [wanted[key].email for key in made if wanted[key].email])
    return found | made


def write_orders(merchant: UUID, orders: Sequence[PlannedOrder], customers: dict[str, UUID]) -> None:
    """Inserts orders with their lines; a paid one with its external payment and journal."""
    require_unit_of_work()
    now = utc_now()
    unnumbered = sum(1 for planned in orders if not planned.number)
    numbers = iter(next_numbers(merchant, unnumbered) if unnumbered else ())
    placed = [(uuid7(), planned) for planned in orders]
    _insert_orders(merchant, placed, customers, numbers, now)
    insert_rows(
        OrderLine,
        ("id", "order", "position", "kind", "title", "quantity", "total"),
        [
            (uuid7(), order, position, line.kind, line.title, str(line.quantity), line.total.minor)
            for order, planned in placed
            for position, line in enumerate(planned.lines, start=1)
        ],
    )
    paid = [(uuid7(), order, planned) for order, planned in placed if _is_paid(planned)]
    _insert_payments(merchant, paid, customers)


def _is_paid(planned: PlannedOrder) -> bool:
    """Whether money is recorded for it: an order of nothing is settled without any."""
    return planned.total.minor > 0 and not planned.unpaid


def _insert_orders(
    merchant: UUID,
    placed: list[tuple[UUID, PlannedOrder]],
    customers: dict[str, UUID],
    numbers: Iterable[str],
    now: datetime,
) -> None:
    own = iter(numbers)
    insert_rows(
        Order,
        (
            *("id", "merchant", "customer", "number", "title", "currency", "total", "adjusted", "paid", "open"),
            *("due_on", "placed_at", "collect", "source", "import_key", "disputed", "created_at"),
        ),
        [
            (
                *(order, merchant, customers[one.person.key], one.number or next(own), one.title, one.total.currency),
                *(one.total.minor, 0, *(_paid_and_open(one))),
                *(one.due_on, one.placed_at, Collect.MANUAL, OrderSource.IMPORT, one.key, False, now),
            )
            for order, one in placed
        ],
    )


def _paid_and_open(planned: PlannedOrder) -> tuple[int, int]:
    return (planned.total.minor, 0) if _is_paid(planned) else (0, planned.total.minor)


def _insert_payments(merchant: UUID, paid: list[tuple[UUID, UUID, PlannedOrder]], customers: dict[str, UUID]) -> None:
    """One external payment an order, dated when the order was placed, with its journal (protocol.md 1)."""
    insert_rows(
        Payment,
        (
            *("id", "merchant", "customer", "external", "amount", "currency", "origin", "state"),
            *("created_at", "closed_at"),
        ),
        [
            (
                *(payment, merchant, customers[one.person.key], EXTERNAL, one.total.minor, one.total.currency),
                *(Origin.IMPORT, PaymentState.SUCCEEDED, one.placed_at, one.placed_at),
            )
            for payment, _order, one in paid
        ],
    )
    insert_rows(
        Allocation,
        ("id", "payment", "order", "amount"),
        [(uuid7(), payment, order, one.total.minor) for payment, order, one in paid],
    )
    journals = [(uuid7(), payment, order, one) for payment, order, one in paid]
    insert_rows(
        Journal,
        ("id", "merchant", "kind", "source", "at"),
        [(journal, merchant, "payment", str(payment), one.placed_at) for journal, payment, _order, one in journals],
    )
    insert_rows(
        Posting,
        ("id", "journal", "account", "amount", "currency"),
        [
            (uuid7(), journal, account, amount, one.total.currency)
            for journal, _payment, order, one in journals
            for account, amount in (
                (external(EXTERNAL), one.total.minor),
                (receivable(order), -one.total.minor),
            )
        ],
    )
