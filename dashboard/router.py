"""The one callback that draws pages: the address has changed, so the layout of its row is asked for."""

from __future__ import annotations

from typing import Any

from dash import Dash, Input, Output, dcc, html, no_update, set_props
from flask import abort

from dashboard import failures, routes
from dashboard.fragment import Fragment
from dashboard.render import fragment
from dashboard.viewer import place, viewer
from kit.errors import DomainError
from kit.i18n import _


def layout() -> html.Div:
    """The same for everybody: a place for the address, one for failures, one for the page."""
    return html.Div([dcc.Location(id="address", refresh=True), html.Div(id="failure"), html.Div(id="page")])


def install(app: Dash) -> None:
    """Gives the app its layout and the router callback."""
    app.layout = layout
    app.callback(Output("page", "children"), Input("address", "pathname"))(show)


def show(_pathname: str | None) -> Any:
    """The page that the guard has found for this request; what the browser says in the body is only the occasion."""
    here = place()
    if here is None:
        abort(404)
    try:
        return routes.function(here.route.layout)(viewer(), **{**here.query, **here.ids})
    except Exception as error:
        return _said(error)


def on_error(error: Exception) -> Any:
    """A callback failed: say so above the page and leave the rest as it is."""
    set_props("failure", {"children": _said(error)})
    return no_update


def _said(error: Exception) -> Fragment:
    if isinstance(error, DomainError):
        return fragment("errors/failure.html", heading=error.sentence, sentence="", trace="")
    trace = failures.record(error)
    return fragment(
        "errors/failure.html",
        heading=_("Something went wrong on our side"),
        sentence=_("Load the page again to see how things stand before you repeat anything."),
        trace=trace,
    )
