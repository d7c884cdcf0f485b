"""Details: how the merchant reaches the customer, where things are sent, and what is being changed."""

from __future__ import annotations

from dashboard.fragment import Fragment
from dashboard.render import fragment
from dashboard.said import heard
from dashboard.views.buying import customer_of
from domain.accounts.viewer import Viewer
from domain.customers.details import ContactKind, Wish, details_of
from kit.i18n import _


def layout(viewer: Viewer) -> Fragment:
    """Every part with its way to change it."""
    merchant = viewer.merchant
    details = details_of(customer_of(viewer), account=viewer.account_id)
    return fragment(
        "customer/details.html",
        base=f"/p/{merchant.slug}/details" if merchant else "",
        merchant=merchant,
        details=details,
        parts=_parts(details.name, details.email, details.phone),
        asked=lambda wish, day: _asked(wish, day, merchant.name if merchant else ""),
        mine=not viewer.read_only,
        said=heard(),
    )


def _parts(name: str, email: str, phone: str) -> list[tuple[ContactKind, str, str, str]]:
    """Kind, its name, what stands there, and what the link to change it is called for those who only hear it."""
    return [
        (ContactKind.NAME, _("Name"), name, _("Change name")),
        (ContactKind.EMAIL, _("E-mail"), email, _("Change e-mail")),
        (ContactKind.PHONE, _("Phone"), phone, _("Change phone")),
    ]


def _asked(wish: Wish, day: str, merchant: str) -> str:
    """What is open, in one sentence; `day` as it is written for this reader."""
    words = {"merchant": merchant, "day": day, "wanted": wish.wanted, "by": wish.by}
    if wish.proof and wish.by:
        return _("%(by)s is changing it to %(wanted)s: the new address is not confirmed yet.") % words
    if wish.proof:
        return _("We sent a link to %(wanted)s. Open it there to confirm; until then nothing changes.") % words
    if wish.by:
        return _("%(by)s asked %(merchant)s on %(day)s to change it to %(wanted)s – not done yet.") % words
    return {
        ContactKind.NAME: _("You asked %(merchant)s on %(day)s to change your name to %(wanted)s – not done yet."),
        ContactKind.EMAIL: _("You asked %(merchant)s on %(day)s to change your e-mail to %(wanted)s – not done yet."),
        ContactKind.PHONE: _("You asked %(merchant)s on %(day)s to change your phone to %(wanted)s – not done yet."),
    }[wish.what] % words
