"""What a customer looks for among their purchases: the form as it was filled in, and the rows that fit it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from peewee import fn

from domain.payments.amount_text import read_amount
from kit.errors import DomainError
from kit.i18n import _
from kit.money import exponent
from models.base import is_sqlite
from models.orders import Order, OrderLine
from models.payments import (
    Allocation,
    OrderHold,
    Payment,
    PaymentState,
    Receipt,
    Recovery,
    RecoveryState,
    Refund,
    RefundAllocation,
    RefundState,
)

_LONGEST = 100  # characters of a search


class Where(StrEnum):
    """Where a purchase stands: what the form offers."""

    OWED = "owed"
    COMING = "coming"
    UNDER_WAY = "under_way"
    PAID = "paid"
    REFUNDED = "refunded"
    RETURNED = "returned"
    CANCELLED = "cancelled"


@dataclass(frozen=True)
class Wanted:
    """What is looked for. Days are the merchant's; `least` and `most` are totals in major units."""

    words: str = ""
    first: date | None = None
    last: date | None = None
    where: Where | None = None
    least: Decimal | None = None
    most: Decimal | None = None

    @property
    def everything(self) -> bool:
        """Whether nothing is left out."""
        return self == Wanted()


@dataclass
class Form:
    """The form: what was typed, what it means, and what is wrong with it by field."""

    typed: Mapping[str, str]
    wanted: Wanted = field(default_factory=Wanted)
    errors: dict[str, str] = field(default_factory=dict)


FIELDS = ("q", "from", "to", "state", "min", "max")


def read_form(typed: Mapping[str, str], *, currency: str) -> Form:
    """Reads the form. Pure but for the language: a field that cannot be read has a sentence that says what to write."""
    form = Form({name: typed.get(name, "").strip() for name in FIELDS})
    first, last = _day(form, "from"), _day(form, "to")
    least, most = _amount(form, "min", currency), _amount(form, "max", currency)
    if first and last and first > last:
        form.errors["to"] = _("The last day is before the first. Write a later one.")
    if least is not None and most is not None and least > most:
        form.errors["max"] = _("The highest amount is below the lowest. Write a higher one.")
    words = "".join(each for each in form.typed["q"] if each.isprintable())
    form.wanted = Wanted(words[:_LONGEST], first, last, _state(form), least, most)
    return form


def _state(form: Form) -> Where | None:
    text = form.typed["state"]
    try:
        return Where(text) if text else None
    except ValueError:
        form.errors["state"] = _("Choose one of the list.")
        return None


def _day(form: Form, name: str) -> date | None:
    text = form.typed[name]
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        form.errors[name] = _("Write the day as year, month, day: 2026-03-31.")
        return None


def _amount(form: Form, name: str, currency: str) -> Decimal | None:
    text = form.typed[name]
    try:
        return read_amount(text, currency).decimal() if text else None
    except DomainError as problem:
        form.errors[name] = problem.sentence
        return None


def fitting(customer: UUID, wanted: Wanted, *, zone: str, today: date) -> Any:
    """The condition on Order for what this customer looks for. One query, when amounts are looked for."""
    found: Any = Order.customer == customer
    if wanted.words:
        found &= _says(wanted.words)
    if wanted.first:
        found &= Order.placed_at >= _start(wanted.first, zone)
    if wanted.last and wanted.last < date.max:
        found &= Order.placed_at < _start(wanted.last + timedelta(days=1), zone)
    if wanted.where:
        found &= _stands(wanted.where, today)
    if wanted.least is not None or wanted.most is not None:
        found &= _amounts(customer, wanted.least, wanted.most)
    return found


def _start(day: date, zone: str) -> datetime:
    return datetime.combine(max(day, date(1, 1, 3)), time(), ZoneInfo(zone))


def _says(words: str) -> Any:
    """Number or title of the order, title of a line, number of a receipt: anywhere in it, small and capital alike."""
    bare = words.removeprefix("#") or words
    lines = OrderLine.select(OrderLine.id).where((OrderLine.order == Order.id) & _like(OrderLine.title, bare))
    slips = (
        Receipt.select(Receipt.id)
        .join(Allocation, on=(Allocation.payment == Receipt.payment))
        .where((Allocation.order == Order.id) & _like(Receipt.number, bare))
    )
    return _like(Order.number, bare) | _like(Order.title, bare) | fn.EXISTS(lines) | fn.EXISTS(slips)


def _like(column: Any, words: str) -> Any:
    """Contains; `%` and `_` stand for themselves. SQLite folds the letters of English only: so each case is tried."""
    shapes = {words, words.lower(), words.upper(), words.title(), words.capitalize()}
    if not is_sqlite() or words.isascii():
        shapes = {words}
    found: Any = column.contains(shapes.pop())  # ILIKE, or SQLite's LIKE, with the wildcards escaped
    for shape in shapes:
        found |= column.contains(shape)
    return found


def _stands(where: Where, today: date) -> Any:
    held = fn.EXISTS(OrderHold.select(OrderHold.order).where(OrderHold.order == Order.id))
    failing = Recovery.state.in_([RecoveryState.OPEN, RecoveryState.EXHAUSTED])
    failed = fn.EXISTS(Recovery.select(Recovery.id).where((Recovery.order == Order.id) & failing))
    free: Any = (Order.open > 0) & ~held & ~Order.disputed
    gone: Any = (Order.open == 0) & (Order.total > 0) & (Order.adjusted == Order.total)
    came = _has_payment(PaymentState.SUCCEEDED, PaymentState.REVERSED)
    conditions: dict[Where, Any] = {
        Where.OWED: free & ((Order.due_on <= today) | failed),
        Where.COMING: free & (Order.due_on > today) & ~failed,
        Where.UNDER_WAY: held,
        Where.PAID: (Order.open == 0) & ~gone,
        Where.REFUNDED: _has_refund(),
        Where.RETURNED: (Order.open > 0) & _has_payment(PaymentState.REVERSED),
        Where.CANCELLED: gone & ~came,
    }
    return conditions[where]


def _has_payment(*states: PaymentState) -> Any:
    query = Allocation.select(Allocation.id).join(Payment)
    return fn.EXISTS(query.where((Allocation.order == Order.id) & Payment.state.in_(list(states))))


def _has_refund() -> Any:
    query = RefundAllocation.select(RefundAllocation.id).join(Refund)
    return fn.EXISTS(query.where((RefundAllocation.order == Order.id) & (Refund.state != RefundState.FAILED)))


def _amounts(customer: UUID, least: Decimal | None, most: Decimal | None) -> Any:
    """Totals within bounds, each reckoned in its own currency's smallest unit."""
    used = [row.currency for row in Order.select(Order.currency).where(Order.customer == customer).distinct()]
    found: Any = Order.currency.in_([])
    for currency in used:
        fits: Any = Order.currency == currency
        if least is not None:
            fits &= Order.total >= _minor(least, currency, ROUND_CEILING)
        if most is not None:
            fits &= Order.total <= _minor(most, currency, ROUND_FLOOR)
        found |= fits
    return found


def _minor(amount: Decimal, currency: str, towards: str) -> int:
    return int(amount.scaleb(exponent(currency)).to_integral_value(rounding=towards))
