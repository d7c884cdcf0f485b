"""A named view of a dashboard, mailed to its person on Monday: the head figures, the tables, and the link."""

from __future__ import annotations

from decimal import Decimal
from urllib.parse import parse_qsl

from domain.accounts.viewer import MerchantFacts
from domain.mail import places
from domain.mail.letter import Button, Envelope, Letter
from domain.reports import failed, recovery
from domain.reports.filters import By, Dimension, Filters, filters_of
from domain.reports.labels import helper_names
from domain.reports.saved_views import Board, still_wanted
from domain.reports.shapes import Breakdown, Share
from kit.calendar import local_day
from kit.clock import utc_now
from kit.dates import humane_day
from kit.i18n import _, current_locale, ngettext

_Rows = list[tuple[str, str]]
_REASONS = 8


def build(envelope: Envelope) -> Letter | None:
    """Nothing when the view is gone or no longer to be mailed, or its person does not work there any more."""
    view = still_wanted(envelope.uuid("view"))
    if view is None:
        return None
    house, today = envelope.house, local_day(utc_now(), envelope.house.zone)
    filters, _said = filters_of(dict(parse_qsl(view.query)), today)
    rows = _recovery(house, filters) if Board(view.page) is Board.RECOVERY else _failed(house, filters)
    return Letter(
        subject=_("%(name)s: your figures of %(merchant)s") % {"name": view.name, "merchant": house.name},
        heading=view.name,
        first=(_span(filters), _("As of this morning. The link shows them as they are when you open it.")),
        rows=tuple(rows),
        button=Button(_("Open this view"), places.board(house.slug, view.page, view.query)),
        why=_("You get this on Mondays because you asked for it. Stop it under “Your views” of your console."),
        manage=False,
    )


def _span(filters: Filters) -> str:
    days = (humane_day(day, filters.last, current_locale()) for day in (filters.first, filters.last))
    return _("From %(first)s to %(last)s.") % dict(zip(("first", "last"), days, strict=True))


def _failed(house: MerchantFacts, filters: Filters) -> _Rows:
    view = failed.overview(house, filters, utc_now())
    by = filters.by
    before = _("The %(n)d days before") % {"n": filters.days}
    return [
        (_("Declined tries"), _both(view.declines, by)),
        (before, _both(view.before, by)),
        *_reasons(view.breakdowns[Dimension.GROUP], by),
    ]


def _recovery(house: MerchantFacts, filters: Filters) -> _Rows:
    view = recovery.overview(house, filters, utc_now())
    head, by, names = view.head, filters.by, helper_names()
    rows = [
        (_("Failed"), _both(head.failed, by)),
        (_("Recovered"), f"{_both(head.recovered, by)} · {_percent(head.recovered.percent_of(head.failed, by))}"),
        (_("Still open"), _both(head.still_open, by)),
        (_("Given up"), _both(head.given_up, by)),
    ]
    for row in view.compared:
        label = _("Came back within %(n)d days") % {"n": row.days}
        said = _("%(now)s, before: %(before)s") % {
            "now": _percent(row.now.rate(by)),
            "before": _percent(row.before.rate(by)),
        }
        rows.append((label, said))
    rows += [
        (_("Brought back: %(who)s") % {"who": names[helper]}, _both(share, by))
        for helper, share in view.helpers
        if share.count
    ]
    return rows + _reasons(view.breakdowns[Dimension.GROUP], by)


def _reasons(breakdown: Breakdown, by: By) -> _Rows:
    return [
        (_("Why: %(reason)s") % {"reason": row.label}, _both(row.failed, by))
        for row in breakdown.rows[:_REASONS]
        if row.failed.count
    ]


def _both(share: Share, by: By) -> str:
    count = ngettext("%(n)d payment", "%(n)d payments", share.count) % {"n": share.count}
    return f"{count} · {share.amount}" if by is By.COUNT else f"{share.amount} · {count}"


def _percent(rate: Decimal | None) -> str:
    return "–" if rate is None else _("%(n)s%%") % {"n": str(rate).removesuffix(".0")}
