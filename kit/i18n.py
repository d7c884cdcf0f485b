"""Texts in the reader's language and places in the reader's zone.

`_()` looks up at the moment it is called, so it is called inside functions only (a module-level text would freeze
the first reader's language). The catalogues are `locale/<language>/LC_MESSAGES/settle.po`, read as they are: there is
no compiled copy that could be older. `make catalogs` brings them up to date with the source.
"""

from __future__ import annotations

import gettext
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from zoneinfo import ZoneInfo

from babel.lists import format_list

LOCALES = {"en": "English", "es": "Español"}  # each language by its own name, as its readers look for it
_LOCALE_DIR = Path(__file__).parent / "locale"
_locale: ContextVar[str] = ContextVar("locale", default="en")
_country: ContextVar[str] = ContextVar("country", default="")
_UTC = ZoneInfo("UTC")
_zone: ContextVar[ZoneInfo] = ContextVar("zone", default=_UTC)


@lru_cache
def _catalogue(locale: str) -> gettext.NullTranslations:
    path = _LOCALE_DIR / locale.partition("_")[0] / "LC_MESSAGES" / "settle.po"
    if not path.is_file():
        return gettext.NullTranslations()  # English, which the source is written in
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    compiled = BytesIO()
    with path.open("rb") as written:
        write_mo(compiled, read_po(written))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


def warm_up() -> None:
    """Reads every catalogue, so that no reader waits for it."""
    for language in LOCALES:
        _catalogue(language)


def _(text: str) -> str:
    """The text in the current locale."""
    return _catalogue(_locale.get()).gettext(text)


def ngettext(one: str, many: str, n: int) -> str:
    """The text for n things in the current locale."""
    return _catalogue(_locale.get()).ngettext(one, many, n)


def current_language() -> str:
    """The language that texts are in: one of LOCALES."""
    return _locale.get().partition("_")[0]


def current_locale() -> str:
    """The CLDR locale that amounts and dates are written in.

    Plain `en` is written the American way. Plain `es` is too where the merchant is in the United States ($1,204.50),
    and else as in Spain (1.204,50 €).
    """
    locale = _locale.get()
    if locale == "en" or (locale == "es" and _country.get() == "US"):
        return f"{locale}_US"
    return locale


def listed(words: list[str]) -> str:
    """Words as an enumeration: "Ann, Bo and Cy"."""
    return str(format_list(words, locale=current_locale()))


def current_zone() -> ZoneInfo:
    """The time zone that dates are rendered in: the merchant's."""
    return _zone.get()


@contextmanager
def speaking(*, zone: str, locale: str = "en", country: str = "") -> Iterator[None]:
    """Within it, texts and dates are for this locale, zone and merchant's country (an e-mail, a job, a command)."""
    tokens = _locale.set(locale), _zone.set(ZoneInfo(zone)), _country.set(country)
    try:
        yield
    finally:
        _locale.reset(tokens[0])
        _zone.reset(tokens[1])
        _country.reset(tokens[2])


def speak(*, zone: str, locale: str = "en", country: str = "") -> None:
    """Sets locale, zone and merchant's country for the rest of this context (a web request)."""
    _locale.set(locale)
    _zone.set(ZoneInfo(zone))
    _country.set(country)
