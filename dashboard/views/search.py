"""The one search of the console. What is typed is answered and forgotten: it is neither kept nor logged."""

from __future__ import annotations

from flask import Blueprint, redirect, request
from flask.typing import ResponseReturnValue

from dashboard.door import door
from dashboard.render import page
from dashboard.viewer import signed_in
from domain.accounts.viewer import Audience
from domain.customers.looked_for import LONGEST, read
from domain.customers.search import Page, search
from kit.calendar import local_day
from kit.clock import utc_now
from kit.errors import NotFound
from kit.i18n import _, current_locale

views = Blueprint("search", __name__)

FOLDERS = {Page.CUSTOMER: "customers", Page.ORDER: "orders", Page.PAYMENT: "payments"}


@views.get("/merchant/<slug>/search")
@door(Audience.STAFF)
def look(slug: str) -> ResponseReturnValue:
    """Opens the one hit at once; lists several by their kind."""
    house = signed_in().merchant
    if house is None:
        raise NotFound(_("This page is not there."))
    asked = read(
        request.args.get("q", "")[: 2 * LONGEST], today=local_day(utc_now(), house.zone), locale=current_locale()
    )
    found = search(house.id, asked, zone=house.zone)
    base = f"/merchant/{slug}"
    if found.target is not None:
        return redirect(f"{base}/{FOLDERS[found.target.page]}/{found.target.id}", 303)
    return page("merchant/search.html", title=_("Search"), found=found, base=base, folders=FOLDERS)
