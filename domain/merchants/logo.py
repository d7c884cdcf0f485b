"""A merchant's logo: set, taken away, given to pages, mails and receipts."""

from __future__ import annotations

from uuid import UUID

from domain.events.record import Actor, record
from domain.merchants.redraw import Drawn, redrawn
from kit.clock import utc_now
from models.base import require_unit_of_work, unit_of_work
from models.merchants import Logo, Merchant


def set_logo(*, merchant: UUID, file: bytes, actor: Actor, actor_id: UUID | None = None) -> tuple[str, ...]:
    """Keeps a picture as the merchant's logo, in place of the one before. Answers in sentences what was adjusted.

    Raises DomainError (field `logo`) for a picture that `redrawn` refuses. The same picture again changes nothing.
    """
    drawn = redrawn(file)
    with unit_of_work():
        store_logo(merchant=merchant, drawn=drawn, actor=actor, actor_id=actor_id)
    return drawn.notes


def store_logo(*, merchant: UUID, drawn: Drawn, actor: Actor, actor_id: UUID | None) -> bool:
    """Keeps a drawn picture, in the caller's unit of work; False when it is the one that stands."""
    require_unit_of_work()
    known = Logo.get_or_none(Logo.merchant == merchant)
    if known is not None and known.digest == drawn.digest:
        return False
    row = known or Logo(merchant=merchant)
    row.digest, row.image, row.width, row.height = drawn.digest, drawn.image, drawn.width, drawn.height
    row.made_at = utc_now()
    row.save(force_insert=known is None)
    record("logo.changed", merchant=merchant, actor=actor, actor_id=actor_id)
    return True


def remove_logo(*, merchant: UUID, actor: Actor, actor_id: UUID | None = None) -> None:
    """Goes back to the initials. No logo is fine."""
    with unit_of_work():
        take_logo_away(merchant=merchant, actor=actor, actor_id=actor_id)


def take_logo_away(*, merchant: UUID, actor: Actor, actor_id: UUID | None) -> bool:
    """The same in the caller's unit of work; False when there was none."""
    require_unit_of_work()
    if not Logo.delete().where(Logo.merchant == merchant).execute():
        return False
    record("logo.removed", merchant=merchant, actor=actor, actor_id=actor_id)
    return True


def logo_of(merchant: UUID) -> bytes | None:
    """The merchant's logo as PNG, at most 480 × 160, or None. One query."""
    row = Logo.select(Logo.image).where(Logo.merchant == merchant).first()
    return None if row is None else bytes(row.image)


def logo_at(slug: str, digest: str) -> bytes | None:
    """The logo that stands at this address, or None: of another merchant, or of an earlier day. One query."""
    chosen = Logo.select(Logo.image).join(Merchant).where(Merchant.slug == slug, Logo.digest == digest)
    row = chosen.first()
    return None if row is None else bytes(row.image)
