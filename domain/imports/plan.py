"""From the rows of one order number to the order that comes in, and to the lines that do not. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from hashlib import blake2b

from domain.imports.rows import Row
from domain.imports.spool import SpooledRow
from domain.orders.terms import NewLine, order_title
from kit.calendar import local_day
from kit.i18n import _
from kit.money import Money
from models.orders import LineKind

_LARGEST = 10**16  # minor units; a BIGINT holds 9 × 10^18
_MOST_LINES = 5_000

Refusal = tuple[int, str]  # line of the file, why


@dataclass(frozen=True)
class Person:
    """Whom an order is for, as the file says."""

    key: str
    reference: str
    email: str
    name: str


@dataclass(frozen=True)
class PlannedOrder:
    """An order as it comes in."""

    rows: tuple[int, ...]  # the file's lines
    key: str  # the same for the same order in the same or another file
    number: str  # empty: the merchant's next one
    person: Person
    title: str
    total: Money
    lines: tuple[NewLine, ...]
    placed_at: datetime
    due_on: date
    unpaid: bool


@dataclass(frozen=True)
class Terms:
    """What holds for all orders of an import."""

    zone: str
    rows_are_lines: bool
    emails_given: bool  # the file has an e-mail column
    unpaid_due_on: date  # for the latest orders that are left open


def plan(spooled: list[SpooledRow], terms: Terms) -> tuple[PlannedOrder | None, list[Refusal]]:
    """The order that these rows make, or None, and every row of them that is refused."""
    broken = next((one.broken for one in spooled if one.broken is not None), None)
    if broken is not None:
        why = _("line %(line)d of the same order was refused") % {"line": broken}
        return None, [(one.row.line, why) for one in spooled]
    kept, refused = _own_rows(spooled, terms)
    why_not = _why_not(kept)
    if why_not:
        return None, refused + [(one.row.line, why_not) for one in kept]
    return _planned(kept, terms), refused


def _own_rows(spooled: list[SpooledRow], terms: Terms) -> tuple[list[SpooledRow], list[Refusal]]:
    """Rows that belong to the order of the first, and those that use its number for something else."""
    first = spooled[0].row
    kept, refused = spooled[:1], []
    for other in spooled[1:]:
        why = _other_order(first, other.row, terms)
        if why:
            refused.append((other.row.line, why))
        else:
            kept.append(other)
    return kept, refused


def _other_order(first: Row, row: Row, terms: Terms) -> str:
    words = {"number": row.number, "line": first.line}
    if not terms.rows_are_lines:
        return _("order number %(number)s is on line %(line)d already") % words
    if row.customer and row.customer != first.customer:
        return _("order number %(number)s is on line %(line)d for another customer") % words
    if row.placed and first.placed and local_day(row.placed, terms.zone) != local_day(first.placed, terms.zone):
        return _("order number %(number)s is on line %(line)d with another date") % words
    if row.currency != first.currency:
        return _("order number %(number)s is on line %(line)d in another currency") % words
    return ""


def _why_not(kept: list[SpooledRow]) -> str:
    first = kept[0].row
    summed = sum(one.row.amount for one in kept)
    total = Money(summed, first.currency)
    if not first.customer:
        return _("names no customer: both customer_id and email are empty")
    if first.placed is None:
        return _("the date is empty")
    if len(kept) > _MOST_LINES:
        return _("the order has more than %(most)d lines") % {"most": _MOST_LINES}
    if summed < 0:
        return _("the total is negative (%(total)s): a credit is not an order") % {"total": total}
    if summed > _LARGEST:
        return _("the total is larger than any amount here can be")
    said = {one.row.check_total for one in kept} - {None}
    if said - {summed}:
        return _("the lines add up to %(total)s, and the file says another total") % {"total": total}
    return ""


def _planned(kept: list[SpooledRow], terms: Terms) -> PlannedOrder:
    first = kept[0].row
    assert first.placed is not None  # _why_not has seen to it
    lines = tuple(_line(one.row) for one in kept)
    open_latest = kept[0].latest
    unpaid = open_latest or bool(first.unpaid)
    default_due = terms.unpaid_due_on if unpaid else local_day(first.placed, terms.zone)
    return PlannedOrder(
        rows=tuple(one.row.line for one in kept),
        key=_key(kept),
        number=first.number,
        person=_person(first, terms),
        title=order_title([line.title for line in lines]),
        total=Money(sum(line.total.minor for line in lines), first.currency),
        lines=lines,
        placed_at=first.placed,
        due_on=first.due or default_due,
        unpaid=unpaid,
    )


def _line(row: Row) -> NewLine:
    kind = LineKind.DISCOUNT if row.amount < 0 else LineKind.ITEM
    return NewLine(row.title, Money(row.amount, row.currency), Decimal(row.quantity), kind)


def _person(row: Row, terms: Terms) -> Person:
    """A file of ids without e-mails gets `customer<id>@example.com`, a domain that reaches nobody (RFC 2606)."""
    email = row.email
    if not email and not terms.emails_given and _fits_an_address(row.reference):
        email = f"customer{row.reference.lower()}@example.com"
    name = row.name or (_("Customer %(id)s") % {"id": row.reference} if row.reference else email.partition("@")[0])
    return Person(row.customer, row.reference, email, name)


def _fits_an_address(reference: str) -> bool:
    return reference.isascii() and reference.isalnum() and len(reference) <= 50


def _key(kept: list[SpooledRow]) -> str:
    """Without an order number, the row and its n-th occurrence; with one, what the order says."""
    first = kept[0]
    if not first.row.number:
        return f"row:{first.row.digest}:{first.nth}"
    said = [first.row.number, first.row.customer, str(first.row.placed), first.row.currency]
    for one in kept:
        said += [one.row.title, one.row.quantity, str(one.row.amount)]
    return "order:" + blake2b("\x1f".join(said).encode(), digest_size=20).hexdigest()
