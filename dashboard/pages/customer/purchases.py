"""Purchases and receipts: the list, searched and page by page, and one order whole."""

from __future__ import annotations

from urllib.parse import urlencode
from uuid import UUID

from dashboard.fragment import Fragment
from dashboard.pages.customer.told import tell
from dashboard.render import fragment
from dashboard.views.buying import customer_of
from domain.accounts.viewer import MerchantFacts, Viewer
from domain.orders.detail import order_detail, order_is_mine
from domain.orders.queries import purchases
from domain.orders.search import Form, Where, read_form
from kit.errors import NotFound
from kit.i18n import _


def layout(viewer: Viewer, page: str = "1", **typed: str) -> Fragment:
    """25 purchases that fit the form, the newest first. The address is the form's state."""
    house = _house(viewer)
    form = read_form(typed, currency=house.currency)
    number = int(page) if page.isascii() and page.isdigit() and len(page) < 7 else 1
    shown = None
    if not form.errors:
        shown = purchases(customer_of(viewer), form.wanted, zone=house.zone, page=number)
    here = f"/p/{house.slug}/purchases"
    return fragment(
        "customer/purchases.html",
        base=f"/p/{house.slug}",
        here=here,
        form=form,
        states=[("", _("All")), *_states()],
        filtered=any(form.typed.values()),
        opened=any(value for name, value in form.typed.items() if name != "q"),
        page=shown,
        newer=_at(here, form, shown.number - 1) if shown and shown.number > 1 else "",
        older=_at(here, form, shown.number + 1) if shown and shown.has_older else "",
        merchant=house,
    )


def order(viewer: Viewer, order_id: UUID) -> Fragment:
    """What was bought, what it cost, everything that happened."""
    house = _house(viewer)
    detail = order_detail(customer_of(viewer), order_id, zone=house.zone)
    if detail is None:
        raise NotFound(_("This purchase is not there."))
    told = [tell(entry) for entry in detail.timeline]
    return fragment("customer/order.html", base=f"/p/{house.slug}", order=detail, told=told)


def exists(viewer: Viewer, order_id: UUID) -> bool:
    """Whether the order is this customer's."""
    return order_is_mine(customer_of(viewer), order_id)


def _states() -> list[tuple[Where, str]]:
    return [
        (Where.OWED, _("To pay now")),
        (Where.COMING, _("Due later")),
        (Where.UNDER_WAY, _("Payment under way")),
        (Where.PAID, _("Paid")),
        (Where.REFUNDED, _("Refunded")),
        (Where.RETURNED, _("Came back")),
        (Where.CANCELLED, _("Cancelled")),
    ]


def _at(here: str, form: Form, number: int) -> str:
    asked = {name: value for name, value in form.typed.items() if value}
    return f"{here}?{urlencode({**asked, 'page': number})}"


def _house(viewer: Viewer) -> MerchantFacts:
    if viewer.merchant is None:
        raise NotFound(_("This page is not there."))
    return viewer.merchant
