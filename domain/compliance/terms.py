"""What the gauges are made of. Pure: counts in, a rate and a judgement out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum

from domain.recoveries.rulebook import rules

LEAST_DEBITS = 100  # fewer say nothing about a rate: one return of 50 debits is 2 % already
LEAST_RETURNS = 2  # one return alone never stops anything
_WHOLE = 10_000  # basis points
_HUNDRED = 100


class What(StrEnum):
    """What a brake stops."""

    BANK_DEBITS = "bank_debits"  # automatic ones; who presses may still pay from a bank account


class Group(StrEnum):
    """Nacha's groups of returns; the words are those of the rule file."""

    UNAUTHORIZED = "unauthorized"
    ADMINISTRATIVE = "administrative"
    ALL = "all"


@dataclass(frozen=True)
class Gauge:
    """Returns of a group against Nacha's limit: so many of so many debits in `within`."""

    group: Group
    returns: int
    debits: int
    basis_points: int  # the limit, in hundredths of a percent
    within: timedelta
    codes: tuple[str, ...]  # those of the group; empty: every code there is
    brake_at: int  # percent of the limit at which the brake is set

    @property
    def enough(self) -> bool:
        """Whether there are debits enough to judge."""
        return self.debits >= LEAST_DEBITS

    @property
    def rate(self) -> Decimal | None:
        """The rate in percent with two decimals, rounded half up; None without debits."""
        return _percent(self.returns * _WHOLE, self.debits) if self.debits else None

    @property
    def limit(self) -> Decimal:
        """The limit in percent with two decimals."""
        return _percent(self.basis_points, 1)

    @property
    def brakes_from(self) -> Decimal:
        """The rate in percent at which the brake is set, with two decimals."""
        return _percent(self.basis_points * self.brake_at, _HUNDRED)

    @property
    def too_high(self) -> bool:
        """Whether the brake is due: debits and returns enough, and the rate has reached `brake_at` of the limit."""
        if not self.enough or self.returns < LEAST_RETURNS:
            return False
        return self.returns * _WHOLE * _HUNDRED >= self.basis_points * self.brake_at * self.debits


def _percent(basis_points: int, whole: int) -> Decimal:
    return (Decimal(basis_points) / (_HUNDRED * Decimal(whole))).quantize(Decimal("0.01"), ROUND_HALF_UP)


def codes_of(group: Group) -> tuple[str, ...]:
    """The return codes that count in a group, by domain/recoveries/rules/nacha.json; all of them have no list."""
    return tuple(sorted(code for code, rule in rules("nacha").codes.items() if rule.counts_as == group))


def gauges(counted: dict[str, int], *, debits: int, brake_at: int) -> tuple[Gauge, ...]:
    """The three gauges of a processor account. `counted`: how many returns there were of each code.

    Nacha's limits on an originator: 0.5 % unauthorised, 3 % administrative, 15 % of all, over 60 days (read at second
    hand: legalclarity.org, icheckgateway.com; dated in the rule file).
    """
    found = []
    for level in rules("nacha").levels:
        group = Group(level.counts_as)
        codes = codes_of(group)
        returns = sum(count for code, count in counted.items() if group is Group.ALL or code in codes)
        found.append(Gauge(group, returns, debits, level.basis_points, level.within, codes, brake_at))
    return tuple(found)
