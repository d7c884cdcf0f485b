"""The last seven days by hour: how a queue worked, how processors answered. Drawn, and as tables."""

from __future__ import annotations

from typing import Any

from dash import dcc, html

from dashboard.figures import operations_hours as drawn
from dashboard.figures.frame import CONFIG
from dashboard.figures.operations_hours import Hour
from dashboard.fragment import Fragment
from dashboard.pages.operations import frame, said
from dashboard.render import fragment
from domain.accounts.viewer import Viewer
from domain.operations import history
from domain.operations.history import GatewayHour, QueueHour
from domain.operations.houses import House, house_of
from kit.clock import utc_now
from kit.i18n import _

HERE = "/operations/history"
_SECOND = 1000  # ms
_TENTH = 100  # of 1000


def layout(viewer: Viewer, queue: str = "charges", merchant: str = "") -> html.Div:  # noqa: ARG001
    """The page, for one queue; processors of one merchant or of all."""
    names = history.queues()
    chosen, house = queue if queue in names else names[0], house_of(merchant)
    head = frame.head(
        _("Last 7 days"),
        _("How queues worked and how processors answered, hour by hour. Times in UTC."),
        path=HERE,
        merchant=merchant,
        back=("/operations", _("Overview")),
    )
    slug = frame.of(house)
    tabs = [(name, frame.address(HERE, queue=name, merchant=slug), name == chosen) for name in names]
    return html.Div([head, _queue(chosen, tabs), _gateway(house)], className="stack")


def _queue(name: str, tabs: list[tuple[str, str, bool]]) -> html.Div:
    hours = history.queue_hours(name, utc_now())
    work = [Hour(one.at, (one.done, one.failed), _said_work(one)) for one in hours]
    wait = [Hour(one.at, (one.wait_p95,), _said_wait(one)) for one in hours]
    return _sheet(
        _head(_("Queue %(name)s") % {"name": name}),
        _choose(tabs),
        _words(_("Rows done (below) and runs that failed (above)")),
        _chart(
            "history--work",
            drawn.figure(work, up=_("Rows"), label=said.count, least=4),
            _("Rows done and failed by hour"),
        ),
        _words(_("Wait in the queue: 95 of 100 jobs were taken within")),
        _chart(
            "history--wait",
            drawn.figure(wait, up=_("Wait"), label=said.ms, least=_SECOND),
            _("Wait in the queue by hour"),
        ),
        _table("queue", [one for one in hours if one.done or one.failed]),
    )


def _gateway(house: House | None) -> html.Div:
    hours = history.gateway_hours(utc_now(), house=house.id if house else None)
    slow = [Hour(one.at, (one.p95,), _said_answer(one)) for one in hours]
    no = [Hour(one.at, (_share(one),), _said_no(one)) for one in hours]
    title = _("Processors of %(name)s") % {"name": house.name} if house else _("Processors of all merchants")
    return _sheet(
        _head(title),
        _words(_("Answers: 95 of 100 calls were answered within")),
        _chart(
            "history--answers", drawn.figure(slow, up=_("Answer"), label=said.ms, least=_SECOND), _("Answers by hour")
        ),
        _words(_("Declined, of the attempts that came to a verdict")),
        _chart(
            "history--declined",
            drawn.figure(no, up=_("Declined"), label=said.share, least=_TENTH),
            _("Declined by hour"),
        ),
        _table("gateway", [one for one in hours if one.calls or one.verdicts]),
    )


def _share(one: GatewayHour) -> int | None:
    """Declined ones of 1000."""
    return (1000 * one.declined + one.verdicts // 2) // one.verdicts if one.verdicts else None


def _said_work(one: QueueHour) -> str:
    words = {"when": _when(one), "done": said.count(one.done), "failed": said.count(one.failed)}
    return _("%(when)s: %(done)s done, %(failed)s failed") % words


def _said_wait(one: QueueHour) -> str:
    return _("%(when)s: within %(time)s") % {"when": _when(one), "time": said.ms(one.wait_p95)}


def _said_answer(one: GatewayHour) -> str:
    words = {"when": _when(one), "time": said.ms(one.p95), "calls": said.count(one.calls)}
    return _("%(when)s: within %(time)s, %(calls)s calls") % words


def _said_no(one: GatewayHour) -> str:
    words = {"when": _when(one), "share": said.share(_share(one)), "n": said.count(one.verdicts)}
    return _("%(when)s: %(share)s of %(n)s declined") % words


def _when(one: QueueHour | GatewayHour) -> str:
    return f"{drawn.day(one.at)} {one.at:%H:%M}"


def _chart(name: str, figure: dict[str, Any], spoken: str) -> html.Div:
    """A chart with a name for those who do not see it; its exact figures stand in the table that follows."""
    graph = dcc.Graph(id=name, figure=figure, config=CONFIG, responsive=True, style={"height": "13rem"})
    named: dict[str, Any] = {"aria-label": spoken}
    look = "chart failing" if name == "history--work" else "chart plain"
    return html.Div(graph, className=look, role="img", **named)


def _words(sentence: str) -> html.P:
    return html.P(sentence, className="small muted pad-x mb-0")


def _sheet(*inside: Any) -> html.Div:
    return html.Div(list(inside), className="sheet")


def _head(title: str) -> html.Header:
    return html.Header(html.H2(title))


def _choose(tabs: list[tuple[str, str, bool]]) -> Fragment:
    return fragment("operations/history_head.html", class_name="pad-x", tabs=tabs)


def _table(of: str, hours: Any) -> Fragment:
    return fragment(
        "operations/history_table.html",
        class_name="pad-x",
        of=of,
        hours=list(reversed(hours)),
        part=_share,
        **frame.words(utc_now()),
    )
