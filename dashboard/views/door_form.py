"""What the sign-in family shares: the merchant of the address, a form drawn again with its errors, the way back."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from flask import Response, abort, redirect, request
from flask.typing import ResponseReturnValue

from dashboard import cookies
from dashboard.language import speak_to
from dashboard.render import page
from dashboard.viewer import viewer
from domain.accounts.sign_in import MustWait
from domain.accounts.viewer import Audience, MerchantFacts
from domain.merchants.facts import merchant_facts
from kit.device import device_of
from kit.errors import DomainError
from kit.i18n import _


def house_of(slug: str) -> MerchantFacts:
    """The merchant of the address, and its language and zone for this request. Aborts with 404 when there is none."""
    house = merchant_facts(slug)
    if house is None:
        abort(404)
    speak_to(house, viewer())
    return house


def typed(name: str) -> str:
    """What stands in a field of the form."""
    return request.form.get(name, "")


def again(template: str, error: DomainError, **values: Any) -> ResponseReturnValue:
    """The form again, with the sentence at its field; a password is never sent back."""
    status = HTTPStatus.TOO_MANY_REQUESTS if isinstance(error, MustWait) else HTTPStatus.UNPROCESSABLE_ENTITY
    return page(template, errors={error.field or "": error.sentence}, **values), status


def dead_link(**values: Any) -> ResponseReturnValue:
    """The page of a link that does not work, whatever the reason; it offers a fresh one to any address."""
    title = _("This link no longer works")
    shown = {"errors": {}, "email": "", "back": "", "to_sign_in": False} | values
    return page("sign_in/dead_link.html", title=title, **shown), HTTPStatus.GONE


def handing_out(audience: Audience, token: str, to: str) -> ResponseReturnValue:
    """Gives the browser its session and sends it on."""
    answer = redirect(to, HTTPStatus.SEE_OTHER)
    assert isinstance(answer, Response)
    cookies.hand_out(answer, audience, token)
    return answer


def taking_back(audience: Audience, to: str) -> ResponseReturnValue:
    """Takes the session from the browser and sends it on."""
    answer = redirect(to, HTTPStatus.SEE_OTHER)
    assert isinstance(answer, Response)
    cookies.take_back(answer, audience)
    return answer


def held_token(audience: Audience) -> str:
    """The token in the browser's cookie, or nothing."""
    return request.cookies.get(cookies.name_of(audience), "")


def device() -> str:
    """What the browser says that it is, for the person's own list of devices."""
    return device_of(request.headers.get("User-Agent", ""))


def caller() -> str:
    """The address that the request comes from, as the trusted proxies tell."""
    return request.remote_addr or ""
