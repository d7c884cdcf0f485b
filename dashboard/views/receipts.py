"""A receipt, ready to print, and as PDF."""

from __future__ import annotations

from flask import Blueprint, Response, abort
from flask.typing import ResponseReturnValue

from dashboard.door import door
from dashboard.render import page
from dashboard.viewer import signed_in
from dashboard.views import buying
from domain.accounts.viewer import Audience
from domain.receipts.document import how_paid, receipt_pdf
from domain.receipts.queries import receipt_of
from kit.i18n import _

views = Blueprint("receipts", __name__)


@views.get("/p/<slug>/receipts/<number>")
@door(Audience.CUSTOMER)
def show(slug: str, number: str) -> ResponseReturnValue:
    """The receipt of a payment of this customer's, in the merchant's look."""
    receipt = receipt_of(buying.customer_of(signed_in()), number.upper())
    if receipt is None:
        abort(404)
    title = _("Receipt %(number)s") % {"number": receipt.number}
    return page("customer/receipt.html", title=title, receipt=receipt, how_paid=how_paid(receipt), home=f"/p/{slug}")


@views.get("/p/<slug>/receipts/<number>.pdf")
@door(Audience.CUSTOMER)
def pdf(slug: str, number: str) -> ResponseReturnValue:  # noqa: ARG001 - the guard has compared it
    """The same as a tagged PDF, to keep."""
    person = signed_in()
    if person.merchant is None:
        abort(404)
    made = receipt_pdf(buying.customer_of(person), number.upper(), merchant=person.merchant)
    if made is None:
        abort(404)
    answer = Response(made, mimetype="application/pdf")
    answer.headers.set("Content-Disposition", "attachment", filename=f"{number.upper()}.pdf")
    return answer
