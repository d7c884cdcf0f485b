"""The moments at which a next try may be made, and which of them is taken. Pure.

A try has one moment that the rules prefer and a few others near it. Now and then another one is taken, with a known
probability, so that it can be judged later, honestly, whether the rules choose well.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from kit.calendar import at_local_hour, banking_day_from, is_banking_day

WHOLE = 10_000  # shares of a probability; a draw is 0 to 9999
PAYDAY_REACH = 2  # days: a try after "not enough money" waits for a payday that comes so soon
_DAY = timedelta(days=1)
_OTHER_DAYS = 2
_OTHER_HOUR = 6


@dataclass(frozen=True)
class Slot:
    """A moment and the draws out of 10,000 that lead to it."""

    at: datetime
    share: int

    @property
    def probability(self) -> str:
        """As decimal text: "1", "0.9", "0.0333"."""
        return format((Decimal(self.share) / Decimal(WHOLE)).normalize(), "f")


def draw(slug: str, number: str, n: int) -> int:
    """The draw for the n-th planned try of an order: 0 to 9999, the same each time it is asked."""
    return int(hashlib.sha256(f"{slug}:{number}:{n}".encode()).hexdigest()[:12], 16) % WHOLE


def weigh(preferred: datetime, others: Sequence[datetime], explore_percent: int) -> tuple[Slot, ...]:
    """The preferred moment and the others, with shares that add up to 10,000."""
    spare = explore_percent * (WHOLE // 100) if others else 0
    each, over = divmod(spare, len(others) or 1)
    rest = [Slot(at, each + (n < over)) for n, at in enumerate(others)]
    return (Slot(preferred, WHOLE - spare), *(slot for slot in rest if slot.share))


def take(slots: Sequence[Slot], drawn: int) -> Slot:
    """The slot that a draw leads to."""
    for slot in slots:
        drawn -= slot.share
        if drawn < 0:
            return slot
    raise ValueError("a draw is 0 to 9999")


def payday_near(day: date) -> date | None:
    """The first payday from `day` on, if one comes within PAYDAY_REACH days.

    Paydays are the 1st, the 15th, the month's last banking day and Fridays: the usual days of US wages and benefits.
    """
    near = (day + _DAY * n for n in range(PAYDAY_REACH + 1))
    return next((each for each in near if is_payday(each)), None)


def is_payday(day: date) -> bool:
    """Whether money usually arrives on that day."""
    return day.day in (1, 15) or day.weekday() == 4 or day == _last_banking_day(day)


def _last_banking_day(day: date) -> date:
    last = (day.replace(day=1) + timedelta(days=32)).replace(day=1) - _DAY
    while not is_banking_day(last):
        last -= _DAY
    return last


def others(day: date, until: date, *, hour: int, zone: str, bank: bool) -> Iterator[datetime]:
    """Moments near `day` at its hour that would do as well: later days before `until`, for cards another hour too."""
    if not bank:
        yield at_local_hour(day, hour + _OTHER_HOUR if hour + _OTHER_HOUR <= 20 else hour - _OTHER_HOUR, zone)
    for n in range(1, _OTHER_DAYS + 1):
        later = day + _DAY * n
        if later < until and (not bank or later == banking_day_from(later)):
            yield at_local_hour(later, hour, zone)
