"""What a row of work is about: whose it is, how much money is in it, where the row stands. Read from the store."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from domain.operations import about_rows
from domain.operations.about_rows import Facts, Row
from domain.operations.money import MoneyState, money_states
from domain.work.wake import Work
from kit.money import Money
from models.base import connected


class Standing(StrEnum):
    """Where a row of work stands at a moment."""

    DUE = "due"  # its time has come, and nobody has it
    CLAIMED = "claimed"  # somebody has it until its lease ends
    LATER = "later"  # its time has not come
    DONE = "done"  # nobody has to act on it any more


@dataclass(frozen=True)
class About:
    """What one row of work is about. Empty where the kind has no such thing."""

    kind: Work
    row: UUID
    facts: Facts
    money: MoneyState

    @property
    def merchant(self) -> UUID | None:
        """Whose work it is; None for the install's own."""
        return self.facts.merchant

    @property
    def merchant_slug(self) -> str:
        """The merchant's word in addresses."""
        return self.facts.merchant_slug

    @property
    def merchant_name(self) -> str:
        """The merchant's name."""
        return self.facts.merchant_name

    @property
    def customer(self) -> UUID | None:
        """The customer whom it touches."""
        return self.facts.customer

    @property
    def customer_name(self) -> str:
        """Their name: for an operator's screen, and kept nowhere else."""
        return self.facts.customer_name

    @property
    def order(self) -> UUID | None:
        """The order; the first by number when it is about several."""
        return self.facts.order

    @property
    def order_number(self) -> str:
        """That order's number."""
        return self.facts.order_number

    @property
    def payment(self) -> UUID | None:
        """The payment."""
        return self.facts.payment

    @property
    def attempt(self) -> UUID | None:
        """The attempt, for an attempt's own work and for a try that was made."""
        return self.facts.attempt

    @property
    def amount(self) -> Money | None:
        """How much money it is about."""
        return self.facts.amount

    def standing(self, now: datetime) -> Standing:
        """Where the row stands."""
        facts = self.facts
        if facts.due_at is None:
            return Standing.DONE
        if facts.lease_until is not None and facts.lease_until > now:
            return Standing.CLAIMED
        return Standing.DUE if facts.due_at <= now else Standing.LATER


def about(kind: Work, row_id: UUID) -> About | None:
    """What one row is about; None when there is no such row (any more)."""
    return abouts([(kind, row_id)]).get((kind, row_id))


def abouts(rows: Iterable[Row]) -> dict[Row, About]:
    """What each of these rows is about, of whatever kinds; rows that are gone are left out. A few queries a kind."""
    asked: dict[Work, list[UUID]] = defaultdict(list)
    for kind, id_ in dict.fromkeys(rows):
        asked[kind].append(id_)
    if not asked:
        return {}
    with connected():
        facts = about_rows.facts_of(asked)
        money = {kind: money_states(kind, [id_ for of, id_ in facts if of == kind]) for kind in asked}
    return {(kind, id_): About(kind, id_, one, money[kind][id_]) for (kind, id_), one in facts.items()}
