"""A customer's payment methods, as they are shown."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from domain.recoveries.declines import reason
from integrations.gateways.base import MethodKind
from kit.clock import utc_now
from kit.i18n import _
from models.methods import MethodState, PaymentMethod

_BRANDS = {
    "visa": "Visa",
    "mastercard": "Mastercard",
    "amex": "American Express",
    "discover": "Discover",
    "jcb": "JCB",
    "diners": "Diners Club",
    "unionpay": "UnionPay",
}


def label(brand: str, last4: str) -> str:
    """How a method is called everywhere: "Visa ending 4242"."""
    return _("%(brand)s ending %(last4)s") % {"brand": _BRANDS.get(brand.lower(), brand or _("Card")), "last4": last4}


@dataclass(frozen=True)
class MethodView:
    """A stored method. `fit`: may be preselected. `note` says in words what is wrong or soon will be."""

    id: UUID
    kind: MethodKind
    brand: str
    label: str
    last4: str
    is_default: bool
    state: MethodState
    fit: bool
    usable: bool  # may be chosen at all
    expires: date | None  # first day on which it is no longer good
    note: str
    verify_url: str | None = None

    @property
    def is_bank(self) -> bool:
        """A bank account, not a card."""
        return self.kind == MethodKind.BANK


def methods_of(customer: UUID) -> list[MethodView]:
    """The methods of a customer: the default first, then the newest."""
    rows = (
        PaymentMethod.select()
        .where((PaymentMethod.customer == customer) & (PaymentMethod.state != MethodState.DETACHED))
        .order_by(PaymentMethod.is_default.desc(), PaymentMethod.created_at.desc())
    )
    today = utc_now().date()
    return [method_view(row, today=today) for row in rows]


def method_view(row: PaymentMethod, *, today: date) -> MethodView:
    """One row as it is shown."""
    expires = _expires(row)
    expired = expires is not None and expires <= today
    name = label(row.brand, row.last4)
    return MethodView(
        id=row.id,
        kind=MethodKind(row.kind),
        brand=row.brand,
        label=name,
        last4=row.last4,
        is_default=row.is_default,
        state=row.state,
        fit=row.state == MethodState.USABLE and not expired,
        usable=row.state in (MethodState.USABLE, MethodState.DECLINED),
        expires=expires,
        note=_note(row, name, expires, today),
        verify_url=row.verify_url if row.state == MethodState.UNVERIFIED else None,
    )


def _expires(row: PaymentMethod) -> date | None:
    if not row.exp_year or not row.exp_month:
        return None
    return date(row.exp_year + row.exp_month // 12, row.exp_month % 12 + 1, 1)


def _note(row: PaymentMethod, name: str, expires: date | None, today: date) -> str:
    if row.state == MethodState.UNVERIFIED:
        return _("Waits for its check: two small amounts arrive in 1 to 2 banking days")
    if row.state == MethodState.BLOCKED:
        return _("Your bank does not let us use this account any more")
    if expires and expires <= today:
        return _("Expired")
    if row.decline_code:
        return _("Declined: %(reason)s") % {"reason": reason(row.decline_code, method=name).short.lower()}
    if expires and (expires - today).days <= 45:
        return _("Expires %(month)02d/%(year)d") % {"month": row.exp_month, "year": row.exp_year}
    if row.kind == MethodKind.BANK:
        return _("Bank account, takes 4 banking days")
    return ""
