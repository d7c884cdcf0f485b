"""Two people after all: said once, remembered (cases.md 75)."""

from __future__ import annotations

from uuid import UUID

from domain.events.record import Actor, record
from kit.clock import utc_now
from kit.errors import NotFound
from kit.i18n import _
from models.base import unit_of_work
from models.console import DuplicatePair, NotDuplicate
from models.customers import Customer


def not_duplicates(*, merchant: UUID, one: UUID, other: UUID, staff: UUID) -> None:
    """Remembers that these are two people; they are not offered again. Harmless twice. Raises NotFound."""
    low, high = sorted((one, other))
    with unit_of_work():
        mine = Customer.select(Customer.id).where(Customer.merchant == merchant, Customer.id.in_((low, high)))
        if low == high or mine.count() != len((low, high)):
            raise NotFound(_("One of these records is not there any more."))
        said = {"merchant": merchant, "one": low, "other": high, "staff": staff, "at": utc_now()}
        NotDuplicate.insert(**said).on_conflict_ignore().execute()
        DuplicatePair.delete().where(DuplicatePair.one == low, DuplicatePair.other == high).execute()
        record(
            "customer.not_duplicate",
            merchant=merchant,
            actor=Actor.STAFF,
            actor_id=staff,
            customer=low,
            subject=high,
        )
