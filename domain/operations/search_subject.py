"""From what an operator typed to whom or what the jobs are about, over all merchants or at one.

Ids, numbers and addresses are found by an index. A name is looked up from its beginning first, which an index answers,
and only a name that begins nowhere is looked for inside.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from domain.customers.folded import plain
from domain.customers.looked_for import read
from domain.customers.search import contains
from domain.operations.search_terms import Subject, row_of
from kit.clock import utc_now
from kit.ids import as_uuid
from models.base import connected
from models.customers import Customer
from models.merchants import GatewayAccount, Merchant
from models.orders import Order
from models.payments import Attempt, Receipt, Refund

MOST = 20  # customers of one name
_LAST = "\U0010ffff"  # after every other sign


def subject(
    *, customer: str = "", order: str = "", payment: str = "", id: str = "", merchant: UUID | None = None
) -> Subject:
    """Whom the jobs are about: a customer's name, e-mail or id; an order's number or id; a payment's id, its receipt's
    number or the processor's id; the name of a job, or any id of ours. What is empty is not asked."""
    with connected():
        exact = as_uuid(id) if len(id) in (32, 36) else None
        row = None if exact else row_of(id)
        return Subject(
            customers=_and_merged(_customers(customer, merchant)) if customer else None,
            orders=_orders(order, merchant) if order else None,
            payments=_payments(payment, merchant) if payment else _payments(id, merchant) if id and not (exact or row)
            else None,
            ids=frozenset({exact}) if exact else None,
            row=row,
        )  # fmt: skip


def _customers(typed: str, merchant: UUID | None) -> frozenset[UUID]:
    exact = as_uuid(typed)
    if exact is not None:
        return frozenset({exact})
    if "@" in typed:
        return _ids(_at(Customer, merchant, Customer.email == typed.strip().lower()))
    words = plain(typed)
    if not words:
        return frozenset()
    shown = Customer.merged_into.is_null()
    begins = (Customer.folded >= f" {words}") & (Customer.folded < f" {words}{_LAST}")
    really = contains(Customer.folded, f" {words}")  # what lies between two texts depends on the store's language
    found = _ids(_at(Customer, merchant, shown & begins & really, by_merchant=True))
    inside = [contains(Customer.folded, word) for word in words.split()]
    return found or _ids(_at(Customer, merchant, shown, *inside))


def _and_merged(found: frozenset[UUID]) -> frozenset[UUID]:
    """And whoever was made one with them: what ran before stands under the record of then."""
    known, fresh = set(found), set(found)
    while fresh:
        near: Any = Customer.id.in_(fresh) & Customer.merged_into.is_null(False) | Customer.merged_into.in_(fresh)
        pairs: Any = Customer.select(Customer.id, Customer.merged_into).where(near).tuples()
        fresh = {one for pair in pairs for one in pair} - known
        known |= fresh
    return frozenset(known)


def _orders(typed: str, merchant: UUID | None) -> frozenset[UUID]:
    exact = as_uuid(typed)
    if exact is not None:
        return frozenset({exact})
    bare = typed.strip().removeprefix("#")
    numbers = Order.number.in_(sorted({bare, bare.upper(), bare.lower()}))
    return _ids(_at(Order, merchant, numbers, by_merchant=True))


def _payments(typed: str, merchant: UUID | None) -> frozenset[UUID]:
    exact = as_uuid(typed)
    if exact is not None:
        return frozenset({exact})
    asked = read(typed, today=utc_now().date(), locale="en")
    found: set[UUID] = set()
    if asked.receipt:
        query: Any = _at(Receipt, merchant, Receipt.number == asked.receipt, by_merchant=True)
        found |= {row.payment_id for row in query}
    if asked.ref:
        found |= _of_processor(asked.ref, merchant)
    return frozenset(found)


def _of_processor(ref: str, merchant: UUID | None) -> set[UUID]:
    """The processor's id of an intent, a charge or a refund."""
    accounts = GatewayAccount.select(GatewayAccount.id)
    if merchant is not None:
        accounts = accounts.where(GatewayAccount.merchant == merchant)
    columns = ((Attempt, Attempt.gateway_ref), (Attempt, Attempt.charge_ref), (Refund, Refund.gateway_ref))
    found: set[UUID] = set()
    for table, column in columns:
        query: Any = table.select(table.payment).where(table.gateway_account.in_(accounts) & (column == ref))
        found |= {row[0] for row in query.limit(MOST).tuples()}
    return found


def _at(table: Any, merchant: UUID | None, *conditions: Any, by_merchant: bool = False) -> Any:
    """`by_merchant`: the index begins with the merchant, so that each is looked up there."""
    query = table.select().where(*conditions)
    if merchant is not None:
        query = query.where(table.merchant == merchant)
    elif by_merchant:
        query = query.where(table.merchant.in_(Merchant.select(Merchant.id)))
    return query.limit(MOST)


def _ids(rows: Iterable[Any]) -> frozenset[UUID]:
    return frozenset(row.id for row in rows)
