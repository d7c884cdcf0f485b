"""Customers: the password once more, before the way in or the contact details are changed. `@door(proof=True)` asks."""

from __future__ import annotations

from http import HTTPStatus

from flask import Blueprint, redirect, request
from flask.typing import ResponseReturnValue

from dashboard.door import door
from dashboard.guard import safe_next
from dashboard.render import page
from dashboard.routes import home_of
from dashboard.viewer import signed_in
from dashboard.views import door_form as form
from domain.accounts.prove import prove
from domain.accounts.viewer import Audience
from kit.errors import DomainError
from kit.i18n import _

views = Blueprint("prove", __name__)


@views.get("/p/<slug>/prove")
@door(Audience.CUSTOMER)
def show(slug: str) -> ResponseReturnValue:
    """The form."""
    back = safe_next(request.args.get("next"), Audience.CUSTOMER, slug)
    return page("sign_in/prove.html", errors={}, **_frame(slug, back))


def _frame(slug: str, back: str | None) -> dict[str, object]:
    return {"title": _("Is it you?"), "slug": slug, "back": back or ""}


@views.post("/p/<slug>/prove")
@door(Audience.CUSTOMER)
def press(slug: str) -> ResponseReturnValue:
    """Checks the password, and back to the page that asked for it."""
    back = safe_next(form.typed("next"), Audience.CUSTOMER, slug)
    try:
        prove(viewer=signed_in(), password=form.typed("password"), address=form.caller())
    except DomainError as error:
        return form.again("sign_in/prove.html", error, **_frame(slug, back))
    return redirect(back or home_of(Audience.CUSTOMER, slug), HTTPStatus.SEE_OTHER)
