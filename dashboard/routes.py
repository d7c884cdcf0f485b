"""The one table of Dash pages: address, layout, title, audience. The guard and the router both read it.

To add a page, add a row. `layout` names a function `layout(viewer, **ids)`, imported when the server is made; typed
variables (`<uuid:order_id>`) reach it by name, query keys only if `query` names them. `<slug>` does not: it has been
compared with `viewer.merchant`. `exists(viewer, **ids)` tells whether the object is there *and* the viewer's: if not,
the answer is a real 404. Addresses end without a slash.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache, partial
from importlib import import_module
from typing import Any
from uuid import UUID

from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map, Rule

from dashboard.route import Nav, Route
from dashboard.routes_operations import operator
from domain.accounts.viewer import Audience, Role, Viewer
from kit.errors import ConfigError

__all__ = ["Nav", "Route"]  # and the functions below


def _customer() -> tuple[Route, ...]:
    pages = "dashboard.pages.customer"
    mine = Audience.CUSTOMER
    return (
        Route("/p/<slug>", f"{pages}.home:layout", "Home", mine, nav=Nav("Home", "house")),
        Route(
            "/p/<slug>/purchases",
            f"{pages}.purchases:layout",
            "Purchases",
            mine,
            nav=Nav("Purchases", "bag"),
            query=("page", "q", "from", "to", "state", "min", "max"),
        ),
        Route(
            "/p/<slug>/schedules",
            f"{pages}.schedules:layout",
            "Schedules",
            mine,
            nav=Nav("Schedules", "calendar-event"),
        ),
        Route(
            "/p/<slug>/schedules/<uuid:schedule_id>",
            f"{pages}.schedules:schedule",
            "Schedule",
            mine,
            exists=f"{pages}.schedules:exists",
        ),
        Route(
            "/p/<slug>/methods",
            f"{pages}.methods:layout",
            "Payment methods",
            mine,
            nav=Nav("Payment methods", "credit-card"),
        ),
        Route(
            "/p/<slug>/orders/<uuid:order_id>",
            f"{pages}.purchases:order",
            "Purchase",
            mine,
            exists=f"{pages}.purchases:exists",
        ),
        Route("/p/<slug>/details", f"{pages}.details:layout", "Your details", mine),
        Route("/p/<slug>/pay/<handle>", f"{pages}.pay:layout", "Pay", mine, exists=f"{pages}.pay:exists"),
    )


def _staff() -> tuple[Route, ...]:
    at, pages = "/merchant/<slug>", "dashboard.pages.merchant"
    return (
        Route(
            at,
            f"{pages}.today:layout",
            "Today",
            Audience.STAFF,
            nav=Nav("Today", "sun"),
            query=("page",),
        ),
        *_boards(at, pages),
        *_watched(at, pages),
        Route(
            f"{at}/customers",
            f"{pages}.customers:layout",
            "Customers",
            Audience.STAFF,
            nav=Nav("Customers", "people"),
            query=("q", "state", "sort", "page"),
        ),
        Route(
            f"{at}/customers/<uuid:customer_id>",
            f"{pages}.record:layout",
            "Customer",
            Audience.STAFF,
            exists=f"{pages}.record:exists",
            query=("of", "page"),
        ),
        Route(
            f"{at}/orders/<uuid:order_id>",
            f"{pages}.order:layout",
            "Order",
            Audience.STAFF,
            exists=f"{pages}.order:exists",
        ),
        Route(
            f"{at}/payments/<uuid:payment_id>",
            f"{pages}.payment:layout",
            "Payment",
            Audience.STAFF,
            exists=f"{pages}.payment:exists",
            scripts=("plain/copies.js",),
        ),
        *_kept(at, pages),
    )


def _kept(at: str, pages: str) -> tuple[Route, ...]:
    return (
        Route(
            f"{at}/duplicates",
            f"{pages}.duplicates:layout",
            "Duplicates",
            Audience.STAFF,
            nav=Nav("Duplicates", "intersect"),
            query=("page",),
        ),
        Route(
            f"{at}/data",
            f"{pages}.data:layout",
            "Import and export",
            Audience.STAFF,
            nav=Nav("Import and export", "arrow-left-right"),
        ),
        Route(
            f"{at}/audit",
            f"{pages}.audit:layout",
            "Audit",
            Audience.STAFF,
            nav=Nav("Audit", "journal-text"),
            query=("page", "who", "act", "customer", "from", "to"),
        ),
        Route(f"{at}/settings", f"{pages}.settings:layout", "Settings", Audience.STAFF, nav=Nav("Settings", "gear")),
    )


LOOK = "/merchant/<slug>/customers/<uuid:customer_id>/portal"
_NOT_LOOKED_AT = ("/p/<slug>/pay/<handle>",)  # begun by a press, and there is none


def look_of(slug: str, customer_id: UUID) -> str:
    """Where somebody of the team sees the portal as this customer sees it."""
    return f"/merchant/{slug}/customers/{customer_id}/portal"


def _see_as() -> tuple[Route, ...]:
    """Each of the customers' pages once more, for the team: dashboard/pages/merchant/see_as.py."""
    return tuple(
        Route(
            row.path.replace("/p/<slug>", LOOK),
            partial(_seen, row),
            row.title,
            Audience.STAFF,
            exists=partial(_is_seen, row),
            query=row.query,
            role=Role.MANAGER,
        )
        for row in _customer()
        if row.path not in _NOT_LOOKED_AT
    )


def _seen(row: Route, viewer: Viewer, **ids: Any) -> Any:
    return function("dashboard.pages.merchant.see_as:layout")(function(row.layout), viewer, **ids)


def _is_seen(row: Route, viewer: Viewer, **ids: Any) -> bool:
    there = function(row.exists) if row.exists else None
    return bool(function("dashboard.pages.merchant.see_as:exists")(there, viewer, **ids))


_FILTERS = (
    "first",
    "last",
    "by",
    "group",
    "code",
    "network",
    "kind",
    "hour",
    "weekday",
    "n",
    "channel",
    "what",
    "page",
)


def _watched(at: str, pages: str) -> tuple[Route, ...]:
    staff = Audience.STAFF
    return (
        Route(
            f"{at}/adoption",
            f"{pages}.adoption:layout",
            "Portal adoption",
            staff,
            nav=Nav("Portal adoption", "graph-up"),
            query=("months",),
        ),
        Route(f"{at}/limits", f"{pages}.limits:layout", "Limits", staff, nav=Nav("Limits", "speedometer2")),
    )


def _boards(at: str, pages: str) -> tuple[Route, ...]:
    failed, recovery = f"{pages}.failed", f"{pages}.recovery"
    staff = Audience.STAFF
    return (
        Route(
            f"{at}/failed",
            f"{failed}:layout",
            "Failed payments",
            staff,
            nav=Nav("Failed payments", "exclamation-circle"),
            query=_FILTERS,
        ),
        Route(f"{at}/failed/list", f"{failed}:listing", "Declined tries", staff, query=_FILTERS),
        Route(
            f"{at}/recovery",
            f"{recovery}:layout",
            "Recovery",
            staff,
            nav=Nav("Recovery", "arrow-repeat"),
            query=_FILTERS,
        ),
        Route(f"{at}/recovery/list", f"{recovery}:listing", "Payments that failed", staff, query=_FILTERS),
    )


_rows: tuple[Route, ...] = (*_customer(), *_staff(), *_see_as(), *operator())


def rows() -> tuple[Route, ...]:
    """Every page there is."""
    return _rows


def use(table: Iterable[Route] | None) -> None:
    """Puts another table in place (tests); None puts ours back."""
    global _rows
    _rows = tuple(table) if table is not None else (*_customer(), *_staff(), *_see_as(), *operator())
    _compiled.cache_clear()


@lru_cache
def _compiled() -> Map:
    return Map([Rule(row.path, endpoint=str(number)) for number, row in enumerate(_rows)], strict_slashes=True)


def match(path: str) -> tuple[Route, dict[str, Any]] | None:
    """The row and the typed variables of an address, or None when there is no such page."""
    try:
        endpoint, ids = _compiled().bind("").match(path, method="GET")
    except HTTPException:
        return None
    return _rows[int(endpoint)], dict(ids)


def function(named: str | Callable[..., Any]) -> Callable[..., Any]:
    """The function itself, imported if it is named."""
    if callable(named):
        return named
    module, _colon, name = named.partition(":")
    found: Callable[..., Any] = getattr(import_module(module), name)
    return found


def load() -> None:
    """Imports every page, so that a wrong name stops the start and all callbacks are known. Raises ConfigError."""
    for row in _rows:
        if row.audience is Audience.PUBLIC:
            raise ConfigError(f"The page {row.path} is for everybody. Dash serves the signed-in: make it a plain view.")
        function(row.layout)
        if row.exists:
            function(row.exists)


def is_there(row: Route, viewer: Viewer | None, ids: dict[str, Any]) -> bool:
    """Whether the object of the address exists for this viewer."""
    return row.exists is None or bool(function(row.exists)(viewer, **ids))


def home_of(audience: Audience, slug: str) -> str:
    """Where this audience lands after signing in."""
    return {Audience.CUSTOMER: f"/p/{slug}", Audience.STAFF: f"/merchant/{slug}"}.get(audience, "/operations")


def sign_in_of(audience: Audience, slug: str) -> str:
    """Where somebody without a fitting session is sent."""
    return {Audience.CUSTOMER: f"/p/{slug}/sign-in", Audience.STAFF: "/merchant"}.get(audience, "/operations/sign-in")


def proof_of(audience: Audience, slug: str) -> str:
    """Where somebody is asked again who they are."""
    heads = {Audience.CUSTOMER: f"/p/{slug}", Audience.STAFF: f"/merchant/{slug}"}
    return f"{heads.get(audience, '/operations')}/prove"


def sign_out_of(audience: Audience, slug: str) -> str:
    """Where the sign-out form posts to."""
    return {Audience.CUSTOMER: f"/p/{slug}/sign-out", Audience.STAFF: "/merchant/sign-out"}.get(
        audience, "/operations/sign-out"
    )
