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


def reached(*, gateway_account: UUID, fingerprint: str, brand: str, now: datetime) -> bool:
    """Whether the card has no try left: declines in the network's window plus open attempts are at the limit.

    Right only while the card's CardUse row is locked, in the reserve.
    """
    mine = (Attempt.gateway_account == gateway_account) & (Attempt.fingerprint == fingerprint)
    under_way = Attempt.select().where(mine & Attempt.state.in_(list(OPEN))).count()
    for window in _windows().get(brand.lower(), _windows()["other"]):
        since = now - timedelta(days=window["days"])
        declines = Attempt.select().where(mine & (Attempt.state == AttemptState.FAILED) & (Attempt.closed_at > since))
        if declines.count() + under_way >= window["declines"]:
            return True
    return False
