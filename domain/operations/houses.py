"""The merchants of the install, for the filter that stands on every operators' page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from models.base import connected
from models.merchants import Merchant

_MOST = 500


@dataclass(frozen=True)
class House:
    """A merchant, as operators name it."""

    id: UUID
    slug: str
    name: str


def houses() -> list[House]:
    """By name, at most 500: beyond, whoever looks types the address's `merchant`."""
    with connected():
        query: Any = Merchant.select(Merchant.id, Merchant.slug, Merchant.name).order_by(Merchant.name).limit(_MOST)
        return [House(*row) for row in query.tuples()]


def house_of(slug: str) -> House | None:
    """The merchant of that slug, or None."""
    with connected():
        found = Merchant.get_or_none(Merchant.slug == slug) if slug else None
    return House(found.id, found.slug, found.name) if found else None
