"""The dashboards of failures as files: each table, and the list behind them, as CSV or as a workbook."""

from __future__ import annotations

from collections.abc import Iterator

from flask import Blueprint, abort, request
from flask.typing import ResponseReturnValue

from dashboard import download
from dashboard.door import door
from dashboard.viewer import signed_in
from domain.accounts.viewer import Audience, MerchantFacts
from domain.reports import failed, recovery, tables
from domain.reports.filters import Filters, What, filters_of
from kit.calendar import local_day
from kit.clock import utc_now
from kit.sheets import Kind, Row

views = Blueprint("board_files", __name__)


@views.get("/merchant/<slug>/failed.<any(csv, xlsx):kind>")
@door(Audience.STAFF)
def failed_file(slug: str, kind: str) -> ResponseReturnValue:
    """A table of *Failed payments*, or its list, with the filters of the address."""
    merchant, filters, table = _asked()
    rows: Iterator[Row]
    if table == "list":
        rows = tables.declines(failed.every(merchant, filters.listing(What.DECLINES), utc_now()), merchant.zone)
    elif table in tables.FAILED_TABLES:
        rows = tables.of_failed(failed.overview(merchant, filters, utc_now()), table)
    else:
        abort(404)
    return download.table(rows, kind=Kind(kind), name=_name(slug, "failed", table, filters))


@views.get("/merchant/<slug>/recovery.<any(csv, xlsx):kind>")
@door(Audience.STAFF)
def recovery_file(slug: str, kind: str) -> ResponseReturnValue:
    """A table of *Recovery*, or its list, with the filters of the address."""
    merchant, filters, table = _asked()
    rows: Iterator[Row]
    if table == "list":
        what = filters.what if filters.what and filters.what is not What.DECLINES else What.FAILED
        rows = tables.cases(recovery.every(merchant, filters.listing(what), utc_now()), merchant.zone)
    elif table in tables.RECOVERY_TABLES:
        rows = tables.of_recovery(recovery.overview(merchant, filters, utc_now()), table)
    else:
        abort(404)
    return download.table(rows, kind=Kind(kind), name=_name(slug, "recovery", table, filters))


def _asked() -> tuple[MerchantFacts, Filters, str]:
    merchant = signed_in().merchant
    assert merchant is not None  # the guard: an address with a slug has the session's merchant
    filters, _said = filters_of(request.args, local_day(utc_now(), merchant.zone))
    return merchant, filters, request.args.get("table", "list")


def _name(slug: str, board: str, table: str, filters: Filters) -> str:
    return f"{slug}-{board}-{table}-{filters.first}-{filters.last}"
