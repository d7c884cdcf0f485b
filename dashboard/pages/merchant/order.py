"""One order: what it is for, what came in, what is tried next, everything that happened."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import g

from dashboard.fragment import Fragment
from dashboard.pages.merchant.house import house_of
from dashboard.pages.merchant.order_told import tell
from dashboard.pages.merchant.trail_words import outside_words
from dashboard.render import fragment
from dashboard.said import heard
from domain.accounts.viewer import Viewer
from domain.orders.merchant_view import order_at, order_whole
from kit.errors import NotFound
from kit.i18n import _


def layout(viewer: Viewer, order_id: UUID) -> Fragment:
    """The order's page."""
    house, row = house_of(viewer), _row(viewer, order_id)
    if row is None:
        raise NotFound(_("This order is not there."))
    order, base = order_whole(row), f"/merchant/{house.slug}"
    return fragment(
        "merchant/order.html",
        base=base,
        here=f"{base}/orders/{order.id}",
        order=order,
        said=heard(),
        told=[tell(entry) for entry in order.timeline],
        person=viewer,
        slug=house.slug,
        outside=outside_words,
        sources=_sources(),
    )


def exists(viewer: Viewer, order_id: UUID) -> bool:
    """Whether the order is this merchant's."""
    return _row(viewer, order_id) is not None


def _row(viewer: Viewer, order_id: UUID) -> Any:
    """Read once a request: the guard asks whether the order is there before its page is drawn."""
    kept = g.get("order_row")
    if kept is None or kept.id != order_id:
        kept = g.order_row = order_at(house_of(viewer).id, order_id)
    return kept


def _sources() -> dict[str, str]:
    return {
        "store": _("from the store"),
        "form": _("from a payment form"),
        "schedule": _("from a schedule"),
        "invoice": _("by your team"),
        "import": _("imported"),
    }
