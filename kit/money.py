"""Money is an integer count of a currency's smallest unit. No floats, no division by a hundred."""

from __future__ import annotations

import re
from copy import copy
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from babel.core import Locale, get_global
from babel.numbers import format_currency, get_decimal_symbol, get_group_symbol

from kit.errors import DomainError
from kit.i18n import _, current_locale

# CLDR counts 0 decimals for some currencies whose ISO 4217 exponent (what processors charge in) is 2.
# Source: https://docs.stripe.com/currencies (zero- and three-decimal lists), read 2026-11.
_ZERO = frozenset("BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF UGX VND VUV XAF XOF XPF".split())
# Up to 13 digits; a comma only between thousands, so that "11,77" is refused and never read as 1177.
_WRITTEN = re.compile(r"-?(\d{1,13}|\d{1,3}(,\d{3}){1,4})(\.\d+)?")
_THREE = frozenset("BHD IQD JOD KWD LYD OMR TND".split())


def is_currency(code: str) -> bool:
    """Whether `code` (upper case) is a currency that CLDR knows."""
    return len(code) == 3 and code in get_global("all_currencies")


def exponent(currency: str) -> int:
    """How many decimals the currency has: 0 for JPY, 2 for USD, 3 for KWD."""
    if currency in _ZERO:
        return 0
    return 3 if currency in _THREE else 2


@dataclass(frozen=True, order=False)
class Money:
    """An exact amount: `minor` counts the currency's smallest unit (cents, yen, fils)."""

    minor: int
    currency: str

    def __post_init__(self) -> None:
        if type(self.minor) is not int:
            raise TypeError(f"minor units are int, not {type(self.minor).__name__}")

    def _same(self, other: Money) -> None:
        if self.currency != other.currency:
            raise ValueError(f"cannot combine {self.currency} with {other.currency}")

    def __add__(self, other: Money) -> Money:
        self._same(other)
        return Money(self.minor + other.minor, self.currency)

    def __sub__(self, other: Money) -> Money:
        self._same(other)
        return Money(self.minor - other.minor, self.currency)

    def __neg__(self) -> Money:
        return Money(-self.minor, self.currency)

    def __bool__(self) -> bool:
        return self.minor != 0

    def __lt__(self, other: Money) -> bool:
        self._same(other)
        return self.minor < other.minor

    def __le__(self, other: Money) -> bool:
        self._same(other)
        return self.minor <= other.minor

    def decimal(self) -> Decimal:
        """The amount in major units, exactly."""
        return Decimal(self.minor).scaleb(-exponent(self.currency))

    def __str__(self) -> str:
        """As people read it in the current locale: `$1,204.50`, `¥12,000`."""
        shape = _shape(self.currency, current_locale())
        head, tail = shape.signs[self.minor < 0]
        places = exponent(self.currency)
        digits = str(abs(self.minor)).zfill(places + 1)
        whole = _grouped(digits[: len(digits) - places], shape)
        return f"{head}{whole}{shape.point}{digits[len(digits) - places :]}{tail}"


@dataclass(frozen=True)
class _Shape:
    """How a locale writes a currency: what stands before and behind the digits, without and with a minus."""

    signs: tuple[tuple[str, str], tuple[str, str]]
    point: str
    comma: str
    groups: tuple[int, int]  # digits of the last group, and of those before it


@lru_cache(maxsize=1024)  # a dashboard writes hundreds of amounts: CLDR is asked once, not for each of them
def _shape(currency: str, locale: str) -> _Shape:
    parsed, places = Locale.parse(locale), exponent(currency)
    pattern = copy(parsed.currency_formats["standard"])
    pattern.frac_prec = (places,) * 2
    point = get_decimal_symbol(parsed) if places else ""
    signs = []
    for one in (Decimal(1), Decimal(-1)):
        written = format_currency(one, currency, pattern, locale=parsed, currency_digits=False)
        head, found, tail = written.partition("1" + point + "0" * places)
        assert found, written
        signs.append((head, tail))
    return _Shape((signs[0], signs[1]), point, get_group_symbol(parsed), pattern.grouping)


def _grouped(digits: str, shape: _Shape) -> str:
    size, before = shape.groups
    parts: list[str] = []
    while len(digits) > size:
        parts.append(digits[-size:])
        digits, size = digits[:-size], before
    return shape.comma.join((digits, *reversed(parts)))


def total(amounts: list[Money], currency: str) -> Money:
    """The sum of amounts of one currency; zero of that currency for none."""
    result = Money(0, currency)
    for amount in amounts:
        result = result + amount
    return result


def parse(text: str, currency: str) -> Money:
    """Reads a plain decimal such as `1204.50` (a leading currency sign and thousands commas are allowed).

    Raises DomainError when it is not an amount, or has more decimals than the currency.
    """
    cleaned = text.strip().lstrip("$€£¥").strip()
    if not _WRITTEN.fullmatch(cleaned):
        raise DomainError(_("“%(text)s” is not an amount. Write it like 1204.50.") % {"text": text[:40]})
    value = Decimal(cleaned.replace(",", ""))
    scaled = value.scaleb(exponent(currency))
    if scaled != scaled.to_integral_value():
        raise DomainError(
            _("“%(text)s” has more decimals than %(currency)s allows.") % {"text": text[:40], "currency": currency}
        )
    return Money(int(scaled), currency)
