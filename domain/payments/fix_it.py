"""A fix-it link: pays one order with a new method, without signing in. It shows no name, address or stored method."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from domain.accounts import links
from domain.orders.owed import OrderView, outstanding
from domain.payments import intention
from domain.payments.intention import Buyer
from domain.recoveries.declines import reason
from kit.clock import utc_now
from kit.i18n import _
from kit.ids import as_uuid
from kit.money import Money
from models.base import unit_of_work
from models.customers import LinkToken
from models.orders import Order, PayIntention


@dataclass(frozen=True)
class Bill:
    """What the link's page shows. `under_way`: a payment is open on it, so it cannot be paid now."""

    number: str
    amount: Money
    why: str  # a few words, or nothing
    under_way: bool
    final_on: date | None = None  # of a bank debit that is on its way


def bill(*, merchant: UUID, token: str) -> Bill | None:
    """What a link is for, or None: forged, another merchant's, too old, replaced or settled.

    Notes when it was opened first, which the merchant is told; it consumes nothing. A mail scanner opens links too.
    """
    found = _open(merchant, token)
    if found is None:
        return None
    _first_shown(found[1].link)
    return _bill(found[0])


def _first_shown(link: UUID | None) -> None:
    fresh = (LinkToken.id == link) & LinkToken.opened_at.is_null()
    if LinkToken.select().where(fresh).exists():
        with unit_of_work():
            LinkToken.update(opened_at=utc_now()).where(fresh).execute()


def begin(*, merchant: UUID, token: str) -> str | None:
    """A pay intention for the link's one order; its handle takes the token's place in addresses. None: dead link.

    Raises DomainError when a payment is under way.
    """
    found = _open(merchant, token)
    if found is None:
        return None
    view, buyer = found
    return intention.begin(buyer=buyer, orders=[view.id])


def buyer_of(*, merchant: UUID, handle: str) -> Buyer | None:
    """Whom a fix-it handle stands for: it is the only key there is, so an expired or signed-in one gives None."""
    row = PayIntention.get_or_none((PayIntention.handle == handle) & (PayIntention.merchant == merchant))
    if row is None or row.link is None or row.expires_at <= utc_now():
        return None
    return Buyer(customer=row.customer_id, link=as_uuid(row.link))


def _open(merchant: UUID, token: str) -> tuple[OrderView, Buyer] | None:
    opened = links.open_fix_it(token)
    order = Order.get_or_none((Order.id == opened.order) & (Order.merchant == merchant)) if opened else None
    if opened is None or order is None:
        return None
    view = next(view for view in outstanding(order.customer_id) if view.id == order.id)
    return view, Buyer(customer=order.customer_id, link=opened.link)


def _bill(view: OrderView) -> Bill:
    # The method's name stays out of it: whoever holds the link need not be the person who owns the card.
    why = reason(view.failure.code, method=_("your card")).short if view.failure else ""
    return Bill(view.number, view.open, why, under_way=not view.payable, final_on=view.final_on)
