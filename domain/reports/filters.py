"""What a dashboard shows: a stretch of days and what is picked out of it. The address is the state. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

from kit.i18n import _

DAYS = 30  # shown when nobody asks for other days
MOST_DAYS = 400  # a year, and the same month of the year before
_MOST_KEYS = 80  # of one dimension: more than there are decline codes
_KEY = re.compile(r"[\w .:&'()+/-]{1,64}")


class By(StrEnum):
    """What shares and lists are measured in."""

    AMOUNT = "amount"
    COUNT = "count"


class Dimension(StrEnum):
    """What failures are told apart by."""

    GROUP = "group"  # the decline's family: funds, expired, …
    CODE = "code"
    NETWORK = "network"  # the card's brand, or `bank`
    KIND = "kind"  # of the method
    HOUR = "hour"  # local, 0 to 23
    WEEKDAY = "weekday"  # 0 is Monday
    N = "n"  # retries: see shapes.py for what a number means where
    CHANNEL = "channel"  # portal, fix_it, automatic, team


NUMBERS = {Dimension.HOUR: 23, Dimension.WEEKDAY: 6, Dimension.N: 99}  # the highest; the others are words


class What(StrEnum):
    """Which of the numbers is listed one by one."""

    FAILED = "failed"
    RECOVERED = "recovered"
    OPEN = "open"
    GIVEN_UP = "given_up"
    UNPLANNED = "unplanned"  # open, and no automatic try is planned
    DECLINES = "declines"  # every "no", not only the first of a case


@dataclass(frozen=True)
class Filters:
    """Local days from `first` to `last`, and of each dimension the keys that are wanted (none: all of them)."""

    first: date
    last: date
    by: By = By.AMOUNT
    group: tuple[str, ...] = ()
    code: tuple[str, ...] = ()
    network: tuple[str, ...] = ()
    kind: tuple[str, ...] = ()
    hour: tuple[int, ...] = ()
    weekday: tuple[int, ...] = ()
    n: tuple[int, ...] = ()
    channel: tuple[str, ...] = ()
    what: What | None = None  # None: no list

    @property
    def days(self) -> int:
        """How many days it covers."""
        return (self.last - self.first).days + 1

    @property
    def every_day(self) -> tuple[date, ...]:
        """The days, the first one first."""
        return tuple(self.first + timedelta(days=n) for n in range(self.days))

    @property
    def narrowed(self) -> tuple[Dimension, ...]:
        """The dimensions in which something is picked out."""
        return tuple(dimension for dimension in Dimension if self.keys(dimension))

    def keys(self, dimension: Dimension) -> tuple[str, ...]:
        """What is picked out of a dimension, as text."""
        return tuple(str(key) for key in getattr(self, dimension))

    def only(self, dimension: Dimension, keys: tuple[str, ...]) -> Filters:
        """The same with these keys of a dimension only; none of them means all."""
        chosen: Any = tuple(int(key) for key in keys) if dimension in NUMBERS else keys
        return replace(self, **{dimension.value: chosen})

    def listing(self, what: What | None) -> Filters:
        """The same with one of its numbers listed."""
        return replace(self, what=what)

    def previous(self) -> Filters:
        """The stretch of equal length just before."""
        return replace(self, first=self.first - timedelta(days=self.days), last=self.first - timedelta(days=1))

    def to_query(self) -> dict[str, str]:
        """What the address says: the days always, the rest only where it differs from what is shown unasked."""
        query = {"first": self.first.isoformat(), "last": self.last.isoformat()}
        if self.by != By.AMOUNT:
            query["by"] = self.by.value
        for dimension in Dimension:  # a page has hundreds of addresses: nothing is asked twice here
            if keys := getattr(self, dimension):
                query[dimension.value] = ",".join(map(str, keys))
        if self.what is not None:
            query["what"] = self.what.value
        return query


def filters_of(query: Mapping[str, str], today: date) -> tuple[Filters, list[str]]:
    """What an address asks for, and a sentence for each part that could not be followed. `today` is the merchant's.

    Never raises: what cannot be read is left out. Days lie in the past, at most MOST_DAYS of them.
    """
    said: list[str] = []
    first, last = _days(query, today, said)
    found = Filters(first, last, by=By.COUNT if query.get("by") == By.COUNT else By.AMOUNT)
    for dimension in Dimension:
        found = found.only(dimension, _keys(query.get(dimension.value, ""), dimension, said))
    asked = query.get("what", "")
    return found.listing(What(asked) if asked in set(What) else None), said


def _days(query: Mapping[str, str], today: date, said: list[str]) -> tuple[date, date]:
    last = _day(query.get("last", ""), said) or today
    if last > today:
        said.append(_("Days that are still to come show nothing: the last day is today."))
        last = today
    first = _day(query.get("first", ""), said) or last - timedelta(days=DAYS - 1)
    if first > last:
        said.append(_("The first day came after the last one, so they were exchanged."))
        first, last = last, min(first, today)
    if (last - first).days >= MOST_DAYS:
        said.append(_("At most %(days)d days are shown at once: the latest ones.") % {"days": MOST_DAYS})
        first = last - timedelta(days=MOST_DAYS - 1)
    return first, last


def _day(text: str, said: list[str]) -> date | None:
    if not text:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = None
    if day is None or day.year < 2000:
        said.append(_("“%(text)s” is not a day that can be shown.") % {"text": text[:20]})
        return None
    return day


def _keys(text: str, dimension: Dimension, said: list[str]) -> tuple[str, ...]:
    asked = list(dict.fromkeys(part.strip() for part in text[:6000].split(",") if part.strip()))[:_MOST_KEYS]
    known = [key for key in asked if _is_key(key, dimension)]
    if len(known) < len(asked):
        said.append(_("A part of the choice is not known and was left out."))
    return tuple(str(int(key)) if dimension in NUMBERS else key for key in known)


def _is_key(key: str, dimension: Dimension) -> bool:
    if dimension in NUMBERS:
        return key.isascii() and key.isdigit() and len(key) < 4 and int(key) <= NUMBERS[dimension]
    return bool(_KEY.fullmatch(key))
