"""What a merchant lets its customers do by themselves at the portal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from domain.events.record import Actor, record
from domain.merchants.edits import locked_merchant, refuse_overtaken
from domain.merchants.policy import policy_of, store_policy
from models.base import require_unit_of_work, unit_of_work
from models.merchants import Merchant


@dataclass(frozen=True)
class Portal:
    """The switches of one merchant."""

    sign_in_links: bool  # customers may have a link mailed that signs them in once
    own_contact: bool  # customers change e-mail and phone themselves, with proof; otherwise they ask the merchant


def set_portal(
    *,
    merchant: UUID,
    actor: Actor,
    actor_id: UUID | None = None,
    sign_in_links: bool | None = None,
    own_contact: bool | None = None,
) -> Portal:
    """Turns switches on or off; None leaves one as it is. Answers how they stand now.

    With sign-in links off, those that are out in mails work no more.
    """
    asked = {"sign_in_links": sign_in_links, "own_contact": own_contact}
    with unit_of_work():
        before = Merchant.get_by_id(merchant)
        now = _store(before, {name: on for name, on in asked.items() if on is not None}, actor, actor_id)
    return Portal(now["sign_in_links"], now["own_contact"])


def _store(before: Merchant, asked: Mapping[str, bool], actor: Actor, actor_id: UUID | None) -> dict[str, bool]:
    require_unit_of_work()
    changed = {name: on for name, on in asked.items() if on != getattr(before, name)}
    if changed:
        Merchant.update(**changed).where(Merchant.id == before.id).execute()
        facts = {name: int(on) for name, on in changed.items()}
        record("portal.changed", merchant=before.id, actor=actor, actor_id=actor_id, facts=facts)
    return {name: getattr(before, name) for name in OWN} | changed


OWN = ("sign_in_links", "own_contact")  # of the merchant's row
OF_POLICY = (
    "part_payments",
    "part_floor",
    "promise_days",
    "move_days",
    "customers_skip",
    "tell_before_charge",
    "bill_days_ahead",
)


def switches_of(merchant: UUID) -> dict[str, Any]:
    """Everything that the portal lets customers do, by name. Two queries."""
    row, policy = Merchant.get_by_id(merchant), policy_of(merchant)
    return {name: getattr(row, name) for name in OWN} | {name: getattr(policy, name) for name in OF_POLICY}


def set_switches(*, merchant: UUID, staff: UUID, was: str | None, wanted: Mapping[str, Any]) -> tuple[str, ...]:
    """Turns switches, all or none, and answers the names of those that changed.

    Raises Wrong with every refused field, Overtaken when somebody else was faster.
    """
    with unit_of_work():
        row = locked_merchant(merchant)
        now = switches_of(merchant)
        refuse_overtaken(was, now)
        changed = {name: value for name, value in wanted.items() if value != now[name]}
        decided = {name: value for name, value in changed.items() if name in OF_POLICY}
        if decided:
            store_policy(merchant=merchant, actor=Actor.STAFF, actor_id=staff, changes=decided)
        _store(row, {name: value for name, value in changed.items() if name in OWN}, Actor.STAFF, staff)
    return tuple(changed)
