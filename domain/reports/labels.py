"""What the dashboards' keys are called: families of declines, codes, networks, kinds of methods, who tried. Pure."""

from __future__ import annotations

from datetime import date, time, timedelta
from functools import lru_cache

from babel.dates import format_date, format_time

from domain.recoveries.declines import family_name
from domain.reports.filters import Dimension
from domain.reports.shapes import Helper
from domain.reports.terms import term
from kit.i18n import _, current_locale

FAMILIES = ("funds", "limit", "expired", "details", "lost", "confirm", "not_allowed", "declined", "revoked",
            "account_closed", "new_details", "prepaid", "bank_trouble")  # fmt: skip
NETWORKS = ("visa", "mastercard", "amex", "discover", "diners", "jcb", "unionpay", "bank")
KINDS = ("card", "us_bank_account")
_A_MONDAY = date(2024, 1, 1)


def dimension_names() -> dict[Dimension, str]:
    """What failures are told apart by, as a heading or a label."""
    return {
        Dimension.GROUP: _("Reason"),
        Dimension.CODE: _("Decline code"),
        Dimension.NETWORK: _("Network"),
        Dimension.KIND: _("Method type"),
        Dimension.HOUR: _("Hour"),
        Dimension.WEEKDAY: _("Weekday"),
        Dimension.N: _("Retry number"),
        Dimension.CHANNEL: _("Channel"),
    }


def helper_names() -> dict[Helper, str]:
    """Who brought the money back, or who tried."""
    return {
        Helper.PORTAL: _("Customer in the portal"),
        Helper.FIX_IT: _("Fix-it link in the mail"),
        Helper.AUTOMATIC: _("Automatic try"),
        Helper.TEAM: _("Your team"),
    }


def key_name(dimension: Dimension, key: str) -> str:
    """A key in words; one that we do not know is shown as it is."""
    match dimension:
        case Dimension.GROUP:
            return family_name(key)
        case Dimension.NETWORK:
            return _networks().get(key, key.replace("_", " ").capitalize())
        case Dimension.KIND:
            return {"card": _("Card"), "us_bank_account": _("Bank account")}.get(key, key)
        case Dimension.HOUR:
            return hour_name(int(key))
        case Dimension.WEEKDAY:
            return weekday_name(int(key))
        case Dimension.N:
            return _("First try or press") if key == "0" else _("Retry %(n)s") % {"n": key}
        case Dimension.CHANNEL:
            return helper_names().get(Helper(key), key) if key in set(Helper) else key
    return key


def _networks() -> dict[str, str]:
    return {
        "visa": "Visa",
        "mastercard": "Mastercard",
        "amex": "American Express",
        "discover": "Discover",
        "diners": "Diners Club",
        "jcb": "JCB",
        "unionpay": "UnionPay",
        "bank": _("Bank account"),
    }


def hour_name(hour: int) -> str:
    """An hour of the day: `09:00`, `9 AM`."""
    return _hour(hour, current_locale())


def weekday_name(weekday: int, width: str = "EEEE") -> str:
    """A day of the week; 0 is Monday."""
    return _weekday(weekday, width, current_locale())


@lru_cache  # a page names each hour and day many times over
def _hour(hour: int, locale: str) -> str:
    return format_time(time(hour), "short", locale=locale)


@lru_cache
def _weekday(weekday: int, width: str, locale: str) -> str:
    return format_date(_A_MONDAY + timedelta(days=weekday), width, locale=locale)


def code_meaning(code: str) -> str:
    """What a decline code means for the merchant."""
    return term(code).meaning
