"""Pages that refresh themselves: one small question every five seconds, asked by assets/plain/operations.js.

It is no sign of a person: it neither extends the session nor writes anything. A hidden tab does not ask, and a page
that is left open ends with the session.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from dash import Input, Output, dcc, html, no_update

from dashboard import failures
from dashboard.callbacks import callback
from dashboard.fragment import Fragment
from dashboard.render import fragment
from dashboard.viewer import place
from domain.accounts.viewer import Audience

Board = Callable[..., Fragment]

_boards: dict[str, Board] = {}


def board(path: str) -> Callable[[Board], Board]:
    """Declares what is drawn anew on the page at `path` of the route table: a function of its ids and query keys."""

    def declare(function: Board) -> Board:
        _boards[path] = function
        return function

    return declare


def frame(drawn: Fragment) -> html.Div:
    """`drawn` in the place where its successors will stand, under a line that tells how old it is."""
    return html.Div(
        [
            fragment("operations/live.html"),
            html.Div(drawn, id="operations--live"),
            dcc.Input(id="operations--ask", type="hidden", value=""),
        ],
        className="live",
    )


def _failed(error: Exception) -> Any:
    failures.record(error)
    return no_update  # the page tells that its figures are old


@callback(
    Audience.OPERATOR,
    Output("operations--live", "children"),
    Input("operations--ask", "value"),
    prevent_initial_call=True,
    passive=True,
    on_error=_failed,
)
def refresh(_asked: str | None) -> Any:
    """The board of the page that asks, as it is now."""
    here = place()
    drawn = _boards.get(here.route.path) if here else None
    return drawn(**{**here.query, **here.ids}) if here and drawn else no_update
