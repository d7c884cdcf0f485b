"""How fast a processor account is charged unattended: so many charges a second, whoever makes them.

`paced_until` is the end of the slots that are taken. A person's press takes none and waits for none.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from kit.log import log
from models.base import connected
from models.merchants import GatewayAccount

_SECOND = timedelta(seconds=1)
_REST = timedelta(seconds=10)  # after "too many requests" (429)
_TRIES = 10


def take(account: UUID, *, wanted: int, now: datetime, until: datetime) -> list[datetime]:
    """Takes the next free slots, at most `wanted`, all of them before `until`; the moments at which to charge.

    Empty when none is free by then, or the account is not in use (switched off, or no charges a second).
    """
    with connected():
        for _try in range(_TRIES):
            row = GatewayAccount.get_or_none((GatewayAccount.id == account) & GatewayAccount.active)
            if row is None or row.charges_a_second < 1:
                return []
            start, gap = max(row.paced_until or now, now), _SECOND // row.charges_a_second
            count = min(wanted, -((start - until) // gap))
            if count < 1:
                return []
            if _take(row, start + gap * count):
                return [start + gap * n for n in range(count)]
    return []


def _take(seen: GatewayAccount, end: datetime) -> bool:
    """Compare-and-set: of two at once one is told to look again."""
    paced = GatewayAccount.paced_until
    same = paced.is_null() if seen.paced_until is None else paced == seen.paced_until
    return bool(GatewayAccount.update(paced_until=end).where((GatewayAccount.id == seen.id) & same).execute())


def slow_down(account: UUID, *, now: datetime) -> None:
    """The processor said that it is asked too often: no slots for ten seconds."""
    paced, rested = GatewayAccount.paced_until, now + _REST
    sooner = paced.is_null() | (paced < rested)
    with connected():
        slowed = GatewayAccount.update(paced_until=rested).where((GatewayAccount.id == account) & sooner).execute()
    if slowed:
        log().warning("pace.slowed_down", account=str(account))
