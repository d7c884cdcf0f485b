"""A customer's payment methods, as they are shown."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from domain.payments.states import OPEN
from domain.recoveries.declines import group, reason
from integrations.gateways.base import MethodKind
from kit.bidi import isolated
from kit.clock import utc_now
from kit.i18n import _
from kit.money import Money
from models.customers import Customer
from models.methods import Mandate, MethodState, PaymentMethod
from models.payments import Attempt, AttemptState, Payment

SOON_DAYS = 45  # how long before its end a card says so
REMOVED = "removed"  # why an authorization ended: the customer removed the account
CHECK_FAILED, CHECK_EXPIRED = "check_failed", "check_expired"  # why an account was never verified: `state_reason`

PREPAID = "prepaid"  # the processor's word for how a card is funded

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
    return _("%(brand)s ending %(last4)s") % {
        "brand": _BRANDS.get(brand.lower(), isolated(brand) or _("Card")),
        "last4": last4,
    }


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
    nickname: str = ""
    prepaid: bool = False  # by what the card says of itself
    moved: bool = False  # its bank has told that a new card took its place (Mastercard's advice code 01)
    expiry: str = ""  # as it stands on the card: 11/26

    @property
    def name(self) -> str:
        """What the customer calls it, else what everybody does."""
        return self.nickname or self.label

    @property
    def ends_soon(self) -> bool:
        """A card that is still good and will not be for long."""
        return self.fit and self.expires is not None and (self.expires - utc_now().date()).days <= SOON_DAYS

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


def method_of(customer: UUID, method: UUID) -> MethodView | None:
    """One method of this customer, also one that is blocked or declined; None when it is not theirs or removed."""
    mine = (PaymentMethod.customer == customer) & (PaymentMethod.state != MethodState.DETACHED)
    row = PaymentMethod.get_or_none((PaymentMethod.id == method) & mine)
    return method_view(row, today=utc_now().date()) if row else None


def removed(customer: UUID, method: UUID) -> str:
    """What a method of this customer was called that has been removed; nothing when there is no such one."""
    gone = (PaymentMethod.customer == customer) & (PaymentMethod.state == MethodState.DETACHED)
    row = PaymentMethod.get_or_none((PaymentMethod.id == method) & gone)
    return label(row.brand, row.last4) if row else ""


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
        nickname=row.nickname,
        prepaid=row.kind == MethodKind.CARD and row.funding == PREPAID,
        moved=row.decline_code is not None and group(row.decline_code) == "new_details",
        expiry=_expiry(row),
    )


def why_closed(code: str) -> str:
    """Why a bank account may not be used, or why its authorization ended, in plain words without a full stop.

    The codes: Nacha Operating Rules, return reasons (domain/recoveries/rules/nacha.json).
    """
    words = {
        REMOVED: _("You removed this account"),
        CHECK_FAILED: _("The amounts entered were not right too often, so the account could not be verified"),
        CHECK_EXPIRED: _("The two amounts were not entered in time, so the account could not be verified"),
        "R02": _("Your bank says that this account is closed"),
        "R03": _("Your bank does not find this account: the number may be wrong"),
        "R04": _("Your bank does not find this account: the number may be wrong"),
        "R16": _("Your bank has frozen this account"),
        "R20": _("Your bank does not allow payments from this kind of account"),
        "R08": _("Your bank was told to stop this payment"),
    }
    if group(code) == "revoked":
        return words.get(code, _("Your bank was told that payments from this account are not authorised"))
    return words.get(code, _("Your bank does not let us use this account any more"))


def _expires(row: PaymentMethod) -> date | None:
    if not row.exp_year or not row.exp_month:
        return None
    return date(row.exp_year + row.exp_month // 12, row.exp_month % 12 + 1, 1)


def _expiry(row: PaymentMethod) -> str:
    """As it stands on the card."""
    return f"{row.exp_month:02d}/{row.exp_year % 100:02d}" if row.exp_month and row.exp_year else ""


def _note(row: PaymentMethod, name: str, expires: date | None, today: date) -> str:
    if row.state == MethodState.UNVERIFIED:
        return _("Waits for its check: two small amounts arrive in 1 to 2 banking days")
    if row.state == MethodState.BLOCKED:
        return _("%(why)s. Add it again, or use another way to pay.") % {"why": why_closed(row.state_reason or "")}
    if expires and expires <= today:
        return _("Expired")
    if row.decline_code:
        return _said_no(row.decline_code, name)
    if expires and (expires - today).days <= SOON_DAYS:
        return _("Expires %(month)02d/%(year)d") % {"month": row.exp_month, "year": row.exp_year}
    if row.kind == MethodKind.BANK:
        return _("Bank account, takes 4 banking days")
    return ""


def _said_no(code: str, name: str) -> str:
    """What a bank's "no" means for the card itself (Mastercard's advice 01, 40 and 41 say more than the others)."""
    if group(code) == "new_details":
        return _("Your bank has sent a new card in its place: add the new one")
    if group(code) == "prepaid":
        return _("A prepaid or single-use card: it cannot be charged regularly")
    return _("Declined: %(reason)s") % {"reason": reason(code, method=name).short.lower()}


def open_attempts(customer: UUID, method: UUID) -> list[Attempt]:
    """The payments with this method that no bank has decided yet, the one that is final last at the end. One query."""
    rows = (
        Attempt.select(Attempt, Payment)
        .join(Payment)
        .where((Payment.customer == customer) & (Attempt.method == method) & Attempt.state.in_(list(OPEN)))
    )
    return sorted(rows, key=lambda row: (row.final_on or date.min, row.id))


@dataclass(frozen=True)
class Debit:
    """A bank debit on its way: the account's orders are closed to payment until `final_on`."""

    payment: UUID
    amount: Money
    final_on: date | None


def debits_under_way(customer: UUID) -> dict[UUID, list[Debit]]:
    """The bank debits on their way, by method. One query."""
    rows = (
        Attempt.select(Attempt, Payment)
        .join(Payment)
        .where((Payment.customer == customer) & (Attempt.state == AttemptState.PENDING))
        .order_by(Attempt.reserved_at)
    )
    found: dict[UUID, list[Debit]] = {}
    for row in rows:
        debit = Debit(row.payment_id, Money(row.amount, row.currency), row.final_on)
        found.setdefault(row.method_id, []).append(debit)
    return found


@dataclass(frozen=True)
class Authorization:
    """What was agreed to for a bank account, as it was worded then. `why` says in words why it ended."""

    text: str
    accepted_at: datetime
    version: str
    reference: str  # the processor's mandate
    voided_at: datetime | None
    why: str


@dataclass(frozen=True)
class Authorizations:
    """The authorizations of one account, the latest first."""

    method: str
    holder: str
    each: tuple[Authorization, ...]


def authorized_methods(customer: UUID) -> set[UUID]:
    """The methods of which there is an authorization to hand out."""
    rows = Mandate.select(Mandate.method).join(PaymentMethod).where(PaymentMethod.customer == customer)
    return {row.method_id for row in rows}


def authorizations(customer: UUID, method: UUID) -> Authorizations | None:
    """A copy of what this customer agreed to for that account, also of one that is gone; None when not theirs."""
    rows = (
        Mandate.select(Mandate, PaymentMethod, Customer)
        .join(PaymentMethod)
        .join(Customer)
        .where((PaymentMethod.id == method) & (PaymentMethod.customer == customer))
        .order_by(Mandate.accepted_at.desc(), Mandate.id.desc())
    )
    found = list(rows)
    if not found:
        return None
    shown = found[0].method
    each = tuple(
        Authorization(
            text=row.text,
            accepted_at=row.accepted_at,
            version=row.text_version,
            reference=row.gateway_ref or "",
            voided_at=row.voided_at,
            why=why_closed(row.void_reason or "") if row.voided_at else "",
        )
        for row in found
    )
    return Authorizations(label(shown.brand, shown.last4), shown.customer.name, each)
