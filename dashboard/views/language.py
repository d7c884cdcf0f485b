"""The choice of a language, kept in this browser and, for a signed-in customer, in the account."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Blueprint, redirect, request
from flask.typing import ResponseReturnValue

from dashboard import cookies
from dashboard.door import door
from dashboard.guard import is_page
from dashboard.language import COOKIE
from domain.accounts import sessions
from domain.accounts.language import keep_language
from domain.accounts.viewer import Audience
from kit.clock import utc_now
from kit.config import settings
from kit.i18n import LOCALES

views = Blueprint("language", __name__)
_YEAR = 365 * 24 * 3600


@views.post("/language")
@door(Audience.PUBLIC)
def choose() -> ResponseReturnValue:
    """Saves the choice and goes back to the page it was made on. A language that we do not speak changes nothing."""
    back, chosen = _page_of(request.form.get("back", "")), request.form.get("language", "")
    response = redirect(back, 303)
    if chosen not in LOCALES:
        return response
    token = request.cookies.get(cookies.name_of(Audience.CUSTOMER), "")
    head, _, slug = urlsplit(back).path.strip("/").partition("/")
    if head == "p" and token:
        person = sessions.load(token, audience=Audience.CUSTOMER, now=utc_now(), slug=slug.partition("/")[0])
        if person and person.account_id:
            keep_language(account=person.account_id, language=chosen)
    response.set_cookie(COOKIE, chosen, max_age=_YEAR, secure=settings().https, httponly=True, samesite="Lax")
    return response


def _page_of(back: str) -> str:
    """The page of ours to go back to, else the start: never an address somewhere else."""
    parts = urlsplit(back)
    ours = not parts.scheme and not parts.netloc and parts.path.startswith("/") and is_page(parts.path)
    return back if ours and "\\" not in back and not back.startswith("//") and back.isprintable() else "/"
