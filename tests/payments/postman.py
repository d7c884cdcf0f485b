"""Brings the sandbox's events to our door as Stripe would: signed, any number of times, in any order, whenever."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from domain.payments import hints
from domain.work.due import due
from domain.work.perform import perform
from domain.work.wake import Work
from kit.clock import utc_now
from models.merchants import GatewayAccount
from sandbox.inprocess import InProcess
from sandbox.webhooks import sign

SECRET = "whsec_test"


def events(sandbox: InProcess, *, after: int = 0) -> list[dict[str, Any]]:
    """Everything that has happened at the sandbox, oldest first, but for the first so many."""
    return [event.body for event in sandbox.world.store.every("event")][after:]


def bring(account: GatewayAccount, told: Iterable[dict[str, Any]], *, secret: str = SECRET, late: int = 0) -> None:
    """Delivers events, signed now or so many seconds ago. Raises what the door raises."""
    for event in told:
        body = json.dumps(event)
        signature = sign(body, secret, int(utc_now().timestamp()) - late)
        hints.receive(path_token=account.path_token, body=body.encode(), signature=signature)


def apply_due() -> int:
    """Lets a worker apply every hint that is due; returns how many."""
    rows = [row for row in due(utc_now()) if row.kind == Work.WEBHOOK]
    for row in rows:
        perform(row.kind, row.id)
    return len(rows)
