"""A merchant's portal address. An old one leads to the present one for good, and is never given to anybody else."""

from __future__ import annotations

import re
from uuid import UUID

from peewee import IntegrityError

from domain.events.record import Actor, record
from domain.merchants.edits import locked_merchant
from kit.clock import utc_now
from kit.errors import Conflict, DomainError
from kit.i18n import _
from models.base import unit_of_work
from models.merchants import Merchant, OldSlug

_SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?\Z")
# Plain pages stand under /merchant/<word> and /p/<slug>/<word>; a merchant of that name would hide behind them. The
# rest would be taken for ours by customers.
RESERVED = frozenset(
    "sign-in sign-out forgot check-your-mail set-password second-factor code prove proof choose join invite new you "
    "team settings operations merchant merchants p api assets static webhooks healthz readyz metrics admin login "
    "logout settle support help www mail demo appearance language leaving".split()
)


def checked_slug(text: str) -> str:
    """A portal address that may be. Raises DomainError for a reserved word or a wrong shape."""
    if text in RESERVED:
        raise DomainError(_("“%(slug)s” is an address of our own. Choose another.") % {"slug": text}, field="slug")
    if not _SLUG.match(text):
        raise DomainError(
            _("“%(slug)s” cannot be a portal address. Use small letters, digits and hyphens, at most 40.")
            % {"slug": text[:60]},
            field="slug",
        )
    return text


def refuse_taken(slug: str, *, merchant: UUID | None = None) -> None:
    """Raises Conflict when the address is, or once was, another merchant's."""
    taken = Merchant.select().where(Merchant.slug == slug, Merchant.id != merchant if merchant else True)
    old = OldSlug.select().where(OldSlug.slug == slug, OldSlug.merchant != merchant if merchant else True)
    if taken.exists() or old.exists():
        raise Conflict(_("The portal address /p/%(slug)s is taken. Choose another.") % {"slug": slug}, field="slug")


def change_slug(*, merchant: UUID, staff: UUID, was: str, slug: str) -> str:
    """Gives the merchant another portal address; the one of until now leads to it from now on. Answers the new one.

    `was` is the address that the person saw. Back to an earlier address of one's own is fine. Sessions stay: they name
    the merchant by its id. Raises DomainError or Conflict, field `slug`.
    """
    wanted = checked_slug(slug.strip().lower())
    try:
        with unit_of_work():
            row = locked_merchant(merchant)
            if wanted == row.slug:
                raise DomainError(_("This is your address already."), field="slug")
            if row.slug != was:
                raise Conflict(
                    _("Somebody else changed the address meanwhile: it is /p/%(slug)s now.") % {"slug": row.slug},
                    field="slug",
                )
            refuse_taken(wanted, merchant=merchant)
            OldSlug.delete().where(OldSlug.slug == wanted, OldSlug.merchant == merchant).execute()
            OldSlug.create(slug=row.slug, merchant=merchant, retired_at=utc_now())
            Merchant.update(slug=wanted).where(Merchant.id == merchant).execute()
            facts = {"from": row.slug, "to": wanted}
            record("merchant.address_changed", merchant=merchant, actor=Actor.STAFF, actor_id=staff, facts=facts)
    except IntegrityError:  # another merchant took it in the same moment
        raise Conflict(
            _("The portal address /p/%(slug)s is taken. Choose another.") % {"slug": wanted}, field="slug"
        ) from None
    return wanted


def present_of(slug: str) -> str | None:
    """Where an old portal address leads, or None when it is no old one. One query."""
    row = OldSlug.select(OldSlug, Merchant).join(Merchant).where(OldSlug.slug == slug).first()
    return None if row is None else str(row.merchant.slug)


def old_addresses(merchant: UUID) -> tuple[str, ...]:
    """The addresses that lead on to the merchant's present one, the latest first."""
    rows = OldSlug.select(OldSlug.slug).where(OldSlug.merchant == merchant).order_by(OldSlug.retired_at.desc())
    return tuple(row.slug for row in rows)
