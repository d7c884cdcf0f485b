"""Payment methods: what is stored, which comes first, what will soon stop working."""

from __future__ import annotations

from dashboard.fragment import Fragment
from dashboard.render import fragment
from dashboard.said import heard
from dashboard.views.buying import customer_of
from domain.accounts.viewer import Viewer
from domain.methods.queries import authorized_methods, debits_under_way, methods_of


def layout(viewer: Viewer) -> Fragment:
    """The list with its two ways to add."""
    merchant, customer = viewer.merchant, customer_of(viewer)
    return fragment(
        "customer/methods.html",
        base=f"/p/{merchant.slug}" if merchant else "",
        merchant=merchant,
        methods=methods_of(customer),
        debits=debits_under_way(customer),
        authorized=authorized_methods(customer),
        banks=bool(merchant and merchant.currency == "USD"),
        said=heard(),
    )
