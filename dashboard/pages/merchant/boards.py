"""What the two dashboards of failures share: their filters as a form, the addresses behind every number, the charts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from dash import dcc, html

from dashboard.figures.frame import CONFIG
from dashboard.figures.spans import start_of, step_of
from dashboard.render import fragment
from domain.accounts.viewer import MerchantFacts
from domain.reports.filters import By, Dimension, Filters, What, filters_of
from domain.reports.labels import FAMILIES, KINDS, NETWORKS, dimension_names, key_name
from domain.reports.saved_views import Board
from domain.reports.shapes import Helper, Row, Share
from kit.calendar import local_day
from kit.clock import utc_now
from kit.i18n import _

KEYS = ("first", "last", "by", "group", "code", "network", "kind", "hour", "weekday", "n", "channel", "what")
_SPANS = (7, 30, 90, 365)
"""Days that one click chooses."""


@dataclass(frozen=True)
class Line:
    """A line of the table beside a chart: a day, or what the chart shows as one bar."""

    first: date
    last: date
    shares: tuple[Share, ...]
    young: bool


def gathered(days: Sequence[tuple[date, tuple[Share, ...], bool]]) -> list[Line]:
    """The days as the chart beside them gathers them, without empty ones: a year is no list of 365."""
    step = step_of(len(days))
    lines: dict[date, Line] = {}
    for day, shares, young in days:
        known = lines.get(start_of(day, step))
        added = tuple(map(_added, known.shares, shares)) if known else shares
        first = known.first if known else day
        lines[start_of(day, step)] = Line(first, day, added, young or bool(known and known.young))
    return [line for line in lines.values() if line.shares[0].count]


def _added(one: Share, other: Share) -> Share:
    return Share(one.count + other.count, one.amount + other.amount)


@dataclass(frozen=True)
class Here:
    """A dashboard as its address asks for it, and the addresses of everything that is one click away."""

    merchant: MerchantFacts
    board: Board
    filters: Filters
    today: date
    said: tuple[str, ...] = ()  # parts of the address that could not be followed

    @property
    def at(self) -> str:
        """The dashboard without filters."""
        return f"/merchant/{self.merchant.slug}/{self.board}"

    @property
    def by(self) -> By:
        """What is measured."""
        return self.filters.by

    @property
    def currency(self) -> str | None:
        """The currency of what is measured; None: counts."""
        return None if self.by is By.COUNT else self.merchant.currency

    @property
    def query(self) -> str:
        """The address's filters as they would be kept under a name: the usual days move along with the calendar."""
        kept = self.filters.to_query()
        if self.filters.last == self.today and self.filters.days == _SPANS[1]:
            kept = {key: value for key, value in kept.items() if key not in ("first", "last")}
        return urlencode(kept)

    def to(self, filters: Filters) -> str:
        """This dashboard with other filters."""
        return f"{self.at}?{urlencode(filters.to_query())}"

    def only(self, dimension: Dimension, row: Row) -> str:
        """This dashboard narrowed to a line of a breakdown."""
        return self.to(self.filters.only(dimension, row.keys))

    def without(self, dimension: Dimension) -> str:
        """This dashboard with all of a dimension again."""
        return self.to(self.filters.only(dimension, ()))

    def measured(self, by: str) -> str:
        """This dashboard by amount or by count."""
        return self.to(replace(self.filters, by=By(by)))

    def span(self, days: int) -> str:
        """This dashboard over the last days, today included."""
        return self.to(replace(self.filters, first=self.today - timedelta(days=days - 1), last=self.today))

    def before(self) -> str:
        """This dashboard over the stretch just before."""
        return self.to(self.filters.previous())

    def listed(
        self, what: str, dimension: Dimension | None = None, row: Row | None = None, line: Line | None = None
    ) -> str:
        """The list behind a number: one by one, adding up to it."""
        filters = self.filters if dimension is None or row is None else self.filters.only(dimension, row.keys)
        return self._list(replace(filters, first=line.first, last=line.last) if line else filters, what)

    def cell(self, weekday: int, hour: int) -> str:
        """The list behind a cell of weekday and hour."""
        return self._list(replace(self.filters, weekday=(weekday,), hour=(hour,)), What.DECLINES.value)

    def helper(self, helper: Helper) -> str:
        """The list of what somebody brought back."""
        return self._list(self.filters.only(Dimension.CHANNEL, (helper.value,)), What.RECOVERED.value)

    def _list(self, filters: Filters, what: str) -> str:
        listed = (
            None if self.board is Board.FAILED else What(what)
        )  # there is one list of declines: the address is short
        return f"{self.at}/list?{urlencode(filters.listing(listed).to_query())}"

    def page(self, number: int) -> str:
        """Another page of the list."""
        return f"{self.at}/list?{urlencode(self.filters.to_query() | {'page': str(number)})}"

    def file(self, kind: str, table: str) -> str:
        """A table or the list as a file."""
        return f"{self.at}.{kind}?{urlencode(self.filters.to_query() | {'table': table})}"

    @property
    def spans(self) -> list[tuple[int, str, bool]]:
        """Days that one click chooses: how many, where, and whether they are shown now."""
        shown = self.filters.days if self.filters.last == self.today else 0
        return [(days, self.span(days), days == shown) for days in _SPANS]

    @property
    def chosen(self) -> list[tuple[str, str, str]]:
        """What is picked out: the dimension, the keys in words, and the address without it."""
        names = dimension_names()
        return [
            (
                names[dimension],
                ", ".join(key_name(dimension, key) for key in self.filters.keys(dimension)),
                self.without(dimension),
            )
            for dimension in self.filters.narrowed
        ]

    def options(self, dimension: str) -> list[tuple[str, str]]:
        """The choices of a field of the form; several at once, chosen elsewhere, stay one choice."""
        picked = self.filters.keys(Dimension(dimension))
        choices = [("", _("All")), *((key, key_name(Dimension(dimension), key)) for key in _offered()[dimension])]
        if picked and ",".join(picked) not in dict(choices):
            several = _("%(n)d chosen") % {"n": len(picked)}
            choices.append(
                (",".join(picked), key_name(Dimension(dimension), picked[0]) if picked[1:] == () else several)
            )
        return choices

    def value(self, dimension: str) -> str:
        """What a field of the form shows."""
        return ",".join(self.filters.keys(Dimension(dimension)))


def _offered() -> dict[str, tuple[str, ...]]:
    return {
        "group": FAMILIES,
        "network": NETWORKS,
        "kind": KINDS,
        "channel": tuple(Helper),
    }


def here(merchant: MerchantFacts, board: Board, query: Mapping[str, str]) -> Here:
    """The dashboard that an address asks for; never raises."""
    today = local_day(utc_now(), merchant.zone)
    filters, said = filters_of(query, today)
    return Here(merchant, board, filters, today, tuple(said))


def page_number(query: Mapping[str, str]) -> int:
    """The page of a list, as the address claims it."""
    claimed = query.get("page", "")
    return int(claimed) if claimed.isascii() and claimed.isdigit() and len(claimed) < 6 else 1


def pager(where: Here, number: int, pages: int) -> dict[str, str]:
    """The addresses of a list's pages before and after this one; empty where there is none."""
    return {
        "before": where.page(number - 1) if number > 1 else "",
        "after": where.page(number + 1) if number < pages else "",
    }


def heading(words: str, where: Here, *, table: str = "") -> Any:
    """The heading of a card, with its table as a file."""
    return fragment("merchant/board_heading.html", tag="header", heading=words, here=where, by=where.by, table=table)


def nothing(sentence: str) -> Any:
    """What stands where there is nothing to show, and what will."""
    return fragment("merchant/board_nothing.html", tag="section", class_name="sheet", sentence=sentence)


def chart(name: str, figure: dict[str, Any], spoken: str, *, look: str = "") -> html.Div:
    """A chart with a name for those who do not see it; its exact figures stand in the table that follows.

    `look` is a class of theme.css: `plain` where the bars are no good news.
    """
    graph = dcc.Graph(id=name, figure=figure, config=CONFIG, responsive=True, style={"height": "15rem"})
    named: dict[str, Any] = {"aria-label": spoken}
    return html.Div(graph, className=f"chart {look}".strip(), role="img", **named)


def sheet(*inside: Any) -> html.Div:
    """A card of the page."""
    return html.Div(list(inside), className="sheet")
