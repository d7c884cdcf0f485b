"""Bringing planned orders into the store, some hundred rows a unit of work, each whole or not at all.

What a batch will write is made ready before its transaction; inside, it is only checked that it still holds.
So the transaction is short, and whoever waits for the store's one writer does not wait for an import.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from domain.imports.people import People, find_customers, people_of
from domain.imports.plan import PlannedOrder, Refusal
from domain.ledger.post import external, receivable
from domain.orders.numbers import Block, free_numbers
from domain.reports import dirty
from kit.clock import utc_now
from kit.i18n import _
from kit.ids import uuid7
from models.base import locked, unit_of_work
from models.bulk import Rows, one_of, rows_for
from models.ledger import Journal, Posting
from models.merchants import Merchant
from models.orders import Collect, Order, OrderLine, OrderSource
from models.payments import Allocation, Origin, Payment, PaymentState

EXTERNAL = "import"  # protocol.md 1: payments outside the gateway are payments too
_Numbered = list[tuple[UUID, str, PlannedOrder]]  # id, number


@dataclass
class Sorted:
    """What becomes of a batch of orders."""

    new: list[PlannedOrder] = field(default_factory=list)
    there: list[PlannedOrder] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)


@dataclass(frozen=True)
class Draft:
    """What a batch will write, if nobody changes the store meanwhile."""

    merchant: UUID
    batch: Sequence[PlannedOrder]
    sorted: Sorted
    people: People
    numbers: Block
    rows: list[Rows]


def write_batch(merchant: UUID, batch: Sequence[PlannedOrder]) -> Draft:
    """Brings a batch in, in one unit of work; drawn up again whenever somebody was faster."""
    while True:
        draft = draw_up(merchant, batch)
        if not draft.sorted.new:
            return draft
        with unit_of_work():
            locked(Merchant.select(Merchant.id).where(Merchant.id == merchant)).get()  # two imports take turns
            if _still_holds(draft):
                draft.people.write()
                for rows in draft.rows:
                    rows.insert()
                dirty.mark(merchant, *(one.placed_at for one in draft.sorted.new if _is_paid(one)))
                return draft


def draw_up(merchant: UUID, batch: Sequence[PlannedOrder]) -> Draft:
    """What a batch would write. Writes nothing."""
    found = sort_out(merchant, batch)
    people = people_of(merchant, (one.person for one in found.new))
    block = free_numbers(merchant, sum(1 for one in found.new if not one.number))
    own = iter(block.numbers)
    numbered = [(uuid7(), one.number or next(own), one) for one in found.new]
    rows = [_orders(merchant, numbered, people), _lines(numbered), *_payments(merchant, numbered, people)]
    return Draft(merchant, batch, found, people, block, rows)


def _still_holds(draft: Draft) -> bool:
    again = sort_out(draft.merchant, draft.batch)
    there, _claims = find_customers(draft.merchant, [one.person for one in again.new])
    return again == draft.sorted and there == draft.people.there and draft.numbers.take()


def sort_out(merchant: UUID, batch: Sequence[PlannedOrder]) -> Sorted:
    """Which orders are new, which are in the store already, and which use the number of another order."""
    keys = _found(Order.import_key, merchant, [one.key for one in batch])
    taken = _found(Order.number, merchant, [one.number for one in batch if one.number])
    found = Sorted()
    for one in batch:
        if one.key in keys:
            found.there.append(one)
        elif one.number in taken:
            why = _("there is another order %(number)s in the store") % {"number": one.number}
            found.refused += [(line, why) for line in one.rows]
        else:
            found.new.append(one)
    return found


def _found(column: Any, merchant: UUID, values: list[str]) -> set[str]:
    if not values:
        return set()
    query: Any = Order.select(column).where(Order.merchant == merchant, one_of(column, values))
    return {value for (value,) in query.tuples()}


def _is_paid(planned: PlannedOrder) -> bool:
    """Whether money is recorded for it: an order of nothing is settled without any."""
    return planned.total.minor > 0 and not planned.unpaid


def _orders(merchant: UUID, numbered: _Numbered, people: People) -> Rows:
    now = utc_now()
    columns = (
        *("id", "merchant", "customer", "number", "title", "currency", "total", "adjusted", "paid", "open"),
        *("due_on", "placed_at", "collect", "source", "import_key", "disputed", "created_at"),
    )
    rows = []
    for order, number, one in numbered:
        paid, still_open = (one.total.minor, 0) if _is_paid(one) else (0, one.total.minor)
        what = (order, merchant, people.id_of(one.person), number, one.title, one.total.currency)
        rest = (one.due_on, one.placed_at, Collect.MANUAL, OrderSource.IMPORT, one.key, False, now)
        rows.append((*what, one.total.minor, 0, paid, still_open, *rest))
    return rows_for(Order, columns, rows)


def _lines(numbered: _Numbered) -> Rows:
    rows = [
        (order, position, line.kind, line.title, str(line.quantity), line.total.minor)
        for order, _number, one in numbered
        for position, line in enumerate(one.lines, start=1)
    ]
    return rows_for(OrderLine, ("order", "position", "kind", "title", "quantity", "total"), rows)


def _payments(merchant: UUID, numbered: _Numbered, people: People) -> list[Rows]:
    """One external payment for each paid order, dated when it was placed, with its journal (protocol.md 1)."""
    paid = [(uuid7(), order, one) for order, _number, one in numbered if _is_paid(one)]
    payments = [
        (
            *(payment, merchant, people.id_of(one.person), EXTERNAL, one.total.minor, one.total.currency),
            *("", Origin.IMPORT, PaymentState.SUCCEEDED, one.placed_at, one.placed_at),
        )
        for payment, _order, one in paid
    ]
    journals = [(uuid7(), merchant, "payment", str(payment), one.placed_at) for payment, _order, one in paid]
    postings = [
        (journal[0], account, amount, one.total.currency)
        for journal, (_payment, order, one) in zip(journals, paid, strict=True)
        for account, amount in ((external(EXTERNAL), one.total.minor), (receivable(order), -one.total.minor))
    ]
    of_payment = ("id", "merchant", "customer", "external", "amount", "currency", "note", "origin", "state")
    return [
        rows_for(Payment, (*of_payment, "created_at", "closed_at"), payments),
        rows_for(
            Allocation, ("payment", "order", "amount"), [(pay, order, one.total.minor) for pay, order, one in paid]
        ),
        rows_for(Journal, ("id", "merchant", "kind", "source", "at"), journals),
        rows_for(Posting, ("journal", "account", "amount", "currency"), postings),
    ]
