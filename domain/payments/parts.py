"""Paying a part: which amounts are allowed, and how one amount is spread over several orders. Pure.

A part leaves something to pay later, so both sides must be payable: the part is at least the merchant's floor, and what
remains is at least the processor's minimum. An order paid in whole needs neither; only the sum of a payment does.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from domain.payments.minimum import minimum, too_small
from kit.errors import DomainError
from kit.i18n import _
from kit.money import Money


class PartRefused(DomainError):
    """This amount cannot be taken. The sentence states the rule and the nearest amounts that can."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence, field="amount")


@dataclass(frozen=True)
class Debt:
    """What spreading needs to know of an open order."""

    order: UUID
    open: Money
    due_on: date
    placed_at: datetime


@dataclass(frozen=True)
class Rule:
    """`floor`: the least part of an order; `least`: the least sum of a charge, and of a remainder."""

    offered: bool
    floor: Money
    least: Money


def rule_of(*, offered: bool, floor: Money, currency: str) -> Rule:
    """A merchant's policy in this currency; its floor is in the merchant's own and says nothing of another."""
    least = minimum(currency)
    own = floor.currency == currency and least < floor
    return Rule(offered, floor if own else least, least)


def oldest_first(debts: Iterable[Debt]) -> list[Debt]:
    """In the order in which an amount fills them: due day, then the day they were placed."""
    return sorted(debts, key=lambda debt: (debt.due_on, debt.placed_at, debt.order))


def spread(amount: Money, debts: Sequence[Debt], rule: Rule) -> dict[UUID, Money]:
    """How much of which order the amount pays: whole orders, oldest first, the last one in part.

    Orders that it does not reach are missing. Raises PartRefused or TooSmall; then nothing was decided.
    """
    ordered = oldest_first(debts)
    if amount not in _allowed_near(amount, ordered, rule):
        raise _refusal(amount, ordered, rule)
    shares, rest = {}, amount
    for debt in ordered:
        if not rest:
            break
        shares[debt.order] = debt.open if debt.open <= rest else rest
        rest -= shares[debt.order]
    return shares


def check(takes: Mapping[UUID, Money], debts: Iterable[Debt], rule: Rule) -> None:
    """Raises PartRefused unless every share is allowed by itself: whole, or a part with both sides payable."""
    for debt in debts:
        take = takes[debt.order]
        if take != debt.open and take not in _parts_near(take, debt, rule):
            raise _refusal(take, [debt], rule)


def can_divide(debts: Iterable[Debt], rule: Rule) -> bool:
    """Whether any of these orders is large enough to be paid in part."""
    return any(_parts_near(rule.floor, debt, rule) for debt in debts)


def _sum(debts: Sequence[Debt]) -> Money:
    total = debts[0].open
    for debt in debts[1:]:
        total = total + debt.open
    return total


def _parts_near(amount: Money, debt: Debt, rule: Rule) -> list[Money]:
    """The allowed parts of one order that are nearest to an amount from below and above, or the amount itself."""
    low, high = rule.floor, debt.open - rule.least
    if not rule.offered or high < low:
        return []
    return [low if amount <= low else high if high <= amount else amount]


def _allowed_near(amount: Money, ordered: Sequence[Debt], rule: Rule) -> list[Money]:
    """Allowed sums among which the nearest to `amount` are: whole orders up to each, and parts of the next one."""
    found, whole = [], Money(0, amount.currency)
    for debt in ordered:
        found += [whole + part for part in _parts_near(amount - whole, debt, rule)]
        whole = whole + debt.open
        found.append(whole)
    return [each for each in found if rule.least <= each]


def _refusal(amount: Money, ordered: Sequence[Debt], rule: Rule) -> DomainError:
    if not ordered:
        return PartRefused(_("Choose at least one purchase to pay."))
    whole, near = _sum(ordered), _allowed_near(amount, ordered, rule)
    if whole < rule.least:
        return too_small(whole)
    if whole < amount:
        return PartRefused(
            _("%(amount)s is more than what is open here. You can pay up to %(whole)s.")
            % {"amount": amount, "whole": whole}
        )
    if not rule.offered:
        return PartRefused(_("Purchases are paid in whole here. %(nearest)s") % {"nearest": _nearest(amount, near)})
    return PartRefused(
        _("A part is at least %(floor)s, and what remains must be at least %(least)s. %(nearest)s")
        % {"floor": rule.floor, "least": rule.least, "nearest": _nearest(amount, near)}
    )


def _nearest(amount: Money, near: Sequence[Money]) -> str:
    below = max((each for each in near if each < amount), default=None)
    above = min((each for each in near if amount < each), default=None)
    if below and above:
        return _("The nearest amounts are %(below)s and %(above)s.") % {"below": below, "above": above}
    return _("The nearest amount is %(nearest)s.") % {"nearest": below or above}
