"""A merchant's people and operators: who they are, once more. `@door(Audience.STAFF, proof=True)` asks."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from flask import Blueprint, redirect, request
from flask.typing import ResponseReturnValue

from dashboard.door import door
from dashboard.guard import safe_next
from dashboard.render import page
from dashboard.routes import home_of, proof_of
from dashboard.viewer import signed_in
from dashboard.views import door_form as form
from domain.accounts.staff_prove import prove_staff
from domain.accounts.viewer import Audience, Role
from kit.errors import DomainError
from kit.i18n import _

views = Blueprint("staff_prove", __name__)
_PAGE = "sign_in/staff_prove.html"


@views.get("/merchant/<slug>/prove")
@door(Audience.STAFF)
def show(slug: str) -> ResponseReturnValue:
    """The form."""
    return page(_PAGE, errors={}, **_frame(Audience.STAFF, slug, request.args.get("next")))


@views.post("/merchant/<slug>/prove")
@door(Audience.STAFF, role=Role.VIEWER)
def press(slug: str) -> ResponseReturnValue:
    """Checks password and code, and back to the page that asked for them."""
    return _press(Audience.STAFF, slug)


@views.get("/operations/prove")
@door(Audience.OPERATOR)
def show_operator() -> ResponseReturnValue:
    """The form for operators."""
    return page(_PAGE, errors={}, **_frame(Audience.OPERATOR, "", request.args.get("next")))


@views.post("/operations/prove")
@door(Audience.OPERATOR)
def press_operator() -> ResponseReturnValue:
    """As for a merchant's person."""
    return _press(Audience.OPERATOR, "")


def _frame(audience: Audience, slug: str, wanted: str | None) -> dict[str, Any]:
    back = safe_next(wanted, audience, slug) or ""
    return {
        "title": _("Is it you?"),
        "action": proof_of(audience, slug),
        "back": back,
        "code": signed_in().second_factor,
    }


def _press(audience: Audience, slug: str) -> ResponseReturnValue:
    frame = _frame(audience, slug, form.typed("next"))
    try:
        prove_staff(viewer=signed_in(), password=form.typed("password"), code=form.typed("code"), address=form.caller())
    except DomainError as error:
        return form.again(_PAGE, error, **frame)
    return redirect(frame["back"] or home_of(audience, slug), HTTPStatus.SEE_OTHER)
