"""What stands around a page: title, mark, colours, navigation, the menu of whoever is signed in."""

from __future__ import annotations

import re
from dataclasses import dataclass
from uuid import UUID

from babel.dates import format_time
from flask import has_request_context, request
from markupsafe import Markup

from dashboard import routes
from dashboard.brand import brand_css, icon_url
from dashboard.viewer import place, viewer
from domain.accounts.viewer import Audience, Look, MerchantFacts, Viewer
from kit.config import settings
from kit.i18n import _, current_locale, current_zone

PRODUCT = "Settle"
_WIDE = 2  # times as wide as high
_FEWEST_DIGITS = 3
RAILED = (Audience.STAFF, Audience.OPERATOR)  # whose navigation stands at the side


@dataclass(frozen=True)
class Link:
    """One entry of the navigation; `on` is the page we are at."""

    label: str
    href: str
    icon: str
    on: bool


@dataclass(frozen=True)
class Chrome:
    """The frame of one page, ready to draw."""

    lang: str
    theme: str | None
    title: str
    mark: str
    name: str
    style: Markup
    icon: str
    home: str
    nav: tuple[Link, ...]
    viewer: Viewer | None
    sign_out: str
    rail: bool
    testing: bool
    merchant: MerchantFacts | None
    look: Look | None = None  # somebody of the team sees this page as the customer of that name does
    until: str = ""  # the hour at which that ends
    stop: str = ""  # where it is ended before
    own: tuple[Link, ...] = ()  # in a customer's menu, under their name

    @property
    def logo(self) -> str:
        """The address of the merchant's logo; empty: the mark stands in."""
        house = self.merchant
        return f"/p/{house.slug}/logo/{house.logo}.png" if house and house.logo else ""

    @property
    def says_name(self) -> bool:
        """Whether the logo is so wide that it spells the name: the name beside it is for screen readers then."""
        house = self.merchant
        return bool(house and house.logo and house.logo_width > _WIDE * house.logo_height)

    @property
    def tel(self) -> str:
        """The merchant's phone number as a `tel:` address; empty when it has too few digits to be one."""
        dialled = re.sub(r"[^0-9+]", "", self.merchant.contact_phone if self.merchant else "")
        return f"tel:{dialled}" if len(dialled) >= _FEWEST_DIGITS else ""


def of_request(*, title: str = "", merchant: MerchantFacts | None = None) -> Chrome:
    """The frame for this request: the signed-in person's, else the given merchant's, else the product's own."""
    person, here = viewer(), place()
    operator = bool(here and here.route.audience is Audience.OPERATOR)
    audience = Audience.OPERATOR if operator else person.audience if person else Audience.CUSTOMER
    if person is not None and person.look is not None and here is not None:
        return _as_customer(person, here.ids["customer_id"], title)
    shown = None if operator else merchant or (person.merchant if person else None)
    slug = shown.slug if shown else ""
    name = shown.name if shown else (_("Operations") if audience is Audience.OPERATOR else PRODUCT)
    mark, brand = (shown.initials, shown.brand) if shown else (PRODUCT[0], "")
    return Chrome(
        lang=current_locale().partition("_")[0],
        theme=_saved_theme(),
        title=f"{title} · {name}" if title else name,
        mark=mark,
        name=name,
        style=brand_css(brand, shown.brand_ink) if shown else Markup(""),
        icon=icon_url(mark, brand),
        home=routes.home_of(audience, slug) if shown or person else _nearest_home(),
        nav=_navigation(audience, slug) if person else (),
        viewer=person,
        sign_out=routes.sign_out_of(audience, slug),
        rail=person is not None and audience in RAILED,
        testing=settings().demo or bool(shown and shown.test_mode),
        merchant=shown,
        own=_own(person, slug) if person else (),
    )


def _as_customer(person: Viewer, customer_id: UUID, title: str) -> Chrome:
    """The customer's frame for somebody of the team who looks: its links stay inside, and there is no menu."""
    house = person.merchant
    assert house is not None
    home = routes.look_of(house.slug, customer_id)
    here = request.path.rstrip("/") if has_request_context() else ""
    links = [(_(row.nav.label), row.path, row.nav.icon) for row in routes.rows() if row.nav and _is_customers(row)]
    links.append((_("Your details"), "/p/<slug>/details", "person-vcard"))
    moved = [(label, home + path.removeprefix("/p/<slug>"), icon) for label, path, icon in links]
    at = max((href for _label, href, _icon in moved if here == href or here.startswith(f"{href}/")), key=len)
    return Chrome(
        lang=current_locale().partition("_")[0],
        theme=_saved_theme(),
        title=f"{title} · {house.name}",
        mark=house.initials,
        name=house.name,
        style=brand_css(house.brand, house.brand_ink),
        icon=icon_url(house.initials, house.brand),
        home=home,
        nav=tuple(Link(label, href, icon, href == at) for label, href, icon in moved),
        viewer=None,
        sign_out="",
        rail=False,
        testing=settings().demo or house.test_mode,
        merchant=house,
        look=person.look,
        until=_hour(person.look),
        stop=f"{home}/stop",
    )


def _hour(look: Look | None) -> str:
    return str(format_time(look.until, "short", tzinfo=current_zone(), locale=current_locale())) if look else ""


def _is_customers(row: routes.Route) -> bool:
    return row.audience is Audience.CUSTOMER


def _own(person: Viewer, slug: str) -> tuple[Link, ...]:
    """What is the customer's own, beside the bills; of the others their own page."""
    here = request.path.rstrip("/") if has_request_context() else ""
    if person.audience is not Audience.CUSTOMER:
        you = f"/merchant/{slug}/settings/you" if slug else "/operations/you"
        return (Link(_("You"), you, "person", here == you),)
    base = f"/p/{slug}"
    links = [(_("Your details"), "details", "person-vcard"), (_("Sign-in and security"), "security", "shield-lock")]
    if person.records > 1:
        links.append((_("Switch record"), "choose", "people"))
    return tuple(Link(label, f"{base}/{page}", icon, here == f"{base}/{page}") for label, page, icon in links)


def _nearest_home() -> str:
    """For an error page that knows nobody: the start of the portal, console or operations that the address is in."""
    head, slug = (*request.path.strip("/").split("/"), "")[:2]
    return {"p": f"/p/{slug}", "merchant": "/merchant", "operations": "/operations"}.get(head, "/")


def bare(title: str) -> Chrome:
    """A frame that asks nothing of the store: for the page that says the store is away."""
    return Chrome(
        lang=current_locale().partition("_")[0],
        theme=_saved_theme(),
        title=title,
        mark=PRODUCT[0],
        name=PRODUCT,
        style=Markup(""),
        icon=icon_url(PRODUCT[0], ""),
        home=request.path,
        nav=(),
        viewer=None,
        sign_out="",
        rail=False,
        testing=settings().demo,
        merchant=None,
    )


def _saved_theme() -> str | None:
    chosen = request.cookies.get("theme") if has_request_context() else None
    return chosen if chosen in ("light", "dark") else None


def _navigation(audience: Audience, slug: str) -> tuple[Link, ...]:
    links = [
        (route.nav, route.path.replace("<slug>", slug))
        for route in routes.rows()
        if route.nav and route.audience is audience
    ]
    here = request.path.rstrip("/") if has_request_context() else ""
    at = max((href for _nav, href in links if _is_under(here, href, audience, slug)), key=len, default=None)
    return tuple(Link(_(nav.label), href, nav.icon, href == at) for nav, href in links)


def _is_under(here: str, href: str, audience: Audience, slug: str) -> bool:
    return here == href or (href != routes.home_of(audience, slug) and here.startswith(href + "/"))
