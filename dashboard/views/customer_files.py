"""The list of customers to take away, narrowed down as it is shown."""

from __future__ import annotations

from collections.abc import Iterator

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from dashboard import download
from dashboard.door import door
from dashboard.pages.merchant.house import house_of
from dashboard.viewer import signed_in
from domain.accounts.viewer import Audience
from domain.customers.listing import Row, read, whole
from kit.calendar import local_day
from kit.clock import utc_now
from kit.i18n import _
from kit.sheets import Kind
from kit.sheets import Row as Cells

views = Blueprint("customer_files", __name__)


@views.get("/merchant/<slug>/customers.<any(csv, xlsx):kind>")
@door(Audience.STAFF)
def table(slug: str, kind: str) -> ResponseReturnValue:
    """Everybody who fits, in the order in which they were made."""
    house = house_of(signed_in())
    wanted = read(request.args)
    rows = whole(house.id, wanted, today=local_day(utc_now(), house.zone))
    return download.table(_cells(rows), kind=Kind(kind), name=f"{slug}-customers")


def _cells(rows: Iterator[Row]) -> Iterator[Cells]:
    yield (
        _("Name"),
        _("E-mail"),
        _("Phone"),
        _("Customer number"),
        _("Since"),
        _("Invited"),
        _("Last signed in"),
        _("Charged automatically"),
        _("Latest failure"),
        _("Currency"),
        _("Owed now"),
    )
    for row in rows:
        who = (row.name, row.email, row.phone, row.reference)
        when = tuple(at.date().isoformat() if at else "" for at in (row.since, row.invited_at, row.seen_at))
        auto = _("Yes") if row.auto else _("No")
        own = (*who, *when, auto, row.failing.code if row.failing else "")
        for amount in row.owed:
            yield (*own, amount.currency, amount.decimal())
        if not row.owed:
            yield (*own, "", "")
