"""What the pages about duplicates show: pairs with what speaks for them, what a merge would move, what was merged."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from peewee import JOIN, fn

from domain.accounts.viewer import MerchantFacts
from domain.customers.folded import plain
from domain.duplicates.evidence import LIKELY, Sign
from domain.duplicates.moves import OWNED, moved
from domain.duplicates.under_way import is_under_way
from domain.duplicates.undo import refusal
from domain.ledger import post as ledger
from domain.methods.queries import label
from kit.clock import utc_now
from kit.errors import NotFound
from kit.i18n import _
from kit.money import Money
from models.console import DuplicatePair, Merge
from models.customers import Access, Account, Customer
from models.ledger import Posting
from models.merchants import Staff
from models.methods import MethodState, PaymentMethod
from models.orders import Order

PAGE = 25
_LISTED = 50


@dataclass(frozen=True)
class Half:
    """One of two records: enough to tell them apart."""

    id: UUID
    name: str
    email: str
    phone: str
    reference: str
    since: datetime
    orders: int = 0


@dataclass(frozen=True)
class Pair:
    """Two records that may be one person. `household`: rather two people under one roof."""

    one: Half
    other: Half
    signs: tuple[Sign, ...]
    score: int
    household: bool

    @property
    def likely(self) -> bool:
        """Whether this is rather one person than not."""
        return self.score >= LIKELY


@dataclass(frozen=True)
class Pairs:
    """A page of pairs, the likeliest first."""

    rows: tuple[Pair, ...]
    total: int
    number: int
    pages: int


@dataclass(frozen=True)
class Preview:
    """What a merge would do. `kept` survives; `counts` are the other's rows by table; `refused` says why it cannot be.

    `default` is the survivor's default method afterwards, `steps_back` the other's default that becomes a plain method.
    """

    kept: Half
    gone: Half
    counts: dict[str, int]
    credit: tuple[Money, ...]
    sign_ins: tuple[str, ...]
    default: str
    steps_back: str
    refused: str
    signs: tuple[Sign, ...]


@dataclass(frozen=True)
class Done:
    """A merge that was made: by whom, until when it can be undone, and why not when it cannot."""

    id: UUID
    survivor: Half
    absorbed: Half
    by: str
    at: datetime
    until: datetime
    undone_at: datetime | None
    refused: str
    new_orders: int  # made since: they stay with the survivor


@dataclass(frozen=True)
class Partners:
    """A record, and others that may be the same person."""

    own: Half
    others: tuple[Half, ...]


def pairs(merchant: MerchantFacts, *, page: int = 1) -> Pairs:
    """The pairs that nobody has decided about, a page at a time. Three queries."""
    one, other = Customer.alias(), Customer.alias()
    mine = (DuplicatePair.merchant == merchant.id) & one.merged_into.is_null() & other.merged_into.is_null()
    query = (
        DuplicatePair.select(DuplicatePair, one, other)
        .join(one, on=(DuplicatePair.one == one.id), attr="one")
        .switch(DuplicatePair)
        .join(other, on=(DuplicatePair.other == other.id), attr="other")
        .where(mine)
    )
    total = int(query.count())
    last = max(-(-total // PAGE), 1)
    number = min(max(page, 1), last)
    rows = list(query.order_by(DuplicatePair.score.desc(), DuplicatePair.id).paginate(number, PAGE))
    orders = _orders([half for row in rows for half in (row.one_id, row.other_id)])
    return Pairs(tuple(_pair(row, orders) for row in rows), total, number, last)


def _pair(row: DuplicatePair, orders: dict[UUID, int]) -> Pair:
    signs = json.loads(row.evidence)
    return Pair(
        one=_half(row.one, orders),
        other=_half(row.other, orders),
        signs=tuple(Sign(sign) for sign in signs if sign in set(Sign)),
        score=row.score,
        household="household" in signs,
    )


def _half(row: Any, orders: dict[UUID, int] | None = None) -> Half:
    return Half(
        row.id, row.name, row.email, row.phone, row.reference or "", row.created_at, (orders or {}).get(row.id, 0)
    )


def _orders(customers: list[UUID]) -> dict[UUID, int]:
    query: Any = (
        Order.select(Order.customer, fn.COUNT(Order.id)).where(Order.customer.in_(customers)).group_by(Order.customer)
    )
    return dict(query.tuples())


def preview(merchant: MerchantFacts, kept: UUID, gone: UUID) -> Preview:
    """What merging `gone` into `kept` would do. Raises NotFound: not both this merchant's, one and the same, merged."""
    both = {
        row.id: row
        for row in Customer.select().where(
            Customer.merchant == merchant.id, Customer.id.in_((kept, gone)), Customer.merged_into.is_null()
        )
    }
    if kept == gone or len(both) != len((kept, gone)):
        raise NotFound(_("One of these records is not there any more."))
    counts = {table.__name__: _count(table, column, gone) for table, column in OWNED}
    default, steps_back = _defaults(kept, gone)
    low, high = sorted((kept, gone))
    found: DuplicatePair | None = DuplicatePair.get_or_none(DuplicatePair.one == low, DuplicatePair.other == high)
    orders = _orders([kept, gone])
    return Preview(
        kept=_half(both[kept], orders),
        gone=_half(both[gone], orders),
        counts=counts,
        credit=_credit(gone),
        sign_ins=_sign_ins(kept, gone),
        default=default,
        steps_back=steps_back,
        refused=_waiting() if is_under_way(kept, gone) else "",
        signs=_pair_signs(found),
    )


def _pair_signs(found: DuplicatePair | None) -> tuple[Sign, ...]:
    return tuple(Sign(sign) for sign in json.loads(found.evidence) if sign in set(Sign)) if found else ()


def _waiting() -> str:
    return _("A payment or refund of one of these records is under way. Wait until the bank has answered.")


def _count(table: Any, column: str, customer: UUID) -> int:
    field = getattr(table, column)
    return int(table.select().where(field == (str(customer) if column == "customer_id" else customer)).count())


def _credit(customer: UUID) -> tuple[Money, ...]:
    query: Any = (
        Posting.select(Posting.currency, fn.SUM(Posting.amount))
        .where(Posting.account == ledger.credit(customer))
        .group_by(Posting.currency)
        .tuples()
    )
    return tuple(Money(-int(held), currency) for currency, held in query if held)


def _sign_ins(kept: UUID, gone: UUID) -> tuple[str, ...]:
    query = (
        Account.select(Account.email)
        .join(Access)
        .where(Access.customer.in_((kept, gone)), Access.revoked_at.is_null())
        .distinct()
        .order_by(Account.email)
    )
    return tuple(row.email for row in query)


def _defaults(kept: UUID, gone: UUID) -> tuple[str, str]:
    rows = PaymentMethod.select().where(
        PaymentMethod.customer.in_((kept, gone)), PaymentMethod.is_default, PaymentMethod.state != MethodState.DETACHED
    )
    names = {row.customer_id: label(row.brand, row.last4) for row in rows}
    wins = names.get(kept) or names.get(gone, "")
    return wins, names.get(gone, "") if kept in names else ""


def merges(merchant: MerchantFacts) -> tuple[Done, ...]:
    """The merges of the last weeks, the latest first, at most 50."""
    survivor, absorbed = Customer.alias(), Customer.alias()
    query = (
        Merge.select(Merge, survivor, absorbed, Staff)
        .join(survivor, on=(Merge.survivor == survivor.id), attr="survivor")
        .switch(Merge)
        .join(absorbed, on=(Merge.absorbed == absorbed.id), attr="absorbed")
        .switch(Merge)
        .join(Staff, JOIN.LEFT_OUTER, on=(Merge.staff == Staff.id))
        .where(Merge.merchant == merchant.id)
        .order_by(Merge.made_at.desc(), Merge.id.desc())
        .limit(_LISTED)
    )
    return tuple(_listed(row) for row in query)


def merge_of(merchant: MerchantFacts, merge: UUID) -> Done:
    """One merge, with whether it can be undone. Raises NotFound."""
    row: Merge | None = Merge.get_or_none(Merge.id == merge, Merge.merchant == merchant.id)
    if row is None:
        raise NotFound(_("That merge is not there."))
    since = Order.select().where(
        Order.customer == row.survivor_id, Order.created_at >= row.made_at, Order.id.not_in(moved(row.id, Order))
    )
    why = "" if row.undone_at else refusal(row, row.survivor, utc_now())
    if not why and row.undone_at is None and is_under_way(row.survivor_id, row.absorbed_id):
        why = _waiting()
    return _listed(row, why, since.count())


def _listed(row: Merge, refused: str = "", new_orders: int = 0) -> Done:
    return Done(
        id=row.id,
        survivor=_half(row.survivor),
        absorbed=_half(row.absorbed),
        by=row.staff.name,
        at=row.made_at,
        until=row.undo_until,
        undone_at=row.undone_at,
        refused=refused,
        new_orders=new_orders,
    )


def partners(merchant: MerchantFacts, customer: UUID, asked: str) -> Partners:
    """A record and the others that `asked` may mean: those of a pair first; then by number, e-mail or a part of either.

    Raises NotFound when the record is not this merchant's or was merged.
    """
    mine = (Customer.merchant == merchant.id) & Customer.merged_into.is_null()
    row: Customer | None = Customer.get_or_none(mine, Customer.id == customer)
    if row is None:
        raise NotFound(_("This customer is not there."))
    wanted = plain(asked)
    if wanted:
        others = Customer.select().where(mine, Customer.id != customer, Customer.folded.contains(wanted))
    else:
        before = DuplicatePair.select(DuplicatePair.one).where(DuplicatePair.other == customer)
        after = DuplicatePair.select(DuplicatePair.other).where(DuplicatePair.one == customer)
        others = Customer.select().where(mine, Customer.id.in_(before) | Customer.id.in_(after))
    found = list(others.order_by(Customer.name, Customer.id).limit(PAGE))
    orders = _orders([row.id, *(each.id for each in found)])
    return Partners(_half(row, orders), tuple(_half(each, orders) for each in found))
