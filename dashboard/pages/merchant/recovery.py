"""*Recovery*: what failed, what came back, who brought it back; compared at equal age. Filters are the address."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from babel.dates import format_date
from dash import html

from dashboard.figures import equal_age, recovered_by_day
from dashboard.figures.equal_age import Pair
from dashboard.figures.frame import said_value
from dashboard.figures.spans import Bar
from dashboard.pages.merchant import limits
from dashboard.pages.merchant.boards import Here, chart, gathered, heading, here, nothing, page_number, pager, sheet
from dashboard.pages.merchant.words import how_long, span_words
from dashboard.render import fragment
from dashboard.said import heard
from domain.accounts.viewer import Viewer
from domain.reports import defined, recovery
from domain.reports.filters import By, Dimension, Filters, What
from domain.reports.labels import NETWORKS, dimension_names, helper_names, key_name
from domain.reports.saved_views import Board
from domain.reports.shapes import COLUMNS, CaseDay, CasePage, Cohort, Share
from kit.clock import utc_now
from kit.i18n import _, current_locale, ngettext

_SHADES = 5


def layout(viewer: Viewer, **query: str) -> html.Div:
    """The page. What the address asks for is a claim: what cannot be followed is said and left out."""
    assert viewer.merchant is not None  # the guard: a row with a slug has the viewer's merchant
    where = here(viewer.merchant, Board.RECOVERY, query)
    view = recovery.overview(viewer.merchant, where.filters, utc_now())
    values: dict[str, Any] = {"view": view, "here": where, "by": where.by}
    values["defs"] = defined.of_recovery(view, where.filters)
    return html.Div(
        [
            fragment(
                "merchant/board_head.html",
                here=where,
                by=where.by,
                title=_("Recovery"),
                subtitle=span_words(where) + " · " + _("what failed, what came back, and who brought it back"),
                counted=view.counted,
                elsewhere=view.elsewhere,
                said=heard(),
            ),
            *limits.stopped(viewer.merchant),
            fragment("merchant/recovery_tiles.html", **values),
            html.Div(
                [
                    html.Div([_days(values), _compared(values), _cohorts(values)], className="stack"),
                    fragment(
                        "merchant/recovery_sides.html",
                        class_name="stack",
                        helpers=helper_names(),
                        took={helper: how_long(hours) for helper, hours in view.hours if hours is not None},
                        titles=dimension_names() | {Dimension.GROUP: _("Why payments fail")},
                        **values,
                    ),
                ],
                className="cols",
            )
            if view.head.failed.count or any(cohort.failed.count for cohort in view.cohorts)
            else nothing(_nothing(where)),
        ],
        className="stack",
    )


def _nothing(where: Here) -> str:
    if where.filters.narrowed:
        return _("No payment failed that fits these filters. Take one away, or choose other days.")
    return _("No automatic payment failed in these days. When one does, you see here whether it came back.")


def _days(values: dict[str, Any]) -> html.Div:
    view, where = values["view"], values["here"]
    title = _("Failed and recovered, by day of failure")
    if not view.head.failed.count:
        return sheet(heading(title, where), nothing(_nothing(where)))
    spoken = _("Chart: %(failed)s failed, %(recovered)s of it came back, by day of failure. A table follows.") % {
        "failed": said_value(view.head.failed.measured(where.by), where.currency),
        "recovered": said_value(view.head.recovered.measured(where.by), where.currency),
    }
    return sheet(
        heading(title, where, table="days"),
        fragment("merchant/recovery_legend.html", class_name="pad", young=first_young(view.days)),
        chart(
            "recovery--days",
            recovered_by_day.figure([_bar(day, where.by) for day in view.days], where.currency),
            spoken,
        ),
        fragment(
            "merchant/recovery_days.html",
            view=view,
            lines=gathered([(day.day, _fates(day), day.young) for day in view.days]),
            here=where,
            by=where.by,
        ),
    )


def _fates(day: CaseDay) -> tuple[Share, ...]:
    return day.failed, day.recovered, day.still_open, day.given_up


def _bar(day: CaseDay, by: By) -> Bar:
    came = day.recovered.measured(by)
    return Bar(day.day, (came, day.failed.measured(by) - came), day.young)


def first_young(days: Sequence[CaseDay]) -> date | None:
    """The first day whose failures are too young to compare, if one of those days has any."""
    young = [day.day for day in days if day.young]
    return young[0] if young and any(day.young and day.failed.count for day in days) else None


def _compared(values: dict[str, Any]) -> html.Div:
    view, where = values["view"], values["here"]
    pairs = [Pair(one.days, one.now.rate(where.by), one.before.rate(where.by)) for one in view.compared]
    title, days = _("Compared at equal age"), where.filters.days
    spoken = _("Chart: how much came back within 7, 14 and 30 days, now and before. A table follows.")
    drawn: list[Any] = []
    if any(rate is not None for pair in pairs for rate in (pair.now, pair.before)):
        drawn = [
            fragment("merchant/ages_legend.html", class_name="pad", days=days),
            chart("recovery--ages", equal_age.figure(pairs, by_count=where.by is By.COUNT), spoken),
        ]
    return sheet(
        heading(title, where, table="ages"), *drawn, fragment("merchant/recovery_ages.html", days=days, **values)
    )


def _cohorts(values: dict[str, Any]) -> Any:
    view, where = values["view"], values["here"]
    return fragment(
        "merchant/recovery_cohorts.html",
        tag="section",
        class_name="sheet",
        cohorts=[_cohort(cohort, where) for cohort in view.cohorts],
        ages=COLUMNS,
        **{name: values[name] for name in ("here", "by", "defs")},
    )


def _cohort(cohort: Cohort, where: Here) -> tuple[str, str, Any, list[Any]]:
    end = (cohort.month.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
    month = replace(where.filters, first=cohort.month, last=min(end, where.today))
    name = format_date(cohort.month, "LLLL y", locale=current_locale())
    cells = [(cell, rate_shade(cell.rate(where.by))) for cell in cohort.cells]
    return name, where.to(month), cohort.failed, cells


def rate_shade(rate: Decimal | None) -> int:
    """How dark a rate is, 1 to 5: a fifth each; 0 for none."""
    return 0 if rate is None else min(int(rate) * _SHADES // 100 + 1, _SHADES)


def listing(viewer: Viewer, **query: str) -> html.Div:
    """The cases behind a number, one by one; their sum is the number that was clicked."""
    assert viewer.merchant is not None
    asked = here(viewer.merchant, Board.RECOVERY, query)
    where = replace(asked, filters=asked.filters.listing(_what(asked.filters)))
    listed = recovery.listed(viewer.merchant, where.filters, utc_now(), page=page_number(query))
    return html.Div(
        [
            fragment(
                "merchant/list_head.html",
                here=where,
                board=_("Recovery"),
                title=_titles()[_what(where.filters)],
                subtitle=span_words(where),
            ),
            fragment(
                "merchant/recovery_list.html",
                here=where,
                by=where.by,
                heading=_heading(listed),
                listed=listed,
                helpers=helper_names(),
                networks={key: key_name(Dimension.NETWORK, key) for key in NETWORKS},
                **pager(where, listed.number, listed.pages),
            ),
        ],
        className="stack",
    )


def _what(filters: Filters) -> What:
    """Which number is listed; every failed payment when the address names none of this page's."""
    return filters.what if filters.what and filters.what is not What.DECLINES else What.FAILED


def _titles() -> dict[What, str]:
    return {
        What.FAILED: _("Payments that failed"),
        What.RECOVERED: _("Recovered payments"),
        What.OPEN: _("Payments still open"),
        What.GIVEN_UP: _("Payments given up"),
        What.UNPLANNED: _("Open without a next try"),
    }


def _heading(listed: CasePage) -> str:
    return ngettext("%(n)d payment", "%(n)d payments", listed.total.count) % {"n": listed.total.count}
