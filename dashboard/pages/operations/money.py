"""Stuck money: what nobody knows the outcome of, what the processor refused, where our books and its list differ."""

from __future__ import annotations

from dash import html

from dashboard.pages.merchant.house import number_in
from dashboard.pages.merchant.trail_words import stage_read
from dashboard.pages.operations import frame
from dashboard.render import fragment
from dashboard.said import heard
from domain.accounts.viewer import Viewer
from domain.operations.houses import house_of
from domain.operations.stuck import words
from domain.operations.stuck.queries import Shelf, page_of, sums
from domain.reconciliation.words import said as differs
from kit.clock import utc_now
from kit.i18n import _

_PATH = "/operations/money"


def layout(viewer: Viewer, of: str = "", merchant: str = "", page: str = "") -> html.Div:  # noqa: ARG001
    """The page. `of` is the list, `merchant` a slug, `page` the list's page, as the address claims them."""
    house, now = house_of(merchant), utc_now()
    shelf = Shelf(of) if of in set(Shelf) else Shelf.PAYMENTS
    only = house.id if house else None
    listed = page_of(shelf, now, merchant=only, number=number_in(page))
    keys = {"of": shelf.value, "merchant": frame.of(house)}
    sentence = _(
        "Nothing here is charged again by itself. Orders stay held until the outcome is known or decided. Times in UTC."
    )
    return html.Div(
        [
            frame.head(_("Stuck money"), sentence, path=_PATH, merchant=frame.of(house)),
            fragment(
                "operations/money.html",
                class_name="stack",
                sums=sums(now, merchant=only),
                shelf=shelf.value,
                shelves=[
                    (each.value, name, frame.address(_PATH, of=each.value, merchant=frame.of(house)))
                    for each, name in _names().items()
                ],
                listed=listed,
                before=frame.address(_PATH, **keys, page=str(listed.number - 1)) if listed.number > 1 else "",
                after=frame.address(_PATH, **keys, page=str(listed.number + 1)) if listed.more else "",
                path=_PATH,
                state=words.state,
                told=words.said,
                reads=stage_read,
                differs=differs,
                said=heard(),
                **frame.words(now),
            ),
        ],
        className="stack",
    )


def _names() -> dict[Shelf, str]:
    return {
        Shelf.PAYMENTS: _("Payments"),
        Shelf.REFUSED: _("Refused requests"),
        Shelf.REFUNDS: _("Refunds"),
        Shelf.DIFFERENCES: _("Differences"),
        Shelf.WEBHOOKS: _("Unknown webhooks"),
    }
