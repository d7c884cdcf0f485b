"""Purchases and receipts: the list, page by page, and one order whole."""

from __future__ import annotations

from uuid import UUID

from dashboard.fragment import Fragment
from dashboard.render import fragment
from dashboard.views.buying import customer_of
from domain.accounts.viewer import Viewer
from domain.orders.queries import order_detail, order_is_mine, purchases
from domain.recoveries.queries import offer
from kit.errors import NotFound
from kit.i18n import _


def layout(viewer: Viewer, page: str = "1") -> Fragment:
    """25 purchases, the newest first."""
    number = int(page) if page.isascii() and page.isdigit() and len(page) < 7 else 1
    base, zone = _house(viewer)
    shown = purchases(customer_of(viewer), zone=zone, page=number)
    here = f"{base}/purchases"
    newer = f"{here}?page={shown.number - 1}" if shown.number > 1 else ""
    older = f"{here}?page={shown.number + 1}" if shown.has_older else ""
    return fragment(
        "customer/purchases.html", base=base, page=shown, newer=newer, older=older, merchant=viewer.merchant
    )


def order(viewer: Viewer, order_id: UUID) -> Fragment:
    """What was bought, what it cost, everything that was tried."""
    base, zone = _house(viewer)
    detail = order_detail(customer_of(viewer), order_id, zone=zone)
    if detail is None:
        raise NotFound(_("This purchase is not there."))
    promised = offer(customer_of(viewer), order_id) if detail.open else None
    return fragment("customer/order.html", base=base, order=detail, offer=promised)


def exists(viewer: Viewer, order_id: UUID) -> bool:
    """Whether the order is this customer's."""
    return order_is_mine(customer_of(viewer), order_id)


def _house(viewer: Viewer) -> tuple[str, str]:
    return (f"/p/{viewer.merchant.slug}", viewer.merchant.zone) if viewer.merchant else ("", "UTC")
