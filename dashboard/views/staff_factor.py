"""A merchant's person or an operator: the second factor, switched on, its recovery codes, switched off."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from flask import Blueprint, redirect
from flask.typing import ResponseReturnValue

from dashboard import qr
from dashboard.door import door
from dashboard.render import page
from dashboard.said import say
from dashboard.viewer import signed_in
from dashboard.views import door_form as form
from dashboard.views.staff_you import base_of
from domain.accounts import second_factor
from domain.accounts.viewer import Audience, Role
from kit.errors import Conflict, DomainError
from kit.i18n import _

views = Blueprint("staff_factor", __name__)
_MINE, _OPERATOR = "/merchant/<slug>/settings/you/second-factor", "/operations/you/second-factor"


@views.get(_MINE)
@door(Audience.STAFF, proof=True)
def show(slug: str) -> ResponseReturnValue:
    """The QR code of a fresh secret; or what stands, and how to end it."""
    return _show(slug)


@views.get(_OPERATOR)
@door(Audience.OPERATOR, proof=True)
def show_operator() -> ResponseReturnValue:
    """The same for operators."""
    return _show("")


def _show(slug: str) -> ResponseReturnValue:
    person = signed_in()
    if person.second_factor:
        return page("merchant/factor_on.html", errors={}, **_standing(slug))
    return page("merchant/factor.html", errors={}, **_frame(slug, second_factor.begin(viewer=person)))


def _titled(slug: str) -> dict[str, Any]:
    return {"title": _("Second factor"), "back": base_of(slug)}


def _standing(slug: str) -> dict[str, Any]:
    person = signed_in()
    left = second_factor.codes_left(person.staff_id) if person.staff_id else 0
    return {"left": left, **_titled(slug)}


def _frame(slug: str, enrolment: second_factor.Enrolment) -> dict[str, Any]:
    return {"enrolment": enrolment, "qr": qr.drawn(enrolment.address), **_titled(slug)}


@views.post(_MINE)
@door(Audience.STAFF, role=Role.VIEWER, proof=True)
def press(slug: str) -> ResponseReturnValue:
    """Switches it on and shows the recovery codes, once."""
    return _press(slug)


@views.post(_OPERATOR)
@door(Audience.OPERATOR, proof=True)
def press_operator() -> ResponseReturnValue:
    """The same for operators."""
    return _press("")


def _press(slug: str) -> ResponseReturnValue:
    person, sealed = signed_in(), form.typed("enrolment")
    try:
        codes = second_factor.confirm(viewer=person, sealed=sealed, code=form.typed("code"))
    except Conflict as why:
        say(why.sentence)
        return redirect(base_of(slug), HTTPStatus.SEE_OTHER)
    except DomainError as error:
        kept = second_factor.again(viewer=person, sealed=sealed) or second_factor.begin(viewer=person)
        return form.again("merchant/factor.html", error, **_frame(slug, kept))
    return _codes(slug, codes)


def _codes(slug: str, codes: list[str]) -> ResponseReturnValue:
    return page("merchant/factor_codes.html", codes=codes, **_titled(slug))


@views.post(f"{_MINE}/codes")
@door(Audience.STAFF, role=Role.VIEWER, proof=True)
def press_codes(slug: str) -> ResponseReturnValue:
    """Ten fresh recovery codes, shown once."""
    return _codes(slug, second_factor.renew_codes(viewer=signed_in()))


@views.post(f"{_OPERATOR}/codes")
@door(Audience.OPERATOR, proof=True)
def press_codes_operator() -> ResponseReturnValue:
    """The same for operators."""
    return _codes("", second_factor.renew_codes(viewer=signed_in()))


@views.post(f"{_MINE}/off")
@door(Audience.STAFF, role=Role.VIEWER, proof=True)
def press_off(slug: str) -> ResponseReturnValue:
    """Switches it off."""
    return _press_off(slug)


@views.post(f"{_OPERATOR}/off")
@door(Audience.OPERATOR, proof=True)
def press_off_operator() -> ResponseReturnValue:
    """The same for operators."""
    return _press_off("")


def _press_off(slug: str) -> ResponseReturnValue:
    try:
        second_factor.switch_off(viewer=signed_in(), password=form.typed("password"), address=form.caller())
    except DomainError as error:
        return form.again("merchant/factor_on.html", error, **_standing(slug))
    say(_("You sign in by password alone now."), "good")
    return redirect(base_of(slug), HTTPStatus.SEE_OTHER)
