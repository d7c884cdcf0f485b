"""What an order says, reckoned from values: lines, total, the day it was placed, the moment it is collected."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from kit.calendar import at_local_hour, banking_day_from
from kit.errors import DomainError
from kit.i18n import _, ngettext
from kit.money import Money, total
from models.orders import LineKind

TITLE_LENGTH = 200  # of an order and of a line, as stored


@dataclass(frozen=True)
class NewLine:
    """A line of an order that is being made. `total` is the whole line's, not the unit's."""

    title: str
    total: Money
    quantity: Decimal = Decimal(1)
    kind: LineKind = LineKind.ITEM


def order_total(lines: Sequence[NewLine]) -> Money:
    """The sum of the lines. Raises DomainError for no lines, mixed currencies or a negative sum."""
    if not lines:
        raise DomainError(_("An order needs at least one line."))
    currencies = {line.total.currency for line in lines}
    if len(currencies) > 1:
        raise DomainError(
            _("An order has one currency; its lines name %(found)s.") % {"found": ", ".join(sorted(currencies))}
        )
    summed = total([line.total for line in lines], currencies.pop())
    if summed.minor < 0:
        raise DomainError(
            _("The total is negative (%(total)s). A credit is not an order; record it as a refund.") % {"total": summed}
        )
    return summed


def order_title(titles: Sequence[str]) -> str:
    """What an order is called when nobody named it: its first line, and how many more there are."""
    first, more = titles[0], len(titles) - 1
    if not more:
        return first[:TITLE_LENGTH]
    rest = ngettext("and %(n)d more", "and %(n)d more", more) % {"n": more}
    return f"{first[: TITLE_LENGTH - len(rest) - 1]} {rest}"


def collect_moment(due: date, *, hour: int, zone: str, bank: bool, today: date) -> datetime:
    """When an automatic order is collected: at that local hour of its due day, in UTC.

    A bank debit moves to the next banking day (the Federal Reserve's calendar: no ACH is settled on another), and is
    never asked for a day that is over; cards do not move.
    """
    return at_local_hour(banking_day_from(max(due, today)) if bank else due, hour, zone)
