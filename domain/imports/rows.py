"""One row of a file as values: dates, amounts, who, which order. Pure; whatever cannot be read is refused with why."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from hashlib import blake2b
from zoneinfo import ZoneInfo

from domain.accounts.addresses import normalise
from domain.imports.mapping import Columns, Field
from domain.orders.terms import TITLE_LENGTH
from kit.errors import DomainError
from kit.i18n import _
from kit.money import exponent, is_currency, parse

_LONGEST_NUMBER, _LONGEST_REFERENCE, _LONGEST_NAME = 40, 64, 160
_UNPAID = frozenset("unpaid open due outstanding pending no false 0 n".split())
_PAID = frozenset("paid settled complete completed yes true 1 y".split())
_COMMAS_AS_THOUSANDS = re.compile(r"[^\d.,]*[1-9]\d{0,2}(?:,\d{3})+(?:\.\d*)?\s*\Z")
# What is left of 0.1 + 0.2 - 0.3 in programs that add money as floating numbers: nearer to a cent than any price.
_DUST = Decimal("0.000001")
_LARGEST = 10**13  # beyond it, a number's decimals say nothing about how it was added


@dataclass(frozen=True)
class Row:
    """A row that can be read. Empty means that the cell is blank or the column is missing."""

    line: int
    digest: str
    number: str
    reference: str
    email: str
    name: str
    placed: datetime | None
    due: date | None
    currency: str
    amount: int  # minor units of `currency`
    check_total: int | None  # what the file says the whole order comes to
    quantity: str  # a decimal, as text
    title: str
    unpaid: bool | None
    dust: bool  # the amount was the leftover of a floating addition

    @property
    def customer(self) -> str:
        """Who, as a key within the file; empty when the row does not say."""
        return f"r:{self.reference}" if self.reference else f"e:{self.email}" if self.email else ""


@dataclass(frozen=True)
class Reader:
    """Reads rows of one file for one merchant."""

    columns: Columns
    currency: str  # where the row names none
    zone: str  # of dates and times without an offset

    def number(self, cells: list[str]) -> str:
        """The order number of a row, even of one that cannot be read otherwise; empty if it has none."""
        place = self.columns.places.get(Field.NUMBER)
        return cells[place].strip() if place is not None and place < len(cells) else ""

    def read(self, line: int, cells: list[str]) -> Row:
        """The row's values. Raises DomainError with why it is refused."""
        if len(cells) != self.columns.width:
            raise DomainError(
                _("has %(found)d cells where the header has %(width)d")
                % {"found": len(cells), "width": self.columns.width}
            )
        whole = "\x1f".join(cells)
        refuse_nul(cells)
        cell = {field: cells[place].strip() for field, place in self.columns.places.items()}
        get = cell.get
        currency = _currency(get(Field.CURRENCY) or self.currency)
        quantity = _quantity(get(Field.QUANTITY) or "")
        amount, dust = _row_amount(cell, quantity, currency)
        total = get(Field.TOTAL)
        return Row(
            line=line,
            digest=blake2b(whole.encode(), digest_size=16).hexdigest(),
            number=_short(get(Field.NUMBER) or "", _LONGEST_NUMBER, Field.NUMBER),
            reference=_short(get(Field.CUSTOMER) or "", _LONGEST_REFERENCE, Field.CUSTOMER),
            email=_email(get(Field.EMAIL) or ""),
            name=_short(get(Field.NAME) or "", _LONGEST_NAME, Field.NAME),
            placed=moment(get(Field.DATE) or "", self.zone),
            due=_day(get(Field.DUE) or ""),
            currency=currency,
            amount=amount,
            check_total=parse_amount(total, currency)[0] if total else None,
            quantity=str(quantity),
            title=self._title(cell),
            unpaid=_unpaid(get(Field.STATUS) or ""),
            dust=dust,
        )

    def _title(self, cell: dict[Field, str]) -> str:
        title = cell.get(Field.TITLE) or ""
        if not title and cell.get(Field.PRODUCT):
            title = _("Product %(id)s") % {"id": cell[Field.PRODUCT]}
        title = title or self.columns.noun or _("Purchase")
        package = cell.get(Field.PACKAGE)
        return (f"{title}, {package}" if package else title)[:TITLE_LENGTH]


def refuse_nul(cells: list[str]) -> None:
    """PostgreSQL keeps no NUL: a row with one is refused, or a worker would fail over it again and again."""
    if any("\x00" in cell for cell in cells):
        raise DomainError(_("holds a NUL character"))


def _row_amount(cell: dict[Field, str], quantity: Decimal, currency: str) -> tuple[int, bool]:
    """The row's amount: the line's, else the row's, else unit × quantity, else the order's total."""
    for field in (Field.LINE_AMOUNT, Field.AMOUNT):
        if cell.get(field):
            return parse_amount(cell[field], currency)
    if cell.get(Field.UNIT_AMOUNT):
        unit, dust = parse_amount(cell[Field.UNIT_AMOUNT], currency)
        whole = unit * quantity
        if whole != whole.to_integral_value():
            raise DomainError(_("%(quantity)s times the unit amount is no whole amount") % {"quantity": quantity})
        return int(whole), dust
    if cell.get(Field.TOTAL):
        return parse_amount(cell[Field.TOTAL], currency)
    raise DomainError(_("the amount is empty"))


def parse_amount(text: str, currency: str) -> tuple[int, bool]:
    """Minor units, and whether the text was dust (1.776357e-15) read as the amount next to it.

    A comma is a thousands separator or the amount is refused: `11,77` read as 1177 would bill a hundredfold.
    """
    if "," in text and not _COMMAS_AS_THOUSANDS.match(text):
        raise DomainError(
            _("“%(text)s” is not an amount: write decimals with a point, like 1204.50") % {"text": text[:40]}
        )
    try:
        return parse(text, currency).minor, False
    except DomainError as wrong:
        near = _without_dust(text, currency)
        if near is None:
            raise DomainError(wrong.sentence.rstrip(".")) from None
        return near, True


def _without_dust(text: str, currency: str) -> int | None:
    try:
        value = Decimal(text.strip()).scaleb(exponent(currency))
        near = value.to_integral_value()
    except InvalidOperation:
        return None
    if not value.is_finite():
        return None
    return int(near) if abs(value) < _LARGEST and abs(value - near) < _DUST else None


def _quantity(text: str) -> Decimal:
    if not text:
        return Decimal(1)
    try:
        value = Decimal(text)
    except InvalidOperation:
        raise DomainError(_("“%(text)s” is not a quantity") % {"text": text[:40]}) from None
    if not value.is_finite() or abs(value) >= 10**10 or value != value.quantize(Decimal("0.0001")):
        raise DomainError(_("“%(text)s” is not a quantity of at most 4 decimals") % {"text": text[:40]})
    return value


@lru_cache(maxsize=64)
def _currency(text: str) -> str:
    code = text.upper()
    if not is_currency(code):
        raise DomainError(_("“%(text)s” is not a currency; use a code like USD") % {"text": text[:20]})
    return code


def _email(text: str) -> str:
    if not text:
        return ""
    try:
        return normalise(text)
    except DomainError:
        raise DomainError(_("“%(text)s” is not an e-mail address") % {"text": text[:80]}) from None


def _short(text: str, longest: int, field: Field) -> str:
    if len(text) > longest:
        raise DomainError(
            _("the %(field)s is longer than %(longest)d characters") % {"field": field.value, "longest": longest}
        )
    return text


def _unpaid(text: str) -> bool | None:
    word = text.lower()
    if not word:
        return None
    if word not in _PAID | _UNPAID:
        raise DomainError(
            _("“%(text)s” says neither paid nor unpaid (--map STATUS=- ignores it)") % {"text": text[:40]}
        )
    return word in _UNPAID


@lru_cache(maxsize=8192)
def moment(text: str, zone: str) -> datetime | None:
    """When a purchase was made, in UTC: `19970101`, `1997-01-01` or ISO 8601 with any number of decimals of a second.

    A date alone is noon at the merchant's, so that it stays that day wherever it is looked at; a time without an
    offset is the merchant's. Raises DomainError.
    """
    if not text:
        return None
    try:
        found = datetime.fromisoformat(text)
        if not 1900 <= found.year <= 2200:
            raise ValueError(text)
    except ValueError:
        raise DomainError(_("“%(text)s” is not a date; write it like 2026-03-31") % {"text": text[:40]}) from None
    if len(text) <= 10 and found.time() == time(0):
        found = found.replace(hour=12)
    if found.tzinfo is None:
        found = found.replace(tzinfo=ZoneInfo(zone))
    return found.astimezone(UTC)


def _day(text: str) -> date | None:
    found = moment(text, "UTC")
    return found and found.date()
