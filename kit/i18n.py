"""Texts in the reader's language and places in the reader's zone.

`_()` looks up at the moment it is called, so it is called inside functions only (a module-level text would freeze
the first reader's language).
"""

from __future__ import annotations

import gettext
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo

LOCALES = ("en",)
_LOCALE_DIR = Path(__file__).parent / "locale"
_locale: ContextVar[str] = ContextVar("locale", default="en")
_UTC = ZoneInfo("UTC")
_zone: ContextVar[ZoneInfo] = ContextVar("zone", default=_UTC)


@lru_cache
def _catalogue(locale: str) -> gettext.NullTranslations:
    return gettext.translation("settle", localedir=str(_LOCALE_DIR), languages=[locale], fallback=True)


def _(text: str) -> str:
    """The text in the current locale."""
    return _catalogue(_locale.get()).gettext(text)


def ngettext(one: str, many: str, n: int) -> str:
    """The text for n things in the current locale."""
    return _catalogue(_locale.get()).ngettext(one, many, n)


def current_locale() -> str:
    """The CLDR locale that amounts and dates are written in. Plain `en` text is written the American way."""
    return "en_US" if _locale.get() == "en" else _locale.get()


def current_zone() -> ZoneInfo:
    """The time zone that dates are rendered in: the merchant's."""
    return _zone.get()


@contextmanager
def speaking(*, zone: str, locale: str = "en") -> Iterator[None]:
    """Within it, texts and dates are for this locale and zone (an e-mail, a job, a command)."""
    tokens = _locale.set(locale), _zone.set(ZoneInfo(zone))
    try:
        yield
    finally:
        _locale.reset(tokens[0])
        _zone.reset(tokens[1])


def speak(*, zone: str, locale: str = "en") -> None:
    """Sets locale and zone for the rest of this context (a web request)."""
    _locale.set(locale)
    _zone.set(ZoneInfo(zone))
