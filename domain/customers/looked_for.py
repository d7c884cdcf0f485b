"""What somebody typed into the one search, and all that it may mean. Pure: text and the day that is today in."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

from babel.dates import get_month_names

from domain.customers.folded import digits, plain
from kit.ids import as_uuid
from kit.money import exponent, is_currency

LONGEST = 100  # characters of a search
_FEWEST_DIGITS = 4  # of a phone number
_AHEAD = timedelta(days=183)  # a day without a year is the nearest one
# Ids of the processor, the sandbox's too: a short kind, a line, letters that nobody types by chance.
_REF = re.compile(r"(?:[a-z]{1,10}_){1,2}[A-Za-z0-9_-]{3,90}")
_RECEIPT = re.compile(r"(?:R-?)?([0-9A-Z]{8})", re.IGNORECASE)
_LAST4 = re.compile(r"(?P<words>[^\W\d_][^\d]*?)?[\s*•·.x#]*(?P<last4>\d{4})", re.IGNORECASE)
_PHONE = re.compile(r"[\d\s()+./-]+")
_AMOUNT = re.compile(
    r"(?P<sign>[$€£¥]|[A-Z]{3}\s?)?(?P<whole>\d{1,3}(?:[ ,.'\u00a0\u202f]\d{3})+|\d{1,13})"
    r"(?:(?P<point>[.,])(?P<part>\d{1,3}))?(?P<after>\s?(?:[$€£¥]|[A-Z]{3}))?",
    re.IGNORECASE,
)
_AMBIGUOUS = str.maketrans("ILO", "110")  # Crockford: read aloud or copied by hand


@dataclass(frozen=True)
class Asked:
    """All that a text may mean; what it cannot mean is empty."""

    text: str = ""
    words: tuple[str, ...] = ()  # folded, each to be found in a customer's text
    phone: str = ""
    id: UUID | None = None
    ref: str = ""  # an id of the processor
    receipt: str = ""
    numbers: tuple[str, ...] = ()  # of an order, as it may be written
    bare_number: str = ""  # of an order, without the merchant's prefix
    last4: str = ""
    beside: tuple[str, ...] = ()  # folded words beside the last four: a brand, a name
    amount: Decimal | None = None
    days: tuple[date, ...] = ()  # of a payment or purchase beside the amount: several when day and month may be either

    @property
    def nothing(self) -> bool:
        """Whether there is nothing to look for."""
        return not self.words

    def minors(self) -> tuple[int, ...]:
        """The amount in smallest units, for currencies with no, two and three decimals; what does not fit is left."""
        scaled = [self.amount.scaleb(places) for places in (0, 2, 3)] if self.amount is not None else []
        return tuple(int(each) for each in scaled if each == each.to_integral_value())

    def is_amount(self, minor: int, currency: str) -> bool:
        """Whether that many smallest units of the currency are the amount."""
        return self.amount is not None and self.amount.scaleb(exponent(currency)) == minor


def read(typed: str, *, today: date, locale: str) -> Asked:
    """Reads a search. `today` is the merchant's day, `locale` whose months are understood beside English ones."""
    text = " ".join("".join(sign if sign.isprintable() else " " for sign in typed).split())[:LONGEST]
    bare = text.removeprefix("#").strip()
    slip, card = _RECEIPT.fullmatch(bare), _LAST4.fullmatch(text)
    single = bare and " " not in bare
    amount, days = _amount_and_days(text, today, locale)
    beside = card["words"] if card and card["words"] else ""
    phone = digits(text).lstrip("0") if _PHONE.fullmatch(text) else ""
    return Asked(
        text=text,
        words=tuple(plain(text).split()),
        phone=phone if len(phone) >= _FEWEST_DIGITS else "",
        id=as_uuid(bare) if len(bare) in (32, 36) else None,
        ref=bare if _REF.fullmatch(bare) else "",
        receipt=f"R-{slip[1].upper().translate(_AMBIGUOUS)}" if slip else "",
        numbers=tuple(sorted({bare, bare.upper(), bare.lower()})) if single else (),
        bare_number=bare if bare.isdigit() and bare.isascii() else "",
        last4=card["last4"] if card else "",
        beside=tuple(word for word in plain(beside).split() if word not in ("ending", "card", "in")),
        amount=amount,
        days=days,
    )


def _amount_and_days(text: str, today: date, locale: str) -> tuple[Decimal | None, tuple[date, ...]]:
    """The amount, with the days beside it. A whole number alone is no amount: it is a number of something."""
    pieces = text.split()
    for cut in range(len(pieces), 0, -1):
        for ours, rest in ((pieces[:cut], pieces[cut:]), (pieces[-cut:], pieces[:-cut])):
            found = _AMOUNT.fullmatch(" ".join(ours))
            if found is None or not _in_currency(found):
                continue
            days = _days(" ".join(rest), today, locale) if rest else ()
            clear = found["point"] or found["sign"] or found["after"]
            if days or (not rest and clear):
                return _decimal(found), days
    return None, ()


def _in_currency(found: re.Match[str]) -> bool:
    """Whether the letters before or after are a currency's, not a month's."""
    letters = [(found[side] or "").strip().upper() for side in ("sign", "after")]
    return all(not each.isalpha() or is_currency(each) for each in letters)


def _decimal(found: re.Match[str]) -> Decimal:
    whole = re.sub(r"\D", "", found["whole"])
    return Decimal(f"{whole}.{found['part'] or 0}")


def _days(text: str, today: date, locale: str) -> tuple[date, ...]:
    """The days that a text may mean: 2026-11-12, 12 Nov, November 12, 2026, 12/11. Without a year the nearest."""
    parts = re.findall(r"[^\W\d_]+|\d+", text)
    numbers = [int(part) for part in parts if part.isdigit()]
    names = [plain(part) for part in parts if not part.isdigit() and plain(part) not in _BETWEEN]
    if any(number > 9999 for number in numbers) or len(names) > 1 or not 2 <= len(numbers) + len(names) <= 3:
        return ()
    year = next((n for n, part in zip(numbers, [p for p in parts if p.isdigit()], strict=True) if len(part) == 4), None)
    left = [number for number in numbers if number != year]
    if names:
        month = _months(locale).get(names[0]) or _months(locale).get(names[0][:3])
        pairs = [(month, left[0])] if month and len(left) == 1 else []
    elif len(left) == 2:
        first, second = left
        pairs = [(first, second)] if year and parts[0] == str(year) else [(first, second), (second, first)]
    else:
        pairs = []
    found = {_day(year, month, day, today) for month, day in pairs}
    return tuple(sorted(each for each in found if each is not None))


_BETWEEN = ("of", "on", "the", "de", "del", "el", "at", "st", "nd", "rd", "th")


def _day(year: int | None, month: int, day: int, today: date) -> date | None:
    try:
        if year is not None:
            return date(year, month, day)
        this = date(today.year, month, day)
        return this if this <= today + _AHEAD else this.replace(year=today.year - 1)
    except ValueError:
        return None


def _months(locale: str) -> dict[str, int]:
    """Month names and their first three letters, in English and the reader's language."""
    known: dict[str, int] = {}
    for language in (locale, "en"):
        for width in ("wide", "abbreviated"):
            for number, name in get_month_names(width, locale=language).items():
                known.setdefault(plain(name).rstrip("."), number)
                known.setdefault(plain(name)[:3], number)
    return known
