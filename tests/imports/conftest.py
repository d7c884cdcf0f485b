"""A file of the test's own, a merchant to import it for, and what is in the store afterwards."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from domain.imports.run import run_import
from domain.imports.summary import Summary
from domain.merchants.make import make_merchant
from models.base import unit_of_work
from models.customers import Customer
from models.ledger import Journal, Posting
from models.merchants import Merchant
from models.orders import Order, OrderLine
from models.payments import Allocation, Payment

Import = Callable[..., Summary]
TABLES = (Customer, Order, OrderLine, Payment, Allocation, Journal, Posting)


def a_merchant(slug: str = "discs", **values: Any) -> Merchant:
    with unit_of_work():
        return make_merchant(
            **{
                "slug": slug,
                "name": "Compact Discs",
                "currency": "USD",
                "country": "US",
                "zone": "America/New_York",
                **values,
            }
        )


def counts() -> dict[str, int]:
    """How many rows of each kind the store holds."""
    return {model.__name__: model.select().count() for model in TABLES}


def contents() -> list[tuple[Any, ...]]:
    """What an import leaves behind, without what differs from run to run (ids, own numbers, moments of writing)."""
    orders = Order.select().order_by(Order.import_key)
    return [
        (
            *(one.import_key, one.customer.reference, one.customer.email, one.total, one.paid, one.open),
            *(one.due_on, one.placed_at, one.title, one.currency),
            tuple(
                (line.position, line.title, line.quantity, line.total)
                for line in one.lines.order_by(OrderLine.position)
            ),
            tuple(allocation.amount for allocation in one.allocations),
        )
        for one in orders
    ]


def check_books() -> None:
    """Every journal balances, and what orders say was paid is what was posted and allocated."""
    sums: dict[tuple[Any, str], int] = {}
    for posting in Posting.select():
        key = (posting.journal_id, posting.currency)
        sums[key] = sums.get(key, 0) + posting.amount
    assert not any(sums.values())
    for order in Order.select():
        posted = [row.amount for row in Posting.select().where(Posting.account == f"receivable:{order.id}")]
        assert -sum(posted) == order.paid == sum(one.amount for one in order.allocations)
        assert order.open == order.total - order.adjusted - order.paid
        assert order.total == sum(line.total for line in order.lines)


@pytest.fixture
def imported(tmp_path: Path) -> Import:
    """Imports a text as a file: `imported("a,b\\n…", unpaid_last=1)`."""

    def run(content: str | bytes, *, merchant: str = "discs", **options: Any) -> Summary:
        path = tmp_path / "purchases.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return run_import(path=path, merchant=merchant, **options)

    return run
