"""Which language a request is answered in: the person's own choice, this browser's, its settings, the merchant's."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Flask, Response, request

from domain.accounts.viewer import MerchantFacts, Viewer
from kit.i18n import LOCALES, current_language, speak

COOKIE = "lang"


@dataclass(frozen=True)
class Offer:
    """The languages to choose from, each by its own name, and the page to come back to."""

    now: str
    each: tuple[tuple[str, str], ...]
    back: str


def install(server: Flask) -> None:
    """Tells on every text what language it is in and what that depends on."""
    server.after_request(_tell)


def speak_to(house: MerchantFacts | None, person: Viewer | None = None) -> None:
    """Sets language, zone and country for the rest of this request."""
    zone, country = (house.zone, house.country) if house else ("UTC", "")
    speak(zone=zone, country=country, locale=_chosen(house.locale if house else "", person.locale if person else ""))


def offer() -> Offer:
    """What the choice of language shows on this page."""
    return Offer(current_language(), tuple(LOCALES.items()), request.full_path.rstrip("?"))


def _chosen(of_house: str, of_person: str) -> str:
    kept = request.cookies.get(COOKIE, "")
    of_cookie = kept if kept in LOCALES else ""  # a cookie holds what anybody wrote: "es_!!" is no locale
    of_browser = request.accept_languages.best_match(LOCALES) or ""
    for locale in (of_person, of_cookie, of_browser, of_house):
        if locale.partition("_")[0] in LOCALES:
            # A merchant's own kind of a language (en_GB) is how its readers write dates and amounts.
            return of_house if of_house.startswith(locale + "_") else locale
    return "en"


def _tell(response: Response) -> Response:
    if response.mimetype in ("text/html", "text/plain"):
        response.headers.setdefault("Content-Language", current_language())
        response.vary.update(("Cookie", "Accept-Language"))
    return response
