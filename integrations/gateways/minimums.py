"""The least amount that a processor charges, by currency, as data with a source and a date.

Stripe: https://docs.stripe.com/currencies (minimum and maximum charge amounts), checked 2026-11-23. The table is for an
account that settles in the currency it charges; another pair is converted, and the least amount of the settlement
currency counts. Stripe asks about half a US dollar of a currency that its table does not name: those of `_WORTH` are
that half dollar at the rate of the same day, rounded up generously, and every other one is one whole unit.
"""

from __future__ import annotations

from datetime import date

from kit.money import Money, exponent

CHECKED = date(2026, 11, 23)

# In minor units.
_STRIPE = {
    "AED": 200,
    "AUD": 50,
    "BRL": 50,
    "CAD": 50,
    "CHF": 50,
    "CZK": 1500,
    "DKK": 250,
    "EUR": 50,
    "GBP": 30,
    "HKD": 400,
    "HUF": 17500,
    "INR": 50,
    "JPY": 50,
    "MXN": 1000,
    "MYR": 200,
    "NOK": 300,
    "NZD": 50,
    "PLN": 200,
    "RON": 200,
    "SEK": 300,
    "SGD": 50,
    "THB": 1000,
    "USD": 50,
}
_WORTH = {"BHD": 250, "CLP": 600, "IDR": 1_000_000, "JOD": 500, "KRW": 1000, "KWD": 250, "OMR": 250, "TND": 2000,
          "VND": 15_000, "XAF": 400, "XOF": 400}  # fmt: skip


def least(currency: str) -> Money:
    """The least amount of this currency (upper case) that can be charged at all."""
    known = _STRIPE.get(currency) or _WORTH.get(currency)
    return Money(known if known is not None else 10 ** exponent(currency), currency)
