"""The orders of a pay intention, with the amounts that the person saw and the part of each that they chose to pay."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from domain.payments import parts
from domain.payments.parts import Debt, Rule
from kit.errors import DomainError
from kit.money import Money, total
from models.base import locked, require_unit_of_work
from models.orders import IntentionOrder, Order, PayIntention


@dataclass(frozen=True)
class Choice:
    """What would be asked for. `opens`: all chosen orders; `takes`: how much of each, zero where it is not reached."""

    currency: str
    opens: Mapping[UUID, Money]
    takes: Mapping[UUID, Money]

    @property
    def amount(self) -> Money:
        """The sum on the button."""
        return total(list(self.takes.values()), self.currency)

    @property
    def whole(self) -> Money:
        """What is open on the chosen orders together."""
        return total(list(self.opens.values()), self.currency)

    @property
    def is_part(self) -> bool:
        """Whether something of the chosen orders stays open."""
        return self.amount != self.whole

    @property
    def asked(self) -> list[tuple[UUID, Money]]:
        """The orders that the amount reaches, with what is open on them."""
        return [(order, open_) for order, open_ in self.opens.items() if self.takes[order]]


def whole(debts: Iterable[Debt], currency: str) -> Choice:
    """All of every order."""
    opens = {debt.order: debt.open for debt in debts}
    return Choice(currency, opens, opens)


def part(amount: Money, debts: Sequence[Debt], rule: Rule) -> Choice:
    """One amount over these orders, the oldest first. Raises PartRefused or TooSmall."""
    shares = parts.spread(amount, debts, rule)
    opens = {debt.order: debt.open for debt in debts}
    return Choice(amount.currency, opens, {order: shares.get(order, Money(0, amount.currency)) for order in opens})


def keep(row: PayIntention, choice: Choice) -> None:
    """Writes the choice down, in place of the one before. In the caller's unit of work."""
    require_unit_of_work()
    locked(PayIntention.select(PayIntention.id).where(PayIntention.id == row.id)).get()  # a double click writes twice
    IntentionOrder.delete().where(IntentionOrder.intention == row).execute()
    for order, open_ in choice.opens.items():
        taken = choice.takes[order]
        IntentionOrder.create(
            intention=row, order=order, amount=open_.minor, part=None if taken == open_ else taken.minor
        )


def kept(row: PayIntention) -> Choice:
    """The choice as the person saw it."""
    opens, takes = {}, {}
    for line in IntentionOrder.select().where(IntentionOrder.intention == row).order_by(IntentionOrder.id):
        opens[line.order_id] = Money(line.amount, row.currency)
        takes[line.order_id] = Money(line.amount if line.part is None else line.part, row.currency)
    return Choice(row.currency, opens, takes)


def kept_now(row: PayIntention, rule: Rule) -> Choice:
    """The choice with what is open at this moment, as the page would show it."""
    lines = IntentionOrder.select(IntentionOrder, Order).join(Order).where(IntentionOrder.intention == row)
    return today(kept(row), [debt_of(line.order) for line in lines], rule)


def today(seen: Choice, debts: Sequence[Debt], rule: Rule) -> Choice:
    """The same wish over today's amounts: the same part where it is still allowed, else the whole."""
    if not seen.is_part or not debts:
        return whole(debts, seen.currency)
    try:
        return part(seen.amount, debts, rule)
    except DomainError:
        return whole(debts, seen.currency)


def debt_of(order: Order) -> Debt:
    """An order as spreading sees it."""
    return Debt(order.id, Money(order.open, order.currency), order.due_on, order.placed_at)
