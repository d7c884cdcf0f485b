"""A receipt, ready to print."""

from __future__ import annotations

from flask import Blueprint, abort
from flask.typing import ResponseReturnValue

from dashboard.door import door
from dashboard.render import page
from dashboard.viewer import signed_in
from dashboard.views import buying
from domain.accounts.viewer import Audience
from domain.payments.queries import receipt_of
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
    return page("customer/receipt.html", title=title, receipt=receipt, home=f"/p/{slug}")
