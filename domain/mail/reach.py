"""Addresses that a relay refused for good. Kept as hashes; forgotten as soon as the mailbox proves itself again."""

from __future__ import annotations

from kit.clock import utc_now
from kit.crypto import digest
from models.base import require_unit_of_work
from models.work import UnreachableAddress


def is_unreachable(address: str) -> bool:
    """Whether a relay has refused this address for good."""
    return bool(UnreachableAddress.select().where(UnreachableAddress.address_hash == digest(address)).exists())


def refused(address: str, result: str) -> None:
    """Marks an address, in a unit of work."""
    require_unit_of_work()
    UnreachableAddress.insert(
        address_hash=digest(address), since=utc_now(), result=result[:200]
    ).on_conflict_ignore().execute()


def reached(address: str) -> None:
    """Forgets the mark, in a unit of work: a mail was accepted, or a mailed link came back."""
    require_unit_of_work()
    UnreachableAddress.delete().where(UnreachableAddress.address_hash == digest(address)).execute()
