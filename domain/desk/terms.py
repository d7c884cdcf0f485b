"""The merchant's desk: what waits for a person today, and what somebody did with it. Pure.

A row is never stored: it is derived from how things stand, and goes by itself when they stand otherwise. Stored is only
what somebody did with it (models/console.py: DeskMark).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from uuid import UUID

from kit.money import Money

UNDO = timedelta(seconds=10)  # what left no trace outside the house can be taken back so long
ASK_AGAIN = timedelta(days=7)  # nobody is asked for a new card twice within it
PAGE = 50


class Kind(StrEnum):
    """Why a row stands on the desk, the most pressing first."""

    GATEWAY = "gateway"  # no processor account takes payments
    DISPUTE = "dispute"  # to be answered by a day
    LOST = "lost"  # a lost dispute waits to be decided
    REVIEW = "review"  # nobody can tell what became of an attempt
    REFUND = "refund"  # did not arrive, or nobody can tell
    CHANGE = "change"  # a customer asks for other contact details
    PROMISE = "promise"  # a promised day passed
    UNTOLD = "untold"  # the customer cannot be reached by mail
    CONFIRM = "confirm"  # the bank wants the person
    NEW_CARD = "new_card"  # no further try on this card
    PAUSED = "paused"  # a schedule stands still for want of a payment
    EXPIRING = "expiring"  # a card that ends before its next charge; under the list, not on it


class Step(StrEnum):
    """What somebody did with a row."""

    TAKEN = "taken"
    GIVEN_BACK = "given_back"
    LATER = "later"
    DONE = "done"
    ASKED = "asked"  # for a new card, by mail
    SENT = "sent"  # the link to confirm at the bank, again
    AGREED = "agreed"
    DECLINED = "declined"
    WRITTEN_OFF = "written_off"
    REOPENED = "reopened"
    CLOSED = "closed"  # a refund that was never made


@dataclass(frozen=True)
class Found:
    """One thing that waits. `stamp` tells how it stands: a mark under another stamp has had its time."""

    kind: Kind
    subject: UUID
    since: datetime
    stamp: str
    customer: UUID | None = None
    name: str = ""
    email: str = ""
    phone: str = ""
    amount: Money | None = None
    code: str = ""  # the decline, the dispute's reason, what of the contact details
    why: str = ""  # why no try is planned, the wanted value, a state
    order: UUID | None = None
    number: str = ""
    payment: UUID | None = None
    attempt: UUID | None = None
    schedule: UUID | None = None
    until: datetime | None = None  # to be answered by
    promised: date | None = None
    next_try: datetime | None = None


@dataclass(frozen=True)
class Mark:
    """What somebody did with a row, as far as it still counts."""

    taken_by: UUID | None = None
    taken_name: str = ""
    later_until: date | None = None
    done: bool = False
    note: str = ""
    stamp: str = ""
    did: str = ""
    by: UUID | None = None
    by_name: str = ""
    at: datetime | None = None

    def hides(self, found: Found, today: date) -> bool:
        """Whether the row is off the list: finished or put off, while it stands as it did then."""
        off = self.done or (self.later_until is not None and self.later_until > today)
        return off and self.stamp == found.stamp


@dataclass(frozen=True)
class Saw:
    """What the customer saw of it, each the latest; None: nothing that we know of."""

    mail_at: datetime | None = None
    mail_state: str = ""  # sent, due, failed, suppressed
    opened_at: datetime | None = None
    reached_at: datetime | None = None
    tried_at: datetime | None = None


@dataclass(frozen=True)
class Row:
    """A row of the list, complete."""

    found: Found
    mark: Mark = Mark()
    saw: Saw = Saw()


@dataclass
class Sum:
    """How many, and the money per currency in minor units."""

    count: int = 0
    by_currency: dict[str, int] = field(default_factory=dict)

    def add(self, count: int, currency: str, minor: int) -> None:
        """Adds so many, over that much together."""
        self.count += count
        self.by_currency[currency] = self.by_currency.get(currency, 0) + minor

    @property
    def amounts(self) -> tuple[Money, ...]:
        """One amount a currency: they are never added."""
        return tuple(Money(self.by_currency[key], key) for key in sorted(self.by_currency))


@dataclass(frozen=True)
class Head:
    """The list in one line: different people, the money per currency, how many rows somebody took."""

    people: int
    amounts: tuple[Money, ...]
    taken: int
    rows: int


def counted(rows: Iterable[Row]) -> Head:
    """The head of these rows."""
    listed = list(rows)
    sums: dict[str, Money] = {}
    for row in listed:
        amount = row.found.amount
        if amount is not None:
            sums[amount.currency] = sums.get(amount.currency, Money(0, amount.currency)) + amount
    return Head(
        people=len({row.found.customer for row in listed if row.found.customer}),
        amounts=tuple(sums[key] for key in sorted(sums)),
        taken=sum(row.mark.taken_by is not None for row in listed),
        rows=len(listed),
    )


_ORDER = {kind: place for place, kind in enumerate(Kind)}


def in_order(rows: Iterable[Row]) -> list[Row]:
    """The most pressing kind first, of one kind what must be answered soonest, then what has waited longest."""
    return sorted(rows, key=lambda row: (_ORDER[row.found.kind], row.found.until or row.found.since, row.found.subject))


def marked(found: Found, mark: Mark | None) -> Row:
    """The row under its mark."""
    return Row(found, mark or Mark())


def seen(row: Row, saw: Saw) -> Row:
    """The row with what the customer saw since it stands there; what was before tells nothing about it."""
    since = row.found.since

    def after(at: datetime | None) -> datetime | None:
        return at if at is not None and at >= since else None

    return replace(row, saw=replace(saw, opened_at=after(saw.opened_at), reached_at=after(saw.reached_at)))
