"""How much had come back 7, 14 and 30 days after its failure: this span beside the one before it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from babel.numbers import format_decimal

from dashboard.figures.frame import bars, layout
from kit.i18n import _, current_locale

_SCALES = ((10, 2), (25, 5), (50, 10), (80, 20), (100, 25))  # how high the scale goes, and its steps, in percent


@dataclass(frozen=True)
class Pair:
    """The rates at one age, in percent; None where nothing was old enough."""

    age: int  # days
    now: Decimal | None
    before: Decimal | None


def figure(pairs: Sequence[Pair], *, by_count: bool) -> dict[str, Any]:
    """Two bars an age, the span before (second series) hatched; each with its rate above it."""
    ages = [_("%(n)d days") % {"n": pair.age} for pair in pairs]
    top = max((rate for pair in pairs for rate in (pair.now, pair.before) if rate is not None), default=Decimal(0))
    reach, step = next(scale for scale in _SCALES if top <= scale[0])
    series = [
        bars(ages, [_text(rate) for rate in rates], [said(rate) for rate in rates], hatched=later, shown=True)
        for later, rates in ((False, [pair.now for pair in pairs]), (True, [pair.before for pair in pairs]))
    ]
    return {
        "data": series,
        "layout": layout(
            mode="group",
            shown={age: age for age in ages},
            lines=[(at, said(Decimal(at))) for at in range(0, reach + 1, step)],
            across=_("Within so many days of the failure"),
            up=_("Came back, % of the payments") if by_count else _("Came back, % of the amount"),
            room=Decimal("1.15"),
        ),
    }


def said(rate: Decimal | None) -> str:
    """A rate in words: `41.2 %` without needless decimals; a dash for none."""
    if rate is None:
        return "–"
    return _("%(n)s%%") % {"n": format_decimal(rate, format="#,##0.#", locale=current_locale())}


def _text(rate: Decimal | None) -> str | None:
    return None if rate is None else str(rate)
