"""Limits of the card networks and of Nacha: how much is used, and whether a brake is set."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from babel.numbers import format_decimal
from dash import html

from dashboard import said
from dashboard.fragment import Fragment
from dashboard.render import fragment
from domain.accounts.viewer import MerchantFacts, Role, Viewer
from domain.compliance import queries
from domain.compliance.terms import LEAST_DEBITS, LEAST_RETURNS
from domain.compliance.words import group_meaning, group_words
from kit.clock import utc_now
from kit.i18n import current_locale


def layout(viewer: Viewer) -> html.Div:
    """The page."""
    assert viewer.merchant is not None  # the guard: a row with a slug has the viewer's merchant
    merchant = viewer.merchant
    found = queries.limits(merchant, utc_now())
    words: dict[str, Any] = {"words": group_words, "meaning": group_meaning, "figure": figure}
    return html.Div(
        [
            fragment(
                "merchant/limits_brake.html",
                limits=found,
                merchant=merchant,
                may_lift=viewer.may(Role.MANAGER),
                typed=said.typed("lift"),
                said=said.heard(),
                class_name="stack",
                **words,
            ),
            fragment(
                "merchant/limits_bank.html",
                limits=found,
                least_debits=LEAST_DEBITS,
                least_returns=LEAST_RETURNS,
                class_name="stack",
                **words,
            ),
            fragment(
                "merchant/limits_cards.html", cards=found.cards, merchant=merchant, tag="section", class_name="sheet"
            ),
        ],
        className="stack",
    )


def stopped(merchant: MerchantFacts) -> list[Fragment]:
    """The line for other pages while automatic payments or bank debits are stopped; nothing else. One query."""
    waits = queries.waiting(merchant.id, utc_now())
    if not (waits.suspended or waits.stopped):
        return []
    return [fragment("merchant/limits_stopped.html", waits=waits, merchant=merchant, words=group_words)]


def figure(number: Decimal | int) -> str:
    """A rate as the reader's language writes it, without needless noughts."""
    return str(format_decimal(number, "#,##0.##", locale=current_locale()))
