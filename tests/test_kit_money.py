"""Amounts are exact in every currency, and read as people write them."""

from copy import copy
from decimal import Decimal

import pytest
from babel.core import Locale
from babel.numbers import format_currency

from kit.errors import DomainError
from kit.i18n import speaking
from kit.money import Money, parse


@pytest.mark.parametrize(
    ("minor", "currency", "text"),
    [(120450, "USD", "$1,204.50"), (12000, "JPY", "¥12,000"), (-5, "EUR", "-€0.05"), (10, "USD", "$0.10")],
)
def test_amounts_are_written_with_their_currency(minor: int, currency: str, text: str) -> None:
    assert str(Money(minor, currency)) == text


@pytest.mark.parametrize("locale", ["en", "en_IN", "es", "es_US", "es_MX", "fr_CH", "de_AT", "hi", "ar_EG", "he", "fa"])
def test_what_is_written_is_what_the_unicode_tables_say(locale: str) -> None:
    parsed = Locale.parse("en_US" if locale == "en" else locale)
    for currency, places in (("USD", 2), ("EUR", 2), ("JPY", 0), ("UGX", 0), ("KWD", 3), ("CLF", 2), ("XAF", 0)):
        pattern = copy(parsed.currency_formats["standard"])
        pattern.frac_prec = (places, places)
        for minor in (0, 7, -7, 99, 100, 1001, -123456, 99999999, 10**13 - 1, -(10**15) - 5):
            exact = Decimal(minor).scaleb(-places)
            with speaking(zone="UTC", locale=locale):
                written = str(Money(minor, currency))
            assert written == format_currency(exact, currency, pattern, locale=parsed, currency_digits=False)


def test_kwd_has_three_decimals() -> None:
    assert str(Money(1234567, "KWD")).endswith("1,234.567")


@pytest.mark.parametrize(
    ("text", "currency", "minor"), [("1,204.5", "USD", 120450), ("$12", "USD", 1200), ("7", "JPY", 7)]
)
def test_amounts_are_read(text: str, currency: str, minor: int) -> None:
    assert parse(text, currency) == Money(minor, currency)


@pytest.mark.parametrize(
    ("text", "currency"),
    [("12.345", "USD"), ("1.5", "JPY"), ("abc", "USD"), ("", "USD"), ("NaN", "USD"), ("1e99", "USD"), ("11,77", "EUR")],
)
def test_what_is_no_amount_is_refused_in_words(text: str, currency: str) -> None:
    with pytest.raises(DomainError):
        parse(text, currency)


def test_two_currencies_never_add() -> None:
    with pytest.raises(ValueError, match="cannot combine"):
        Money(1, "USD") + Money(1, "EUR")


def test_a_float_is_no_amount() -> None:
    with pytest.raises(TypeError):
        Money(1.0, "USD")  # type: ignore[arg-type]
