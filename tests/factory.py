"""People and things for tests, made the way the portal makes them. Every function opens its own unit of work."""

from __future__ import annotations

import itertools
from datetime import date
from functools import lru_cache
from typing import Any
from uuid import UUID

from domain.accounts import links
from domain.accounts.passwords import hash_of
from domain.customers.folded import folded
from domain.methods import consent
from domain.methods.keep import keep_method
from domain.orders.make import NewLine, make_order
from domain.payments.at_gateway import gateway_for
from kit import crypto
from kit.clock import utc_now
from kit.deadline import Deadline
from kit.ids import uuid7
from kit.money import Money
from models.base import unit_of_work
from models.customers import Access, AccessSource, Account, Customer, GatewayCustomer, LinkPurpose
from models.merchants import GatewayAccount, Membership, Merchant, MerchantPolicy, Role, Staff
from models.methods import Consent, ConsentScope, PaymentMethod
from models.orders import Collect, Order, OrderSource

PASSWORD = "correct horse battery staple"
_numbers = itertools.count(1)
_hash = lru_cache(hash_of)  # argon2 is slow on purpose; one hash of the same password serves all tests


def merchant(slug: str | None = None, **values: Any) -> Merchant:
    """A merchant in Portland with a test-mode gateway account at the sandbox."""
    n = next(_numbers)
    with unit_of_work():
        row = Merchant.create(
            **{
                "slug": slug or f"merchant-{n}",
                "name": f"Harbor Yoga {n}",
                "currency": "USD",
                "country": "US",
                "zone": "America/New_York",
                "contact_email": "billing@example.com",
                "contact_phone": "(555) 010-0100",
                "order_prefix": "HY",
                "next_order": 2001,
                "created_at": utc_now(),
                **values,
            }
        )
        MerchantPolicy.create(merchant=row, explore_percent=0)  # tries at the moments that a test can foretell
        GatewayAccount.create(
            merchant=row,
            livemode=False,
            external_id=f"acct_{row.id.hex}",
            secret=crypto.encrypt(f"sk_test_{row.id.hex}"),
            webhook_secret=crypto.encrypt("whsec_test"),
            path_token=row.id.hex,
            created_at=utc_now(),
        )
    return row


def customer(of: Merchant, *, name: str = "Alex Morgan", email: str | None = None) -> Customer:
    """A customer of that merchant."""
    n = next(_numbers)
    with unit_of_work():
        own = {"name": name, "email": email or f"alex{n}@example.com", "reference": f"C{n}"}
        return Customer.create(merchant=of, **own, folded=folded(**own), created_at=utc_now())


def account(of: Customer, *, password: str = PASSWORD) -> Account:
    """A confirmed account with access to that customer."""
    with unit_of_work():
        row = Account.create(
            merchant=of.merchant_id,
            email=of.email,
            name=of.name,
            password_hash=_hash(password),
            confirmed_at=utc_now(),
            created_at=utc_now(),
        )
        Access.create(account=row, customer=of, source=AccessSource.MAILBOX_MATCH, granted_at=utc_now())
        return row


def staff(*, of: Merchant | None = None, role: Role = Role.OWNER, operator: bool = False) -> Staff:
    """A merchant's person, or an operator."""
    n = next(_numbers)
    with unit_of_work():
        row = Staff.create(
            email=f"staff{n}@example.com",
            name=f"Sam Okafor {n}",
            password_hash=_hash(PASSWORD),
            operator=operator,
            created_at=utc_now(),
        )
        if of is not None:
            Membership.create(staff=row, merchant=of, role=role, created_at=utc_now())
        return row


def order(
    of: Customer, total: int = 8900, *, due: date | None = None, title: str = "Membership", **values: Any
) -> Order:
    """An open order over `total` minor units of the merchant's currency, due today unless told otherwise."""
    owner = of.merchant
    with unit_of_work():
        return make_order(
            merchant=owner,
            customer=of,
            lines=[NewLine(title=title, total=Money(total, values.pop("currency", owner.currency)))],
            source=values.pop("source", OrderSource.INVOICE),
            due_on=due,
            **values,
        )


def gateway_account(of: Merchant) -> GatewayAccount:
    """The merchant's account at the sandbox."""
    row: GatewayAccount = GatewayAccount.get(GatewayAccount.merchant == of)
    return row


def method(of: Customer, token: str = "pm_card_visa") -> PaymentMethod:
    """A stored method, attached at the sandbox. Needs the `sandbox` fixture."""
    where = gateway_account(of.merchant)
    gateway = gateway_for(where)
    deadline = Deadline.within(15)
    known = GatewayCustomer.get_or_none(GatewayCustomer.customer == of)
    ref = (
        known.gateway_ref
        if known
        else gateway.create_customer(
            key=f"{of.id}:customer", name=of.name, email=of.email, reference=str(of.id), deadline=deadline
        )
    )
    if known is None:
        GatewayCustomer.create(customer=of, gateway_account=where, gateway_ref=ref)
    attached = gateway._client.v1.payment_methods.attach(token, {"customer": ref})  # type: ignore[attr-defined]
    details = gateway.read_method(attached.id, deadline=deadline)
    return keep_method(of.id, where, details, None)


def consented(of: Customer, on: PaymentMethod, scope: ConsentScope = ConsentScope.ALL_DUE) -> Consent:
    """A live consent for unattended charges on that method."""
    with unit_of_work():
        return consent.give(customer=of.id, method=on.id, scope=scope, text=consent.consent_text(of.merchant.name))


def automatic(of: Customer, on: PaymentMethod, under: Consent, total: int = 8900, due: date | None = None) -> Order:
    """An order that the clock collects on its due day."""
    return order(of, total, due=due, collect=Collect.AUTOMATIC, method=on.id, consent=under.id)


def fix_it_link(order_id: UUID) -> str:
    """The token of a new fix-it link for an order, as its mail would carry it. In the caller's unit of work."""
    token = links.issue(uuid7(), LinkPurpose.FIX_IT, order=Order.get_by_id(order_id))
    assert token is not None
    return token
