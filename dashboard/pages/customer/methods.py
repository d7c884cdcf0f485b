"""Payment methods: what is stored, which comes first, what will soon stop working."""

from __future__ import annotations

from dashboard.fragment import Fragment
from dashboard.render import fragment
from dashboard.said import heard
from dashboard.views.buying import customer_of
from domain.accounts.viewer import Viewer
from domain.methods.listing import listed
from kit.clock import utc_now
from kit.i18n import current_zone


def layout(viewer: Viewer) -> Fragment:
    """The list with its two ways to add."""
    merchant, customer = viewer.merchant, customer_of(viewer)
    return fragment(
        "customer/methods.html",
        base=f"/p/{merchant.slug}" if merchant else "",
        merchant=merchant,
        methods=listed(customer, today=utc_now().astimezone(current_zone()).date()),
        banks=bool(merchant and merchant.currency == "USD"),
        said=heard(),
    )
