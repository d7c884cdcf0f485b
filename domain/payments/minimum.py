"""Sums too small to charge: they stay owed and are paid together with the next one (cases.md 55)."""

from __future__ import annotations

from integrations.gateways import minimums
from kit.errors import DomainError
from kit.i18n import _
from kit.money import Money


class TooSmall(DomainError):
    """The sum is below what the processor charges. Nothing is wrong with it: it is carried."""


def minimum(currency: str) -> Money:
    """The least amount that can be charged in this currency."""
    return minimums.least(currency)


def check_total(amount: Money) -> None:
    """Raises TooSmall when a payment of this amount cannot be asked for by itself."""
    if amount < minimum(amount.currency):
        raise too_small(amount)


def too_small(amount: Money) -> TooSmall:
    """What the person reads: nothing is lost, and what happens with it."""
    return TooSmall(
        _(
            "%(amount)s is too small to be charged by itself: the least is %(least)s. "
            "It is carried and paid together with the next one."
        )
        % {"amount": amount, "least": minimum(amount.currency)}
    )
