"""Import and export: the files that were brought in, and every list that can be taken away."""

from __future__ import annotations

from dash import html

from dashboard.render import fragment
from dashboard.said import heard
from dashboard.views.imports import names
from domain.accounts.viewer import Role, Viewer
from domain.imports.screen import runs


def layout(viewer: Viewer) -> html.Div:
    """The page."""
    merchant = viewer.merchant
    assert merchant is not None  # the guard: a row with a slug has the viewer's merchant
    return html.Div(
        fragment(
            "merchant/data.html",
            class_name="stack",
            runs=runs(merchant.id),
            names=names(),
            base=f"/merchant/{merchant.slug}",
            may_act=viewer.may(Role.MANAGER),
            said=heard(),
        )
    )
