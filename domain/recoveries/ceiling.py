"""The card networks' ceiling: how often a card may be tried, whatever a merchant's policy says.

Counted per card at a processor account, over all of a customer's orders; a person's own tries count too.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from domain.payments.states import OPEN
from domain.recoveries.rulebook import Limit, rules
from models.methods import PaymentMethod
from models.payments import Attempt, AttemptState


def limits(brand: str) -> tuple[Limit, ...]:
    """A network's limits. Networks whose rules we do not know are held to Visa's, the strictest over a month."""
    return rules("mastercard" if brand.lower() == "mastercard" else "visa").limits


def reached(*, gateway_account: UUID, fingerprint: str, brand: str, now: datetime) -> bool:
    """Whether the card has no try left: declines in the network's window plus open attempts are at the limit.

    Right only while the card's CardUse row is locked, in the reserve.
    """
    mine = (Attempt.gateway_account == gateway_account) & (Attempt.fingerprint == fingerprint)
    # Open ones are counted first: one that is declined between the two questions counts twice, never not at all.
    under_way = Attempt.select().where(mine & Attempt.state.in_(list(OPEN))).count()
    for limit in limits(brand):
        since = now - limit.within
        declines = Attempt.select().where(mine & (Attempt.state == AttemptState.FAILED) & (Attempt.closed_at > since))
        if declines.count() + under_way >= limit.declines:
            return True
    return False


def declines_of(method: PaymentMethod, now: datetime) -> tuple[datetime, ...]:
    """Every "no" to this card at this processor account, whatever it was for and whoever asked (cases.md 39, 42)."""
    since = now - max(limit.within for limit in limits(method.brand))
    rows: Any = Attempt.select(Attempt.closed_at).where(
        (Attempt.gateway_account == method.gateway_account_id)
        & (Attempt.fingerprint == method.fingerprint)
        & (Attempt.state == AttemptState.FAILED)
        & (Attempt.closed_at > since)
    )
    return tuple(row.closed_at for row in rows)


def is_over(declines: Iterable[datetime], *, brand: str, at: datetime) -> bool:
    """Whether a card with these declines had no try left at that moment. Pure."""
    moments = list(declines)
    return any(sum(at - limit.within < moment <= at for moment in moments) >= limit.declines for limit in limits(brand))


def free_from(declines: Iterable[datetime], *, brand: str, after: datetime) -> datetime:
    """The first moment, not before `after`, at which a card with these declines has a try left. Pure."""
    moments, at = sorted(declines), after
    while True:
        later = [_free_under(limit, moments, at) for limit in limits(brand)]
        if max(later) == at:
            return at
        at = max(later)


def _free_under(limit: Limit, moments: list[datetime], at: datetime) -> datetime:
    counted = [moment for moment in moments if at - limit.within < moment <= at]
    return counted[-limit.declines] + limit.within if len(counted) >= limit.declines else at


def smallest() -> int:
    """The fewest declines that any network counts as too many."""
    return min(limit.declines for network in ("visa", "mastercard") for limit in rules(network).limits)
