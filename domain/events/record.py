"""The trail: what happened, to whose record, by whom. Ids and codes only; also what the figures are counted from."""

from __future__ import annotations

import json
from collections.abc import Mapping
from enum import StrEnum
from uuid import UUID

from domain.reports import dirty
from kit.clock import utc_now
from models.base import require_unit_of_work
from models.work import Event


class Actor(StrEnum):
    """Who did it."""

    CUSTOMER = "customer"
    STAFF = "staff"
    OPERATOR = "operator"
    CLOCK = "clock"
    GATEWAY = "gateway"
    COMMAND = "command"


# After these, a customer may stand at another step of the portal's adoption: its figures are counted anew.
_STEPS = frozenset(
    {
        "access.granted",
        "account.confirmed",
        "account.signed_in",
        "customer.made",
        "customer.merged",
        "customer.merge_undone",
        "payment.succeeded",
    }
)


def record(
    kind: str,
    *,
    merchant: UUID | None,
    actor: Actor,
    actor_id: UUID | None = None,
    customer: UUID | None = None,
    subject: UUID | None = None,
    facts: Mapping[str, str | int] | None = None,
) -> None:
    """Writes one event in the caller's unit of work. `kind` is `noun.verb`, e.g. `payment.succeeded`."""
    require_unit_of_work()
    now = utc_now()
    if merchant is not None and kind in _STEPS:
        dirty.mark(merchant, now, what=dirty.ADOPTION)
    Event.create(
        merchant=merchant,
        kind=kind,
        at=now,
        actor=actor,
        actor_id=actor_id and str(actor_id),
        customer_id=customer and str(customer),
        subject_id=subject and str(subject),
        facts=json.dumps(dict(facts or {})),
    )
