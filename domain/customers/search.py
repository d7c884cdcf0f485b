"""One search over all that is a merchant's: people, orders, receipts, cards, amounts, ids of ours and the processor's.

The merchant comes first in every query, so another's ids find nothing. Nothing of a search is kept or logged.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from functools import reduce
from operator import and_
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from peewee import JOIN, fn

from domain.customers import search_ids
from domain.customers.looked_for import Asked
from domain.customers.search_ids import Page, Target
from domain.methods.queries import label
from kit.bidi import isolated
from kit.money import Money
from models.base import is_sqlite
from models.customers import Customer
from models.merchants import GatewayAccount, Merchant
from models.methods import MethodState, PaymentMethod
from models.orders import Order
from models.payments import Payment, PaymentState, Receipt

__all__ = ["Found", "Group", "Hit", "Kind", "Page", "PaymentState", "Target", "search"]

MOST = 10  # of each kind are listed
_CHOSEN = 60  # of the customers whose text fits, before the best are taken
_AMOUNTS = 200  # of one amount, before the currency is looked at


class Kind(StrEnum):
    """What was found."""

    CUSTOMER = "customer"
    ORDER = "order"
    RECEIPT = "receipt"
    METHOD = "method"
    PAYMENT = "payment"


@dataclass(frozen=True)
class Hit:
    """One thing that fits, and the page that it opens."""

    page: Page
    id: UUID  # of the page
    name: str  # whose it is
    label: str = ""  # the order's or receipt's number, the method
    detail: str = ""  # what else tells it apart
    amount: Money | None = None
    day: date | None = None
    state: PaymentState | None = None


@dataclass(frozen=True)
class Group:
    """What was found of one kind, the best first. `more`: there are others, which are not listed."""

    kind: Kind
    hits: tuple[Hit, ...]
    more: bool


@dataclass(frozen=True)
class Found:
    """What a search found. `target`: the page to open at once, when it can only be one."""

    asked: Asked
    groups: tuple[Group, ...] = ()
    target: Target | None = None


def search(merchant: UUID, asked: Asked, *, zone: str) -> Found:
    """Looks for everything that the text may mean. At most eight queries, for most texts three."""
    if asked.nothing:
        return Found(asked)
    if (exact := search_ids.by_id(merchant, asked)) is not None:
        return Found(asked, target=exact)
    lists = {
        Kind.CUSTOMER: _customers(merchant, asked),
        Kind.ORDER: _unique((*_orders(merchant, asked), *_orders_of_amount(merchant, asked, zone))),
        Kind.RECEIPT: _receipts(merchant, asked, zone),
        Kind.PAYMENT: _payments(merchant, asked, zone),
        Kind.METHOD: _methods(merchant, asked),
    }
    groups = tuple(Group(kind, hits[:MOST], len(hits) > MOST) for kind, hits in lists.items() if hits)
    pages = {(hit.page, hit.id) for group in groups for hit in group.hits}
    only = Target(*next(iter(pages))) if len(pages) == 1 and not any(group.more for group in groups) else None
    return Found(asked, groups, only)


def contains(column: Any, words: str) -> Any:
    """The condition that a folded column holds these folded words: no sign in them stands for another."""
    return (fn.INSTR(column, words) if is_sqlite() else fn.STRPOS(column, words)) > 0


def _customers(merchant: UUID, asked: Asked) -> tuple[Hit, ...]:
    """Those where each word begins a part first, then those that hold the words anywhere.

    One look at all texts; when more fit than are kept, another for the best of them.
    """
    starts = [f" {word}" for word in asked.words]
    fits = _holds(asked.words)
    found = _texts(merchant, fits | _holds([asked.phone]) if asked.phone else fits)
    if len(found) == _CHOSEN:
        found = list({row.id: row for row in (*_texts(merchant, _holds(starts)), *found)}.values())
    found.sort(key=lambda row: not all(word in row.folded for word in starts))
    return tuple(Hit(Page.CUSTOMER, row.id, row.name, row.email, _beside(row)) for row in found[: MOST + 1])


def _holds(words: Iterable[str]) -> Any:
    return reduce(and_, [contains(Customer.folded, word) for word in words])


def _texts(merchant: UUID, fits: Any) -> list[Customer]:
    """Customers whose text fits. Those that do not are read from an index only."""
    mine = (Customer.merchant == merchant) & Customer.merged_into.is_null()
    chosen = Customer.select(Customer.id).where(mine & fits).order_by(Customer.folded).limit(_CHOSEN)
    return list(Customer.select().where(Customer.id.in_(chosen)).order_by(Customer.folded))


def _beside(row: Customer) -> str:
    return " · ".join(isolated(part) for part in (row.phone, row.reference) if part)


def _orders(merchant: UUID, asked: Asked) -> tuple[Hit, ...]:
    """By its number, written in small or capital letters, with the merchant's prefix or without."""
    if not asked.numbers:
        return ()
    numbered: Any = Order.number.in_(asked.numbers)
    if asked.bare_number:
        prefixed = Merchant.select(Merchant.order_prefix.concat(f"-{asked.bare_number}"))
        numbered |= Order.number == prefixed.where(Merchant.id == merchant)
    return _order_hits((Order.merchant == merchant) & numbered)


def _orders_of_amount(merchant: UUID, asked: Asked, zone: str) -> tuple[Hit, ...]:
    if asked.amount is None:
        return ()
    fits = (Order.merchant == merchant) & Order.total.in_(asked.minors())
    return tuple(
        hit
        for hit in _order_hits(fits & _on(Order.placed_at, asked.days, zone), limit=_AMOUNTS)
        if hit.amount and asked.is_amount(hit.amount.minor, hit.amount.currency)
    )


def _order_hits(fits: Any, limit: int = MOST + 1) -> tuple[Hit, ...]:
    rows: Any = (
        Order.select(Order, Customer).join(Customer).where(fits).order_by(Order.placed_at.desc(), Order.id).limit(limit)
    )
    return tuple(
        Hit(
            Page.ORDER,
            row.id,
            row.customer.name,
            row.number,
            row.title,
            Money(row.total, row.currency),
            row.due_on,
        )
        for row in rows
    )


def _receipts(merchant: UUID, asked: Asked, zone: str) -> tuple[Hit, ...]:
    if not asked.receipt:
        return ()
    mine = (Receipt.merchant == merchant) & (Receipt.number == asked.receipt)
    rows: Any = Receipt.select(Receipt, Payment, Customer).join(Payment).join(Customer).where(mine)
    return tuple(_paid(row.payment, row.number, zone) for row in rows)


def _payments(merchant: UUID, asked: Asked, zone: str) -> tuple[Hit, ...]:
    """Payments of that amount, on one of those days, the newest first."""
    if asked.amount is None:
        return ()
    fits = (Payment.merchant == merchant) & Payment.amount.in_(asked.minors())
    rows: Any = (
        Payment.select(Payment, Customer, PaymentMethod)
        .join(Customer)
        .switch(Payment)
        .join(PaymentMethod, JOIN.LEFT_OUTER)
        .where(fits & _on(Payment.created_at, asked.days, zone))
        .order_by(Payment.created_at.desc(), Payment.id)
        .limit(_AMOUNTS)
    )
    right = [row for row in rows if asked.is_amount(row.amount, row.currency)]
    return tuple(_paid(row, _method(row), zone) for row in right[: MOST + 1])


def _method(row: Payment) -> str:
    return label(row.method.brand, row.method.last4) if row.method else ""


def _paid(row: Payment, called: str, zone: str) -> Hit:
    amount, day = Money(row.amount, row.currency), row.created_at.astimezone(ZoneInfo(zone)).date()
    return Hit(Page.PAYMENT, row.id, row.customer.name, called, "", amount, day, row.state)


def _methods(merchant: UUID, asked: Asked) -> tuple[Hit, ...]:
    """Cards and bank accounts by their last four: where words stand beside, of that brand or that customer."""
    if not asked.last4:
        return ()
    accounts = GatewayAccount.select(GatewayAccount.id).where(GatewayAccount.merchant == merchant)
    fits: Any = PaymentMethod.gateway_account.in_(accounts) & (PaymentMethod.last4 == asked.last4)
    for word in asked.beside:
        fits &= contains(fn.LOWER(PaymentMethod.brand), word) | contains(Customer.folded, word)
    rows: Any = (
        PaymentMethod.select(PaymentMethod, Customer)
        .join(Customer)
        .where(fits & (Customer.merchant == merchant) & Customer.merged_into.is_null())
        .order_by(PaymentMethod.created_at.desc(), PaymentMethod.id)
        .limit(MOST + 1)
    )
    return tuple(
        Hit(
            Page.CUSTOMER,
            row.customer_id,
            row.customer.name,
            label(row.brand, row.last4),
            "" if row.state == MethodState.DETACHED else row.nickname,
        )
        for row in rows
    )


def _on(column: Any, days: tuple[date, ...], zone: str) -> Any:
    """The condition that a moment is on one of these days in the zone; on any, when there are none."""
    fits: Any = column.is_null(False)
    for number, day in enumerate(days):
        begin = datetime.combine(day, time(), ZoneInfo(zone))
        end = datetime.combine(day + timedelta(days=1), time(), ZoneInfo(zone))
        within = (column >= begin) & (column < end)
        fits = within if number == 0 else fits | within
    return fits


def _unique(hits: Iterable[Hit]) -> tuple[Hit, ...]:
    return tuple({hit.id: hit for hit in hits}.values())
