"""One's own data to take away: purchases and payments as a table, and everything that is held."""

from __future__ import annotations

from collections.abc import Iterator

from flask import Blueprint, Response, stream_with_context
from flask.typing import ResponseReturnValue

from dashboard.door import door
from dashboard.viewer import signed_in
from dashboard.views.buying import customer_of
from domain.accounts.viewer import Audience
from domain.customers.export import everything
from domain.customers.export_table import purchases_table
from kit.csv_text import csv_text
from kit.i18n import current_zone

views = Blueprint("export", __name__)


@views.get("/p/<slug>/export.csv")
@door(Audience.CUSTOMER)
def table(slug: str) -> ResponseReturnValue:
    """Purchases and payments, for a spreadsheet."""
    rows = purchases_table(customer_of(signed_in()), zone=str(current_zone()))
    return _download(csv_text(rows), "text/csv; charset=utf-8; header=present", f"{slug}-purchases.csv")


@views.get("/p/<slug>/export.json")
@door(Audience.CUSTOMER)
def whole(slug: str) -> ResponseReturnValue:
    """Everything that is held about the customer."""
    person = signed_in()
    copy = everything(customer=customer_of(person), account=person.account_id)
    return _download(copy, "application/json", f"{slug}-my-data.json")


def _download(pieces: Iterator[str], kind: str, name: str) -> Response:
    answer = Response(stream_with_context(pieces), content_type=kind)
    answer.headers.set("Content-Disposition", "attachment", filename=name)
    return answer
