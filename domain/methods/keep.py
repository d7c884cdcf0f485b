"""A method is stored once per fingerprint, and what becomes of a bank account that must be checked first."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from peewee import Expression, IntegrityError

from domain.events.record import Actor, record
from domain.methods import mandates
from domain.methods.mandates import Agreed
from domain.methods.queries import CHECK_EXPIRED, CHECK_FAILED
from domain.recoveries.cases import rearm
from domain.reports import dirty
from integrations.gateways.base import MethodDetails, Setup
from kit.clock import utc_now
from models.base import unit_of_work
from models.customers import Customer
from models.merchants import GatewayAccount
from models.methods import Consent, MethodState, PaymentMethod

NOBODY = Agreed()


def keep_method(
    customer: UUID, account: GatewayAccount, details: MethodDetails, setup: Setup | None, agreed: Agreed = NOBODY
) -> PaymentMethod:
    """Stores a method once per fingerprint. The same one added again refreshes the row and revives it.

    The return and the webhook of one visit may do this at the same instant: the store lets one of them through, and
    the other finds its row.
    """
    try:
        row = _keep(customer, account, details, setup, agreed)
    except IntegrityError:
        row = _keep(customer, account, details, setup, agreed)
    if setup is not None and row.state == MethodState.USABLE:
        _rearm(row)
    return row


def _keep(
    customer: UUID, account: GatewayAccount, details: MethodDetails, setup: Setup | None, agreed: Agreed
) -> PaymentMethod:
    values = _values(details, setup)
    with unit_of_work():
        same = (
            (PaymentMethod.customer == customer)
            & (PaymentMethod.gateway_account == account)
            & (PaymentMethod.fingerprint == details.fingerprint)
            & (PaymentMethod.state != MethodState.DETACHED)
        )
        removed = PaymentMethod.get_or_none(_token(account, details) & (PaymentMethod.state == MethodState.DETACHED))
        if removed is not None:
            return removed  # told late, or a page from before it was removed
        known = PaymentMethod.get_or_none(same)
        if known is not None and known.gateway_ref == details.id:
            if (known.state, values["state"]) != (MethodState.UNVERIFIED, MethodState.USABLE):
                return known  # told late, or twice
            row = _verified(known)
        elif known is not None:
            row = _refreshed(known, values)
        else:
            row = _insert(customer, account, details, values)
        mandates.keep(row, gateway_ref=setup.mandate if setup else None, agreed=agreed)
        dirty.mark(account.merchant_id, utc_now(), what=dirty.ADOPTION)
        return row


def _token(account: GatewayAccount, details: MethodDetails) -> Expression:
    found: Expression = (PaymentMethod.gateway_account == account) & (PaymentMethod.gateway_ref == details.id)
    return found


def _values(details: MethodDetails, setup: Setup | None) -> dict[str, object]:
    waits = setup is not None and setup.verify is not None
    return {
        "gateway_ref": details.id,
        "gateway_customer": details.customer or ((setup.customer if setup else None) or ""),
        "kind": details.kind,
        "brand": details.brand,
        "last4": details.last4,
        "exp_month": details.exp_month,
        "exp_year": details.exp_year,
        "funding": details.funding,
        "state": MethodState.UNVERIFIED if waits else MethodState.USABLE,
        "verify_url": setup.verify if setup else None,
        "setup_ref": setup.id if setup and waits else None,
    }


def _verified(method: PaymentMethod) -> PaymentMethod:
    """Its micro-deposits were confirmed on the processor's page."""
    first = not _has_default(method.customer_id)
    PaymentMethod.update(state=MethodState.USABLE, verify_url=None, setup_ref=None, is_default=first).where(
        (PaymentMethod.id == method.id) & (PaymentMethod.state == MethodState.UNVERIFIED)
    ).execute()
    return PaymentMethod.get_by_id(method.id)


def _refreshed(known: PaymentMethod, values: Mapping[str, object]) -> PaymentMethod:
    """The same card or account, added again: it starts anew. One that must be checked first is no default (case 27)."""
    cleared = {"state_reason": None, "declined_at": None, "decline_code": None}
    usable = values["state"] == MethodState.USABLE
    default = usable and (known.is_default or not _has_default(known.customer_id))
    PaymentMethod.update(**values, **cleared, is_default=default).where(PaymentMethod.id == known.id).execute()
    return PaymentMethod.get_by_id(known.id)


def _has_default(customer: UUID) -> bool:
    mine = (PaymentMethod.customer == customer) & PaymentMethod.is_default
    return bool(PaymentMethod.select().where(mine).exists())


def _insert(
    customer: UUID, account: GatewayAccount, details: MethodDetails, values: Mapping[str, object]
) -> PaymentMethod:
    row = PaymentMethod.create(
        customer=customer,
        gateway_account=account,
        fingerprint=details.fingerprint,
        is_default=values["state"] == MethodState.USABLE and not _has_default(customer),
        created_at=utc_now(),
        **values,
    )
    _event("method.added", row, {"kind": str(details.kind)})
    return row


def not_verified(method: PaymentMethod, failure: str) -> bool:
    """The check of a bank account has failed for good: it cannot be chosen, and says what to do. False when late."""
    now = utc_now()
    reason = CHECK_EXPIRED if failure.endswith("timeout") else CHECK_FAILED
    with unit_of_work():
        waiting = (PaymentMethod.id == method.id) & (PaymentMethod.state == MethodState.UNVERIFIED)
        blocked = {"state": MethodState.BLOCKED, "state_reason": reason, "verify_url": None, "setup_ref": None}
        if not PaymentMethod.update(**blocked).where(waiting).execute():
            return False
        mandates.void(method.id, reason=reason, at=now)
        _event("method.not_verified", method, {"why": reason})
        return True


def _event(kind: str, row: PaymentMethod, facts: dict[str, str]) -> None:
    customer = Customer.get_by_id(row.customer_id)
    record(kind, merchant=customer.merchant_id, actor=Actor.CUSTOMER, customer=customer.id, subject=row.id, facts=facts)


def _rearm(method: PaymentMethod) -> None:
    """A method that may be charged by itself can pay again: what had been given up is planned anew. Harmless twice.

    A transaction of its own: it locks orders, and whoever records an outcome locks those before the method.
    """
    live = (Consent.method == method) & Consent.revoked_at.is_null()
    if Consent.select().where(live).exists():
        with unit_of_work():
            rearm(method.customer_id, method.id)
