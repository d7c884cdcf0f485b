"""Where a merchant's people land: what waits for a person, what comes within seven days, how the money stands."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from dash import html

from dashboard import qr
from dashboard.pages.merchant import limits
from dashboard.render import fragment
from dashboard.said import heard
from domain.accounts.viewer import Role, Viewer
from domain.desk import decide, expiring, queries, words
from domain.desk.terms import Kind, Row, Step, Sum
from domain.desk.week import ENOUGH, week
from domain.mail.places import portal
from domain.reports import recovery
from domain.reports.filters import filters_of
from kit.calendar import local_day
from kit.clock import utc_now
from kit.i18n import _


def layout(viewer: Viewer, page: str = "1") -> html.Div:
    """The page. `page` is the list's page, as the address claims it."""
    assert viewer.merchant is not None  # the guard: a row with a slug has the viewer's merchant
    merchant, now, may = viewer.merchant, utc_now(), viewer.may(Role.MANAGER)
    number = int(page) if page.isdecimal() and len(page) < 6 else 1
    ending = expiring.expiring(merchant, now)
    desk = queries.desk(merchant, now, staff=viewer.staff_id, page=number, beside=ending)
    cards, coming = desk.beside, week(merchant, now)
    address = f"/merchant/{merchant.slug}"
    tomorrow = local_day(now, merchant.zone) + timedelta(days=1)
    return html.Div(
        [
            fragment("merchant/today_head.html", desk=desk, said=heard(), words=words, address=address, may=may),
            *limits.stopped(merchant),
            fragment(
                "merchant/today_list.html",
                desk=desk,
                words=words,
                acts=_acts(),
                offered=decide.OFFERED,
                kinds=Kind,
                me=viewer.staff_id,
                address=address,
                may=may,
                tomorrow=tomorrow,
            ),
            html.Div(
                [
                    fragment(
                        "merchant/today_week.html",
                        week=coming,
                        cards=cards,
                        behind=_behind(cards),
                        people=len({row.found.customer for row in cards}),
                        enough=ENOUGH,
                        address=address,
                        may=may,
                        class_name="stack",
                    ),
                    fragment(
                        "merchant/today_portal.html",
                        url=portal(merchant.slug),
                        qr=qr.of_portal(portal(merchant.slug)),
                        address=address,
                    ),
                ],
                className="cols",
            ),
            fragment(
                "merchant/today_tiles.html",
                failed=recovery.head_of(merchant, filters_of({}, local_day(now, merchant.zone))[0]),
                standing=coming.standing,
                address=address,
            ),
        ],
        className="stack",
    )


def _behind(cards: Iterable[Row]) -> Sum:
    total = Sum()
    for row in cards:
        if row.found.amount is not None:
            total.add(1, row.found.amount.currency, row.found.amount.minor)
    return total


def _acts() -> dict[Step, str]:
    return {
        Step.ASKED: _("Ask for a new card"),
        Step.SENT: _("Send the link again"),
        Step.AGREED: _("Accept"),
        Step.DECLINED: _("Decline"),
        Step.REOPENED: _("Ask the customer again"),
        Step.WRITTEN_OFF: _("Write off"),
        Step.CLOSED: _("Close: it was never made"),
    }
