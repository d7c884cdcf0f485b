"""What a merchant lets its customers do by themselves at the portal."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from domain.events.record import Actor, record
from models.base import unit_of_work
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
        changed = {name: on for name, on in asked.items() if on is not None and on != getattr(before, name)}
        if changed:
            Merchant.update(**changed).where(Merchant.id == merchant).execute()
            facts = {name: int(on) for name, on in changed.items()}
            record("portal.changed", merchant=merchant, actor=actor, actor_id=actor_id, facts=facts)
        now = Merchant.get_by_id(merchant)
    return Portal(now.sign_in_links, now.own_contact)
