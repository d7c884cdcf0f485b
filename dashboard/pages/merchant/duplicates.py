"""Customers who may be one person, with what speaks for it; below them the merges that were made."""

from __future__ import annotations

from dash import html

from dashboard.render import fragment
from dashboard.said import heard
from domain.accounts.viewer import Role, Viewer
from domain.duplicates import queries


def layout(viewer: Viewer, page: str = "1") -> html.Div:
    """The page. `page` is the list's page, as the address claims it."""
    merchant = viewer.merchant
    assert merchant is not None  # the guard: a row with a slug has the viewer's merchant
    number = int(page) if page.isdecimal() and len(page) < 6 else 1
    return html.Div(
        fragment(
            "merchant/duplicates.html",
            class_name="stack",
            listed=queries.pairs(merchant, page=number),
            merges=queries.merges(merchant),
            base=f"/merchant/{merchant.slug}",
            may_act=viewer.may(Role.MANAGER),
            said=heard(),
        )
    )
