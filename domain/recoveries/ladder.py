"""When a failed automatic payment is tried again. Pure: facts in, a plan out.

For now a fixed ladder: 1, 3 and 7 days after the first failure at the merchant's hour.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.recoveries.declines import blocks_account, group, is_hard
from kit.calendar import at_local_hour, local_day

STEPS = (1, 3, 7)


@dataclass(frozen=True)
class Next:
    """Try again at `at`; `reason` says why then, for merchants."""

    at: datetime
    reason: str
    slots: tuple[datetime, ...]


@dataclass(frozen=True)
class Stop:
    """No further automatic try; `exhausted` when the ladder has ended, else the method is the trouble."""

    reason: str
    exhausted: bool


def plan(*, opened_at: datetime, tries_made: int, decline: str, now: datetime, zone: str, hour: int) -> Next | Stop:
    """The next automatic try after a failure, or why there is none. `tries_made` counts retries, not the first try."""
    if group(decline) == "confirm":
        return Stop("The bank wants the customer to confirm; a link was sent.", exhausted=False)
    if is_hard(decline) or blocks_account(decline):
        return Stop("A hard decline: this method is not tried again by itself.", exhausted=False)
    first_day = local_day(opened_at, zone)
    slots = tuple(at_local_hour(first_day + timedelta(days=step), hour, zone) for step in STEPS)
    for n, at in enumerate(slots):
        if n >= tries_made and at > now:
            return Next(at, f"Try {n + 1} of {len(STEPS)}: {STEPS[n]} days after the first failure.", slots)
    return Stop(f"All {len(STEPS)} tries were made.", exhausted=True)
