"""What a merchant's person or an operator sees and changes about themselves: name, password, second factor."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from flask import Blueprint, redirect
from flask.typing import ResponseReturnValue

from dashboard.door import door
from dashboard.render import page
from dashboard.said import heard, say
from dashboard.viewer import signed_in
from dashboard.views import door_form as form
from domain.accounts import you
from domain.accounts.roles import name_of
from domain.accounts.second_factor import codes_left
from domain.accounts.viewer import Audience, Role
from kit.errors import DomainError, NotAllowed
from kit.i18n import _

views = Blueprint("staff_you", __name__)
_MINE, _OPERATOR = "/merchant/<slug>/settings/you", "/operations/you"


def base_of(slug: str) -> str:
    """The address of the person's own page."""
    return _MINE.replace("<slug>", slug) if slug else _OPERATOR


@views.get(_MINE)
@door(Audience.STAFF)
def show(slug: str) -> ResponseReturnValue:
    """What stands."""
    return _show(slug)


@views.get(_OPERATOR)
@door(Audience.OPERATOR)
def show_operator() -> ResponseReturnValue:
    """The same for operators."""
    return _show("")


def _show(slug: str, typed: str | None = None, error: DomainError | None = None) -> ResponseReturnValue:
    person = signed_in()
    values: dict[str, Any] = {
        "title": _("You"),
        "base": base_of(slug),
        "settings": f"/merchant/{slug}/settings" if slug else "",
        "name": person.name if typed is None else typed,
        "role": name_of(person.role) if person.role else "",
        "second_factor": person.second_factor,
        "codes": codes_left(person.staff_id) if person.staff_id and person.second_factor else 0,
        "least": you.least_characters(person),
        "said": heard(),
    }
    if error is not None:
        return form.again("merchant/you.html", error, **values)
    return page("merchant/you.html", errors={}, **values)


@views.post(f"{_MINE}/name")
@door(Audience.STAFF, role=Role.VIEWER)
def press_name(slug: str) -> ResponseReturnValue:
    """The name that colleagues read."""
    return _rename(slug)


@views.post(f"{_OPERATOR}/name")
@door(Audience.OPERATOR)
def press_name_operator() -> ResponseReturnValue:
    """The same for operators."""
    return _rename("")


def _rename(slug: str) -> ResponseReturnValue:
    try:
        you.rename(viewer=signed_in(), name=form.typed("name"))
    except DomainError as error:
        return _show(slug, form.typed("name"), error)
    say(_("Your name is changed."), "good")
    return redirect(base_of(slug), HTTPStatus.SEE_OTHER)


@views.get(f"{_MINE}/password")
@door(Audience.STAFF, proof=True)
def password(slug: str) -> ResponseReturnValue:
    """The form; its door has asked for the present password."""
    return page("merchant/you_password.html", errors={}, **_password_frame(slug))


@views.get(f"{_OPERATOR}/password")
@door(Audience.OPERATOR, proof=True)
def password_operator() -> ResponseReturnValue:
    """The same for operators."""
    return page("merchant/you_password.html", errors={}, **_password_frame(""))


def _password_frame(slug: str) -> dict[str, Any]:
    return {"title": _("Change password"), "back": base_of(slug), "minimum": you.least_characters(signed_in())}


@views.post(f"{_MINE}/password")
@door(Audience.STAFF, role=Role.VIEWER, proof=True)
def press_password(slug: str) -> ResponseReturnValue:
    """Sets it; this browser stays signed in, every other one does not."""
    return _press_password(slug)


@views.post(f"{_OPERATOR}/password")
@door(Audience.OPERATOR, proof=True)
def press_password_operator() -> ResponseReturnValue:
    """The same for operators."""
    return _press_password("")


def _press_password(slug: str) -> ResponseReturnValue:
    try:
        you.change_staff_password(viewer=signed_in(), password=form.typed("password"))
    except NotAllowed as why:
        say(why.sentence, "bad")
    except DomainError as error:
        return form.again("merchant/you_password.html", error, **_password_frame(slug))
    else:
        say(_("Your password was changed, and every other device was signed out."), "good")
    return redirect(base_of(slug), HTTPStatus.SEE_OTHER)
