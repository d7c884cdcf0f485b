"""The card networks' ceiling: how often a card may be tried, whatever a merchant's policy says.

Counted per card at a processor account, over all of a customer's orders; a person's own tries count too.
"""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID

from domain.payments.states import OPEN
from domain.recoveries.declines import RULES
from models.payments import Attempt, AttemptState


@lru_cache
def _windows() -> dict[str, Any]:
    return dict(json.loads((RULES / "networks.json").read_text())["windows"])


def windows(brand: str) -> list[dict[str, int]]:
    """A network's limits: so many `declines` in so many `days`."""
    return list(_windows().get(brand.lower(), _windows()["other"]))


def reached(*, gateway_account: UUID, fingerprint: str, brand: str, now: datetime) -> bool:
    """Whether the card has no try left: declines in the network's window plus open attempts are at the limit.

    Right only while the card's CardUse row is locked, in the reserve.
    """
    mine = (Attempt.gateway_account == gateway_account) & (Attempt.fingerprint == fingerprint)
    # Open ones are counted first: one that is declined between the two questions counts twice, never not at all.
    under_way = Attempt.select().where(mine & Attempt.state.in_(list(OPEN))).count()
    for window in windows(brand):
        since = now - timedelta(days=window["days"])
        declines = Attempt.select().where(mine & (Attempt.state == AttemptState.FAILED) & (Attempt.closed_at > since))
        if declines.count() + under_way >= window["declines"]:
            return True
    return False


def is_over(declines: list[datetime], *, brand: str, at: datetime) -> bool:
    """Whether a card with these declines had no try left at that moment. Pure."""
    return any(
        sum(at - timedelta(days=window["days"]) < moment <= at for moment in declines) >= window["declines"]
        for window in windows(brand)
    )


def smallest() -> int:
    """The fewest declines that any network counts as too many."""
    return min(int(window["declines"]) for rules in _windows().values() for window in rules)
