"""Suspending a merchant's automatic charges: the clock makes none, and everything else goes on."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from domain.operations.acts import Act, act
from domain.operations.pause import lift, put
from domain.work.due import IN_WAVES, backlog
from kit.errors import Conflict, NotFound
from kit.i18n import _
from models.base import connected, unit_of_work
from models.merchants import Merchant
from models.operations import Stop, StopWhat


def suspend_merchant(*, merchant: str, until: datetime | None, reason: str, staff: UUID | None, handle: UUID) -> bool:
    """No first automatic try, no retry for this merchant (a slug). What is due stays due; customers may pay; refunds,
    outcomes and mails go on. A charge that was reserved before is finished.

    False when this handle has acted before. Raises NotFound, Conflict (suspended already), DomainError at `until` or
    `reason`.
    """
    with unit_of_work():
        house = _house(merchant)
        if act(act=Act.SUSPEND, staff=staff, reason=reason, handle=handle, about=house.slug, merchant=house.id) is None:
            return False
        name = str(house.id)
        if not put(StopWhat.MERCHANT, name, until=until, reason=reason, staff=staff, merchant=house.id):
            raise Conflict(_("This merchant’s automatic charges are suspended already. Nothing was changed."))
        return True


def resume_merchant(*, merchant: str, reason: str, staff: UUID | None, handle: UUID) -> bool:
    """The clock charges again for this merchant (a slug): what came due meanwhile is done now, once, at its pace.

    False when this handle has acted before, or when nothing was suspended. Raises NotFound, DomainError at `reason`.
    """
    with unit_of_work():
        house = _house(merchant)
        if (
            act(act=Act.UNSUSPEND, staff=staff, reason=reason, handle=handle, about=house.slug, merchant=house.id)
            is None
        ):
            return False
        return bool(lift((Stop.what == StopWhat.MERCHANT) & (Stop.merchant == house), staff))


def _house(slug: str) -> Merchant:
    found: Merchant | None = Merchant.get_or_none(Merchant.slug == slug)
    if found is None:
        raise NotFound(_("There is no merchant at this address."))
    return found


def name_of(slug: str) -> str:
    """What a merchant is called. Raises NotFound."""
    with connected():
        return str(_house(slug).name)


def due_now(slug: str, now: datetime) -> int:
    """The merchant's automatic charges that are due and not done: what waits, or would. Raises NotFound."""
    with connected():
        due = backlog(now, merchant=_house(slug).id)
    return sum(one.count for one in due if one.kind in IN_WAVES)


def houses() -> list[tuple[str, str]]:
    """Address and name of every merchant, by name: whose automatic charges may be suspended."""
    with connected():
        rows: Any = Merchant.select(Merchant.slug, Merchant.name).order_by(Merchant.name, Merchant.slug).tuples()
        return list(rows)
