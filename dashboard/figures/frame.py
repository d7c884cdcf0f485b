"""What all charts share: a quiet frame and a scale in round numbers. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from decimal import Decimal
from typing import Any

from babel.core import Locale
from babel.numbers import format_currency, format_decimal

from kit.i18n import _, current_locale
from kit.money import Money, exponent

CONFIG: Any = {"displayModeBar": False, "responsive": True}
_AT_MOST = 4  # lines above zero


def scale(top: int, smallest: int = 1) -> list[int]:
    """Round numbers from 0 to at least `top`, in steps of 1, 2 or 5 times a power of ten of `smallest`."""
    step = smallest
    while True:
        for times in (1, 2, 5):
            if step * times * _AT_MOST >= top:
                reached = -(-max(top, 1) // (step * times))
                return [step * times * number for number in range(reached + 1)]
        step *= 10


def whole_unit(currency: str) -> int:
    """The minor units of one major unit: the smallest step of a scale of money."""
    return int(10 ** exponent(currency))


def round_amount(amount: Money) -> str:
    """An amount of whole major units without decimals, for a scale: `$1,500`."""
    locale = Locale.parse(current_locale())
    pattern = copy(locale.currency_formats["standard"])
    pattern.frac_prec = (0, 0)
    return format_currency(amount.decimal(), amount.currency, pattern, locale=locale, currency_digits=False)


def height(value: int, currency: str | None) -> str | None:
    """The height of a bar, exact: plotly reads a decimal from text. None for nothing."""
    if not value:
        return None
    return str(Money(value, currency).decimal()) if currency else str(value)


def said_value(value: int, currency: str | None) -> str:
    """A value in words: an amount, or a count."""
    return str(Money(value, currency)) if currency else format_decimal(value, locale=current_locale())


def lines(top: int, currency: str | None) -> list[tuple[str, str]]:
    """The lines of a scale that holds `top`: heights and their labels."""
    if currency is None:
        return [(str(at), format_decimal(at, locale=current_locale())) for at in scale(top)]
    amounts = [Money(minor, currency) for minor in scale(top, whole_unit(currency))]
    return [(str(amount.decimal()), round_amount(amount)) for amount in amounts]


def value_title(currency: str | None) -> str:
    """What the vertical axis measures."""
    return _("Amount, %(currency)s") % {"currency": currency} if currency else _("Payments")


def bars(
    names: Sequence[str], heights: Sequence[Any], said: Sequence[str], *, hatched: bool = False, shown: bool = False
) -> dict[str, Any]:
    """One series of bars, None for none; `said` is what each says under the pointer, and above it if `shown`."""
    marker: dict[str, Any] = {"line": {"width": 1}}
    if hatched:
        marker["pattern"] = {"shape": "/", "size": 6, "solidity": 0.4}
    series = {
        "type": "bar",
        "x": list(names),
        "y": list(heights),
        "customdata": list(said),
        "hovertemplate": "%{customdata}<extra></extra>",
        "marker": marker,
    }
    return {**series, "text": list(said), "textposition": "outside", "cliponaxis": False} if shown else series


def layout(
    *,
    mode: str,
    shown: dict[str, str],
    lines: Sequence[tuple[Any, str]],
    across: str = "",
    up: str = "",
    room: Decimal = Decimal(1),
) -> dict[str, Any]:
    """The frame: `shown` names a few places of the horizontal axis, `lines` are heights and their labels, `across` and
    `up` name the axes; `room` is how much taller than its highest line the chart is."""
    return {
        "barmode": mode,
        "bargap": 0.25,
        "bargroupgap": 0,
        "dragmode": False,
        "showlegend": False,
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"family": "inherit", "size": 12},
        "margin": {"l": 8, "r": 8, "t": 22, "b": 8},
        "hovermode": "closest",
        "xaxis": {
            "type": "category",
            "fixedrange": True,
            "automargin": True,
            "showgrid": False,
            "tickangle": 0,
            "tickvals": list(shown),
            "ticktext": list(shown.values()),
            "title": {"text": across, "standoff": 6},
        },
        "yaxis": {
            "type": "linear",
            "fixedrange": True,
            "automargin": True,
            "range": [0, str(Decimal(lines[-1][0]) * room)],
            "tickvals": [at for at, _label in lines],
            "ticktext": [label for _at, label in lines],
            "title": {"text": up, "standoff": 8},
        },
    }
