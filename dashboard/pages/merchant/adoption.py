"""Portal adoption: how far customers come after they were told, who comes by themselves, what that saves."""

from __future__ import annotations

from collections.abc import Iterable
from textwrap import wrap
from typing import Any

from babel.dates import format_date
from babel.numbers import format_decimal
from dash import dcc, html

from dashboard import said
from dashboard.figures import adoption_funnel, adoption_weeks
from dashboard.figures.frame import CONFIG
from dashboard.render import fragment
from domain.accounts.viewer import Role, Viewer
from domain.mail.catalogue import Template
from domain.mail.titles import title_of
from domain.reports.adoption_board import PERIODS, Board, Funnel, board
from domain.reports.adoption_steps import STEPS, Source, Step
from kit.clock import utc_now
from kit.i18n import _, current_locale

_AXIS = 26  # letters of an axis' name in a line


def layout(viewer: Viewer, months: str = "") -> html.Div:
    """The page. `months` are those of the period, as the address claims them."""
    assert viewer.merchant is not None  # the guard: a row with a slug has the viewer's merchant
    merchant = viewer.merchant
    period = int(months) if months.isdecimal() and int(months) in PERIODS else PERIODS[0]
    found = board(merchant, utc_now(), months=period)
    shared: dict[str, Any] = {
        "board": found,
        "merchant": merchant,
        "number": number,
        "month": month_name,
        "steps": step_names(),
    }
    head = fragment("merchant/adoption_head.html", periods=PERIODS, said=said.heard(), class_name="stack", **shared)
    if found.customers == found.untold:
        return html.Div(
            [head, fragment("merchant/nobody_yet.html", tag="section", class_name="sheet")], className="stack"
        )
    return html.Div(
        [
            head,
            html.Div(
                [
                    html.Div(
                        [
                            _funnel(found, shared),
                            _weeks(found),
                        ],
                        className="stack",
                    ),
                    fragment(
                        "merchant/adoption_sides.html",
                        class_name="stack",
                        sources=source_names(),
                        mails=mail_names(name for name, _its in found.campaigns),
                        may_set=viewer.may(Role.MANAGER),
                        typed=said.typed("minutes"),
                        **shared,
                    ),
                ],
                className="cols",
            ),
            fragment("merchant/adoption_months.html", tag="section", class_name="sheet", **shared),
        ],
        className="stack",
    )


def _funnel(found: Board, shared: dict[str, Any]) -> html.Div:
    names = step_names()
    bars = [adoption_funnel.Bar(names[step], found.now.at(step), _beside(found.now, step)) for step in STEPS]
    spoken = _("Chart: of %(told)s customers who were told, %(paid)s have paid without help. A table follows.") % {
        "told": number(found.now.told),
        "paid": number(found.now.at(Step.PAID)),
    }
    across = "<br>".join(wrap(_("Customers who came so far; %: of the step before"), _AXIS))  # a phone is narrow
    chart = adoption_funnel.figure(bars, across=across)
    return html.Div(
        [
            fragment("merchant/heading.html", tag="header", heading=_("How far customers come")),
            fragment("merchant/adoption_compared.html", class_name="pad", **shared),
            _graph("merchant--funnel", chart, spoken, height="18rem"),
            fragment("merchant/adoption_steps.html", **shared),
        ],
        className="sheet",
    )


def _beside(funnel: Funnel, step: Step) -> str:
    count, rate = number(funnel.at(step)), funnel.of_before(step)
    if rate is None:
        return count
    return _("%(n)s · %(rate)s%%") % {"n": count, "rate": number(rate)}


def _weeks(found: Board) -> html.Div:
    spoken = _("Chart: active customers week by week, and those who paid without help. A table follows.")
    return html.Div(
        [
            fragment("merchant/heading.html", tag="header", heading=_("Customers by week")),
            fragment("merchant/weeks_legend.html", class_name="pad"),
            _graph("merchant--weeks", adoption_weeks.figure(found.weeks), spoken, height="15rem"),
            fragment("merchant/weeks.html", weeks=found.weeks),
        ],
        className="sheet",
    )


def _graph(name: str, figure: dict[str, Any], spoken: str, *, height: str) -> html.Div:
    graph = dcc.Graph(id=name, figure=figure, config=CONFIG, responsive=True, style={"height": height})
    named: dict[str, Any] = {"aria-label": spoken}
    return html.Div(graph, className="chart", role="img", **named)


def step_names() -> dict[Step, str]:
    """The steps as they are called."""
    return {
        Step.TOLD: _("Told"),
        Step.ACCEPTED: _("Mail accepted"),
        Step.OPENED: _("Account opened"),
        Step.CONFIRMED: _("Confirmed"),
        Step.SIGNED_IN: _("Signed in"),
        Step.METHOD: _("Method on file"),
        Step.PAID: _("Paid without help"),
    }


def source_names() -> dict[str, str]:
    """How customers come, as it is called."""
    return {
        Source.MAIL: _("Link in a mail"),
        Source.STORE: _("Online store"),
        Source.FORM: _("Payment form"),
        Source.DIRECT: _("Directly"),
    }


def mail_names(templates: Iterable[str]) -> dict[str, str]:
    """What the mails are called that told customers first."""
    asked = _("New card asked for")  # the merchant's own request, which has no text to be changed
    return {name: asked if name == Template.NEW_CARD else title_of(Template(name))[0] for name in templates}


def number(value: Any) -> str:
    """A count or a rate as the reader's language writes it."""
    return str(format_decimal(value, "#,##0.#", locale=current_locale()))


def month_name(day: Any) -> str:
    """`Nov 2026`."""
    return str(format_date(day, "LLL yyyy", locale=current_locale()))
