"""The customer's own pages inside the console: the same layouts, a read-only viewer, nothing to press."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from dash.development.base_component import Component

from dashboard import inert, routes
from domain.accounts.viewer import Viewer


def layout(drawn: Callable[..., Component], viewer: Viewer, customer_id: UUID, **ids: Any) -> Component:
    """What `drawn`, the layout of the customer's page, shows this customer; every link stays inside."""
    slug = viewer.merchant.slug if viewer.merchant else ""
    return inert.page(drawn(viewer, **ids), lambda href: inside(href, slug, customer_id))


def exists(there: Callable[..., bool] | None, viewer: Viewer, customer_id: UUID, **ids: Any) -> bool:
    """Whether the look is open on this customer, and the object is theirs."""
    if not viewer.read_only or viewer.customer_id != customer_id:
        return False
    return there is None or there(viewer, **ids)


def inside(href: str, slug: str, customer_id: UUID) -> str | None:
    """The address inside the look of a link on a customer's page; None for what is not shown there."""
    if href.startswith(("#", "?")):
        return href
    path, own = urlsplit(href).path, f"/p/{slug}"
    if href.startswith("//") or not (path == own or path.startswith(f"{own}/")):
        return None
    base = routes.look_of(slug, customer_id)
    moved = base + path.removeprefix(own)
    return base + href.removeprefix(own) if routes.match(moved) else None
