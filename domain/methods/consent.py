"""What authorises an unattended charge. A card added to settle one order is not consent for others."""

from __future__ import annotations

from uuid import UUID

from domain.methods import mandates
from domain.schedules.consents import take_over_all
from kit.clock import utc_now
from kit.errors import DomainError, NotFound
from kit.i18n import _
from models.base import require_unit_of_work, unit_of_work
from models.methods import Consent, ConsentScope, MethodState, PaymentMethod
from models.orders import Order

TEXT_VERSION = "2026-11"


def consent_text(merchant: str) -> str:
    """The words a person agrees to, in this version."""
    return _(
        "I allow %(merchant)s to charge this payment method for amounts that are due on my account, on their due day. "
        "I can withdraw this at any time here."
    ) % {"merchant": merchant}


def give(
    *,
    customer: UUID,
    method: UUID,
    scope: ConsentScope,
    text: str,
    order: UUID | None = None,
    ip: str = "",
    agent: str = "",
) -> Consent:
    """Writes a consent down, in the caller's unit of work: who, which method, what for, the words, when and where.

    One that covers schedules takes over those that are not charged by themselves yet. For a bank account the
    authorization is kept anew, with these words. Raises DomainError for an account that still waits for its check, or
    that its bank has closed to us (cases.md 27, 46).
    """
    require_unit_of_work()
    _check_method(customer, method)
    consent = Consent.create(
        customer=customer,
        method=method,
        scope=scope,
        order_id=order and str(order),
        text_version=TEXT_VERSION,
        text=text,
        shown_at=utc_now(),
        ip=ip,
        agent=agent[:255],
    )
    mandates.with_consent(consent)
    take_over_all(consent)
    return consent


def _check_method(customer: UUID, method: UUID) -> None:
    row = PaymentMethod.get_or_none((PaymentMethod.id == method) & (PaymentMethod.customer == customer))
    if row is None or row.state == MethodState.DETACHED:
        raise NotFound(_("That payment method is not there any more. Choose another one."))
    if row.state in (MethodState.UNVERIFIED, MethodState.BLOCKED):
        raise DomainError(_("This bank account cannot be charged automatically now. Choose another payment method."))


def revoke(*, customer: UUID, consent: UUID) -> bool:
    """Takes a consent back; nothing is charged under it from now on. False when it is not this customer's or gone."""
    with unit_of_work():
        mine = (Consent.id == consent) & (Consent.customer == customer) & Consent.revoked_at.is_null()
        return bool(Consent.update(revoked_at=utc_now()).where(mine).execute())


def covering(order: Order, *, method: UUID | None = None) -> Consent | None:
    """A live consent that covers this order with a method that can be charged unattended (only `method`, if given)."""
    live = (
        Consent.select(Consent, PaymentMethod)
        .join(PaymentMethod)
        .where(
            (Consent.customer == order.customer_id)
            & Consent.revoked_at.is_null()
            & (PaymentMethod.customer == order.customer_id)
            & (PaymentMethod.state == MethodState.USABLE)
        )
    )
    wanted = method or order.method_id
    found = [consent for consent in live if wanted is None or consent.method_id == wanted]
    scheduled = order.schedule.consent_id if order.schedule else None
    for consent in found:
        if consent.id in (order.consent_id, scheduled) or consent.scope == ConsentScope.ALL_DUE:
            return consent
        if consent.scope == ConsentScope.ORDER and consent.order_id == str(order.id):
            return consent
    return None
