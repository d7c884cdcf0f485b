"""Where a merchant's people land: failed payments of the last 30 days and what came back."""

from __future__ import annotations

from typing import Any

from dash import dcc, html

from dashboard.figures import failures_by_day
from dashboard.figures.frame import CONFIG
from dashboard.render import fragment
from domain.accounts.viewer import Viewer
from domain.reports import queries
from domain.reports.failures import Failures, Helper
from kit.clock import utc_now
from kit.i18n import _


def layout(viewer: Viewer, page: str = "1") -> html.Div:
    """The page. `page` is the list's page, as the address claims it."""
    assert viewer.merchant is not None  # the guard: a row with a slug has the viewer's merchant
    merchant, now = viewer.merchant, utc_now()
    failed = queries.failures(merchant, now)
    listed = queries.failed_payments(merchant, now, page=int(page) if page.isdecimal() and len(page) < 6 else 1)
    presses = queries.declined_presses(merchant, now)
    latest = fragment("merchant/failed.html", listed=listed, helpers=_helpers(), address=f"/merchant/{merchant.slug}")
    return html.Div(
        [
            fragment("merchant/head.html", failed=failed, merchant=merchant, presses=presses),
            html.Div(
                [
                    html.Div([_failures_chart(failed), latest], className="stack"),
                    fragment("merchant/sides.html", failed=failed, helpers=_helpers(), class_name="stack"),
                ],
                className="cols",
            ),
        ],
        className="stack",
    )


def _helpers() -> dict[Helper, str]:
    return {
        Helper.PORTAL: _("Customer in the portal"),
        Helper.FIX_IT: _("Fix-it link in the mail"),
        Helper.AUTOMATIC: _("Automatic try"),
        Helper.TEAM: _("Your team"),
    }


def _failures_chart(failed: Failures) -> html.Div:
    if not failed.failed.count:
        return html.Div(fragment("merchant/nothing_failed.html", tag="section", class_name="sheet"))
    spoken = _("Chart: %(failed)s failed in 30 days, %(recovered)s of it came back. A table follows.") % {
        "failed": failed.failed.amount,
        "recovered": failed.recovered.amount,
    }
    return html.Div(
        [
            fragment("merchant/heading.html", tag="header", heading=_("By day of failure")),
            fragment("merchant/days_legend.html", class_name="pad", days=failed.days),
            _graph("merchant--failures", failures_by_day.figure(failed), spoken),
            fragment("merchant/days.html", days=failed.days, total=failed),
        ],
        className="sheet",
    )


def _graph(name: str, figure: dict[str, Any], spoken: str) -> html.Div:
    """A chart with a name for those who do not see it; its exact figures stand in the table that follows."""
    graph = dcc.Graph(id=name, figure=figure, config=CONFIG, responsive=True, style={"height": "15rem"})
    named: dict[str, Any] = {"aria-label": spoken}
    return html.Div(graph, className="chart", role="img", **named)
