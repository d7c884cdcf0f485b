"""The portal, a mail and a receipt as they would look: the real templates over a customer that does not exist."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from dashboard import routes
from dashboard.brand import brand_css, icon_url
from dashboard.chrome import Chrome, Link
from dashboard.pictures import data_url
from dashboard.render import markup
from domain.accounts.viewer import Audience, Viewer
from domain.merchants.design import Sampled
from domain.receipts.document import how_paid
from kit.i18n import _, current_locale

_NOBODY = UUID(int=0)


@dataclass(frozen=True)
class _Frame(Chrome):
    """The frame of a page of the sample customer's: its logo may not be kept yet."""

    picture: str = ""

    @property
    def logo(self) -> str:
        """The picture itself."""
        return self.picture


def drawn(sampled: Sampled) -> dict[str, str]:
    """Whole pages by name: `portal`, `portal-dark`, `mail`, `receipt`."""
    base = f"/p/{sampled.house.slug}"
    at_home = {
        "merchant": sampled.house,
        "base": base,
        "home": sampled.home,
        "told": sampled.home.failed[:1],
        "first": None,
        "said": None,
    }
    title = _("Receipt %(number)s") % {"number": sampled.receipt.number}
    receipt = {"title": title, "receipt": sampled.receipt, "how_paid": how_paid(sampled.receipt), "home": base}
    portal, light = "merchant/settings/preview_portal.html", _frame(sampled, "light")
    return {
        "portal": markup(portal, chrome=light, title=_("Home"), **at_home),
        "portal-dark": markup(portal, chrome=_frame(sampled, "dark"), title=_("Home"), **at_home),
        "mail": sampled.mail.replace("cid:logo", data_url(sampled.logo)),
        "receipt": markup("customer/receipt.html", chrome=light, **receipt),
    }


def _frame(sampled: Sampled, theme: str) -> _Frame:
    house = sampled.house
    details = sampled.home.details
    return _Frame(
        lang=current_locale().partition("_")[0],
        theme=theme,
        title=house.name,
        mark=house.initials,
        name=house.name,
        style=brand_css(house.brand, house.brand_ink),
        icon=icon_url(house.initials, house.brand),
        home=f"/p/{house.slug}",
        nav=_nav(house.slug),
        viewer=Viewer(_NOBODY, Audience.CUSTOMER, details.name, details.email, merchant=house),
        sign_out=routes.sign_out_of(Audience.CUSTOMER, house.slug),
        rail=False,
        testing=house.test_mode,
        merchant=house,
        picture=data_url(sampled.logo),
    )


def _nav(slug: str) -> tuple[Link, ...]:
    shown = [row for row in routes.rows() if row.nav and row.audience is Audience.CUSTOMER]
    return tuple(
        Link(_(row.nav.label), row.path.replace("<slug>", slug), row.nav.icon, row is shown[0])
        for row in shown
        if row.nav
    )
