"""A small portal of its own: one page or two for each audience, so that the doors are tested without our real pages."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import dash_bootstrap_components as dbc
from dash import Input, Output, dcc, html

from dashboard.callbacks import callback, clientside
from dashboard.render import fragment
from dashboard.routes import Nav, Route
from domain.accounts.viewer import Audience, Viewer
from kit.errors import DomainError

ORDER = UUID("01900000-0000-7000-8000-000000000001")
FOREIGN = UUID("01900000-0000-7000-8000-000000000002")
CANARY = "canary-in-the-layout"


def home(viewer: Viewer, **query: str) -> html.Div:
    hello = fragment("errors/failure.html", heading=f"{CANARY} {viewer.name}", sentence=str(query), trace="")
    return html.Div(
        [
            html.H1("Home"),
            hello,
            dbc.Label("Say", html_for="sample--say"),
            dbc.Input(id="sample--say"),
            html.Div(id="sample--echo"),
        ]
    )


def order(viewer: Viewer, order_id: UUID) -> html.Div:
    return html.Div(f"{CANARY} order {order_id}")


def chart(viewer: Viewer) -> html.Div:
    return html.Div(dcc.Graph(id="sample--chart", figure={"data": [{"type": "bar", "x": [1, 2], "y": [2, 3]}]}))


def broken(viewer: Viewer) -> html.Div:
    raise RuntimeError("secret detail")


def refused(viewer: Viewer) -> html.Div:
    raise DomainError("The shop is closed. Come back on Monday.")


def staff(viewer: Viewer) -> html.Div:
    return html.Div([html.H1(f"{CANARY} staff {viewer.role}"), html.Div(id="sample--staff-echo")])


def operator(viewer: Viewer) -> html.H1:
    return html.H1(f"{CANARY} operator")


def is_ours(viewer: Viewer, order_id: UUID) -> bool:
    return order_id == ORDER


@callback(
    Audience.CUSTOMER, Output("sample--echo", "children"), Input("sample--say", "value"), prevent_initial_call=True
)
def echo(said: str | None) -> str:
    if said == "fail":
        raise DomainError("That word is not allowed. Use another.")
    return f"you said {said}"


@callback(Audience.STAFF, Output("sample--staff-echo", "children"), Input("sample--staff-say", "value"))
def staff_echo(said: str | None) -> str:
    return f"staff said {said}"


clientside(Audience.CUSTOMER, "sample", "shout", Output("sample--loud", "children"), Input("sample--say", "value"))

ROUTES = (
    Route("/p/<slug>", home, "Home", Audience.CUSTOMER, nav=Nav("Home", "house"), query=("tab",)),
    Route("/p/<slug>/orders/<uuid:order_id>", order, "Order", Audience.CUSTOMER, exists=is_ours),
    Route("/p/<slug>/chart", chart, "Chart", Audience.CUSTOMER, nav=Nav("Chart", "graph-up")),
    Route("/p/<slug>/broken", broken, "Broken", Audience.CUSTOMER),
    Route("/p/<slug>/refused", "tests.web.sample:refused", "Refused", Audience.CUSTOMER),
    Route("/merchant/<slug>", staff, "Today", Audience.STAFF, nav=Nav("Today", "sun")),
    Route("/operations", operator, "Overview", Audience.OPERATOR, nav=Nav("Overview", "speedometer2")),
)

ADDRESSES: dict[Audience, tuple[str, ...]] = {
    Audience.CUSTOMER: ("/p/harbor", f"/p/harbor/orders/{ORDER}", "/p/harbor/chart", "/p/harbor/broken"),
    Audience.STAFF: ("/merchant/harbor",),
    Audience.OPERATOR: ("/operations",),
}


def call(output: str, *inputs: tuple[str, str, Any]) -> dict[str, Any]:
    """The body that Dash's renderer posts for a callback."""
    return {
        "output": output,
        "outputs": {"id": output.partition(".")[0], "property": output.partition(".")[2]},
        "inputs": [{"id": name, "property": part, "value": value} for name, part, value in inputs],
        "changedPropIds": [f"{name}.{part}" for name, part, _value in inputs],
    }


PAGE_CALL = call("page.children", ("address", "pathname", "/"))
ECHO_CALL = call("sample--echo.children", ("sample--say", "value", "hello"))
STAFF_CALL = call("sample--staff-echo.children", ("sample--staff-say", "value", "hello"))
