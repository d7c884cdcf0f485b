"""An amount as a person types it: with the decimal sign of their own language, and no more decimals than exist."""

from __future__ import annotations

from decimal import Decimal

from babel.numbers import format_decimal, get_decimal_symbol, get_group_symbol

from kit.errors import DomainError
from kit.i18n import _, current_locale
from kit.money import Money, exponent, parse

_MOST = 40  # of what was typed is quoted
_SPACES = dict.fromkeys(map(ord, " \u00a0\u202f"))
_SIGNS = "$€£¥"


def read_amount(text: str, currency: str) -> Money:
    """The amount above zero that was typed. Raises DomainError on the field `amount`, with an example of a good one."""
    point, group = get_decimal_symbol(current_locale()), get_group_symbol(current_locale())
    bare = text.translate(_SPACES).upper().removeprefix(currency).removesuffix(currency).strip(_SIGNS)
    if not bare or ("." in bare and "." not in (point, group)):
        raise _wrong(text, currency)
    plain = bare.replace(group, "#").replace(point, ".").replace("#", ",")
    try:
        amount = parse(plain, currency)
    except DomainError:
        raise _wrong(text, currency) from None
    if amount.minor <= 0:
        raise DomainError(_("Write an amount above zero."), field="amount")
    return amount


def as_typed(amount: Money) -> str:
    """An amount as it would be typed: no sign, no thousands, every decimal of the currency."""
    places = exponent(amount.currency)
    pattern = "0." + "0" * places if places else "0"
    return format_decimal(amount.decimal(), pattern, locale=current_locale())


def _wrong(text: str, currency: str) -> DomainError:
    example = as_typed(Money(int(Decimal("1234.567").scaleb(exponent(currency))), currency))
    values = {"text": text[:_MOST], "example": example, "currency": currency}
    if exponent(currency) == 0:
        return DomainError(
            _("“%(text)s” is not an amount in %(currency)s, which has no decimals. Write it like %(example)s.")
            % values,
            field="amount",
        )
    return DomainError(
        _("“%(text)s” is not an amount in %(currency)s. Write it like %(example)s.") % values, field="amount"
    )
