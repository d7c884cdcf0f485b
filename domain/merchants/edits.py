"""What every form of the settings shares: all refused fields at once, and two people who edit at the same time."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from typing import Any, TypeVar
from uuid import UUID

from kit.errors import Conflict, DomainError
from kit.i18n import _
from models.base import locked, require_unit_of_work
from models.merchants import Merchant

T = TypeVar("T")


class Wrong(DomainError):
    """Some fields are refused; `errors` says why, by their names."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        first = next(iter(errors))
        super().__init__(errors[first], field=first)
        self.errors = dict(errors)


class Overtaken(Conflict):
    """Somebody saved this form since it was drawn. Nothing was saved now."""


def stamp(values: Mapping[str, Any]) -> str:
    """A short mark of how things stand, for a hidden field: other values give another mark."""
    told = json.dumps({name: str(value) for name, value in values.items()}, sort_keys=True)
    return hashlib.sha256(told.encode()).hexdigest()[:16]


def refuse_overtaken(was: str | None, values: Mapping[str, Any]) -> None:
    """Raises Overtaken unless the form was drawn over these values. None: the caller knows what stands (a command)."""
    if was is not None and was != stamp(values):
        raise Overtaken(
            _(
                "Somebody else changed this meanwhile. Nothing of yours is saved yet and nothing is lost: "
                "look at what stands now, then save again."
            )
        )


def locked_merchant(merchant: UUID) -> Merchant:
    """The merchant's row, locked until the commit: of two people who save, one is second."""
    require_unit_of_work()
    row: Merchant = locked(Merchant.select().where(Merchant.id == merchant)).get()
    return row


class Errors:
    """Collects what is refused, so that a person hears of all of it at once."""

    def __init__(self) -> None:
        self.found: dict[str, str] = {}

    def take(self, field: str, check: Callable[[], T], otherwise: T) -> T:
        """The checked value; a refusal is kept under its field."""
        try:
            return check()
        except DomainError as wrong:
            self.found[field] = wrong.sentence
            return otherwise

    def settle(self) -> None:
        """Raises Wrong if anything was refused."""
        if self.found:
            raise Wrong(self.found)


def whole(text: str, *, least: int, most: int) -> int:
    """A whole number between two bounds. Raises DomainError."""
    if not text.strip().isascii() or not text.strip().isdigit() or not least <= int(text.strip()[:9]) <= most:
        raise DomainError(_("Write a whole number from %(least)d to %(most)d.") % {"least": least, "most": most})
    return int(text.strip())
