"""*Failed payments*: every try that a bank declined: how much, why, with what, when. Filters are the address."""

from __future__ import annotations

from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from typing import Any

from babel.numbers import format_compact_decimal, format_decimal
from dash import html

from dashboard.figures import failed_by_day
from dashboard.figures.frame import said_value
from dashboard.figures.spans import Bar
from dashboard.pages.merchant.boards import Here, chart, gathered, heading, here, nothing, page_number, pager, sheet
from dashboard.pages.merchant.words import span_words
from dashboard.render import fragment
from dashboard.said import heard
from domain.accounts.viewer import Viewer
from domain.reports import defined, failed
from domain.reports.filters import By, Dimension, What
from domain.reports.labels import NETWORKS, dimension_names, helper_names, hour_name, key_name, weekday_name
from domain.reports.saved_views import Board
from domain.reports.shapes import Definition, FailedView, Grid, Share
from kit.clock import utc_now
from kit.i18n import _, current_locale, ngettext
from kit.money import Money

_SIDE = (Dimension.NETWORK, Dimension.KIND, Dimension.CHANNEL, Dimension.N)
_SHADES = 5
_SHORT = 10_000  # beyond, a cell of the table of hours says 12K


def layout(viewer: Viewer, **query: str) -> html.Div:
    """The page. What the address asks for is a claim: what cannot be followed is said and left out."""
    assert viewer.merchant is not None  # the guard: a row with a slug has the viewer's merchant
    where = here(viewer.merchant, Board.FAILED, query)
    view = failed.overview(viewer.merchant, where.filters, utc_now())
    defs = defined.of_failed(view, where.filters)
    return html.Div(
        [
            fragment(
                "merchant/board_head.html",
                here=where,
                by=where.by,
                title=_("Failed payments"),
                subtitle=span_words(where) + " · " + _("every try that a bank declined"),
                counted=view.counted,
                elsewhere=view.elsewhere,
                said=heard(),
            ),
            _tiles(view, where, defs),
            *(_body(view, where, defs) if view.declines.count else [nothing(_nothing(where))]),
        ],
        className="stack",
    )


def _tiles(view: FailedView, where: Here, defs: dict[str, Definition]) -> Any:
    narrowed = replace(where.filters, n=(), channel=())  # these mean something else there
    recovery = replace(where, board=Board.RECOVERY, filters=narrowed)
    return fragment("merchant/failed_tiles.html", view=view, here=where, by=where.by, defs=defs, recovery=recovery)


def _body(view: FailedView, where: Here, defs: dict[str, Definition]) -> list[Any]:
    lists: dict[str, Any] = {"view": view, "here": where, "by": where.by, "defs": defs, "titles": _titles()}
    why = (Dimension.GROUP, Dimension.CODE)
    return [
        html.Div(
            [
                html.Div(
                    [
                        _days(view, where),
                        fragment("merchant/failed_lists.html", class_name="stack", wanted=why, **lists),
                    ],
                    className="stack",
                ),
                fragment("merchant/failed_lists.html", class_name="stack", wanted=_SIDE, **lists),
            ],
            className="cols",
        ),
        _hours(view.grid, where, defs),
    ]


def _titles() -> dict[Dimension, str]:
    return dimension_names() | {
        Dimension.GROUP: _("Why payments fail"),
        Dimension.CODE: _("By decline code"),
        Dimension.CHANNEL: _("Who tried"),
    }


def _days(view: FailedView, where: Here) -> html.Div:
    spoken = _("Chart: %(failed)s in declined tries, day by day. A table follows.") % {
        "failed": said_value(view.declines.measured(where.by), where.currency)
    }
    bars = [Bar(day.day, (day.declines.measured(where.by),)) for day in view.days]
    return sheet(
        heading(_("By day"), where, table="days"),
        chart("failed--days", failed_by_day.figure(bars, where.currency), spoken, look="plain"),
        fragment(
            "merchant/failed_days.html",
            view=view,
            lines=gathered([(day.day, (day.declines,), False) for day in view.days]),
            here=where,
            by=where.by,
        ),
    )


def _hours(grid: Grid, where: Here, defs: dict[str, Definition]) -> Any:
    cells = [
        (
            weekday,
            weekday_name(weekday, "EEE"),
            _short(_sum(row, where.by), where),
            [
                (hour, share, shade(share, grid.most, where.by), *_cell(weekday, hour, share, where))
                for hour, share in enumerate(row)
            ],
        )
        for weekday, row in enumerate(grid.cells)
    ]
    return fragment(
        "merchant/failed_hours.html",
        tag="section",
        class_name="sheet",
        here=where,
        by=where.by,
        defs=defs,
        cells=cells,
        hours=[hour_name(hour) for hour in range(24)],
        currency=where.merchant.currency,
    )


def shade(share: Share, most: Share, by: By) -> int:
    """How dark a cell is, 1 to 5; 0 for an empty one."""
    return -(-share.measured(by) * _SHADES // most.measured(by)) if share.measured(by) else 0


def _cell(weekday: int, hour: int, share: Share, where: Here) -> tuple[str, str]:
    if not share.count:
        return "", ""  # an empty cell says nothing
    spoken = _("%(weekday)s %(hour)s: %(amount)s, %(count)s") % {
        "weekday": weekday_name(weekday, "EEE"),
        "hour": hour_name(hour),
        "amount": share.amount,
        "count": ngettext("%(n)d try", "%(n)d tries", share.count) % {"n": share.count},
    }
    return _short(share.measured(where.by), where), spoken


def _sum(row: tuple[Share, ...], by: By) -> int:
    return sum(share.measured(by) for share in row)


def _short(value: int, where: Here) -> str:
    """A value that fits a small cell: a count, or an amount in whole units of its currency; thousands as 12K."""
    whole = Money(value, where.currency).decimal() if where.currency else Decimal(value)
    return _in_short(int(whole.quantize(Decimal(1), ROUND_HALF_UP)), current_locale())


@lru_cache(maxsize=16_384)  # a table of hours has some two hundred of them, most of them small
def _in_short(whole: int, locale: str) -> str:
    return str((format_decimal if whole < _SHORT else format_compact_decimal)(whole, locale=locale))


def _nothing(where: Here) -> str:
    if where.filters.narrowed:
        return _("Nothing was declined that fits these filters. Take one away, or choose other days.")
    return _("No bank declined anything in these days. When one does, you see here why, with what, and when.")


def listing(viewer: Viewer, **query: str) -> html.Div:
    """The tries behind a number, one by one; their sum is the number that was clicked."""
    assert viewer.merchant is not None
    where = here(viewer.merchant, Board.FAILED, query)
    filters = where.filters.listing(What.DECLINES)
    listed = failed.listed(viewer.merchant, filters, utc_now(), page=page_number(query))
    return html.Div(
        [
            fragment(
                "merchant/list_head.html",
                here=where,
                board=_("Failed payments"),
                title=_("Declined tries"),
                subtitle=span_words(where),
            ),
            fragment(
                "merchant/failed_list.html",
                here=where,
                by=where.by,
                listed=listed,
                helpers=helper_names(),
                networks={key: key_name(Dimension.NETWORK, key) for key in NETWORKS},
                **pager(where, listed.number, listed.pages),
            ),
        ],
        className="stack",
    )
