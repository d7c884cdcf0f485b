"""Light or dark: a saved choice, kept in this browser."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Blueprint, redirect, request
from flask.typing import ResponseReturnValue

from dashboard.door import door
from dashboard.guard import is_page
from domain.accounts.viewer import Audience
from kit.config import settings

appearance = Blueprint("appearance", __name__)
_YEAR = 365 * 24 * 3600


@appearance.post("/appearance")
@door(Audience.PUBLIC)
def choose() -> ResponseReturnValue:
    """Saves the choice and goes back to the page it was made on; anything but light or dark follows the device."""
    back = urlsplit(request.referrer or "").path
    response = redirect(back if is_page(back) else "/", 303)
    chosen = request.form.get("theme", "")
    if chosen in ("light", "dark"):
        response.set_cookie("theme", chosen, max_age=_YEAR, secure=settings().https, httponly=True, samesite="Lax")
    else:
        response.delete_cookie("theme", secure=settings().https, httponly=True, samesite="Lax")
    return response
