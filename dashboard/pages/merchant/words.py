"""Spans of days and of hours, as the dashboards say them."""

from __future__ import annotations

from decimal import Decimal

from babel.dates import format_date, format_interval
from babel.numbers import format_decimal

from dashboard.pages.merchant.boards import Here
from kit.i18n import _, current_locale

_A_DAY = 48  # hours; from here on days are easier to read


def span_words(where: Here) -> str:
    """The days shown: `Oct 25 – Nov 23, 2026`."""
    first, last = where.filters.first, where.filters.last
    if first == last:
        return str(format_date(first, "long", locale=current_locale()))
    return str(format_interval(first, last, "yMMMd", locale=current_locale()))


def how_long(hours: Decimal) -> str:
    """A mean time: in hours up to two days, then in days."""
    value, words = (hours, _("%(n)s hours")) if hours < _A_DAY else (hours / 24, _("%(n)s days"))
    return words % {"n": format_decimal(value, format="#,##0.#", locale=current_locale())}
