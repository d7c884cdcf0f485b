"""From an id, ours or the processor's, to the page that tells about it: one query for each of the two kinds of ids."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import reduce
from typing import Any
from uuid import UUID

from peewee import SQL, fn

from domain.customers.looked_for import Asked
from models.customers import Access, Account, Customer, GatewayCustomer
from models.merchants import GatewayAccount
from models.methods import BillingSchedule, Consent, Mandate, PaymentMethod
from models.orders import Adjustment, Order
from models.payments import (
    Attempt,
    Dispute,
    Payment,
    PlannedTry,
    Promise,
    Receipt,
    Recovery,
    Refund,
)
from models.work import Mail, WebhookEvent


class Page(StrEnum):
    """The page of the console that tells about something."""

    CUSTOMER = "customer"
    ORDER = "order"
    PAYMENT = "payment"


@dataclass(frozen=True)
class Target:
    """A page to open."""

    page: Page
    id: UUID


def by_id(merchant: UUID, asked: Asked) -> Target | None:
    """The page of what has this id at this merchant, or None. An id of another merchant's is no id."""
    if asked.id is not None:
        return _first(_ours(merchant, asked.id)) or _written(merchant, asked.id)
    if asked.ref:
        return _first(_gateways(merchant, asked.ref)) or _hint(merchant, asked.ref)
    return None


def _first(queries: list[tuple[Page, Any]]) -> Target | None:
    """The first hit of all of them, asked at once."""
    each = [query.select(SQL(f"'{page}'").alias("page"), column.alias("id")) for page, (query, column) in queries]
    union: Any = reduce(lambda left, right: left.union_all(right), each)
    found = next(iter(union.tuples()), None)
    return Target(Page(found[0]), _as_uuid(found[1])) if found is not None else None


def _as_uuid(stored: Any) -> UUID:
    return stored if isinstance(stored, UUID) else UUID(str(stored))


def _ours(merchant: UUID, id_: UUID) -> list[tuple[Page, Any]]:
    of_payment = [(table, table.select().join(Payment).where(table.id == id_)) for table in (Attempt, Refund, Dispute)]
    of_customer = [(table, table.select().join(Customer).where(table.id == id_)) for table in (PaymentMethod, Consent)]
    survivor = fn.COALESCE(Customer.merged_into, Customer.id)
    mine: list[tuple[Page, Any]] = [
        (Page.CUSTOMER, (Customer.select().where((Customer.id == id_) & (Customer.merchant == merchant)), survivor)),
        (Page.ORDER, (_own(Order, merchant, id_), Order.id)),
        (Page.PAYMENT, (_own(Payment, merchant, id_), Payment.id)),
        (Page.PAYMENT, (_own(Receipt, merchant, id_), Receipt.payment)),
        (Page.CUSTOMER, (_own(BillingSchedule, merchant, id_), BillingSchedule.customer)),
        (Page.ORDER, (_own(Recovery, merchant, id_), Recovery.order)),
        (
            Page.ORDER,
            (
                PlannedTry.select().join(Recovery).where((PlannedTry.id == id_) & (PlannedTry.merchant == merchant)),
                Recovery.order,
            ),
        ),
        (
            Page.ORDER,
            (Promise.select().join(Order).where((Promise.id == id_) & (Order.merchant == merchant)), Order.id),
        ),
        (
            Page.ORDER,
            (Adjustment.select().join(Order).where((Adjustment.id == id_) & (Order.merchant == merchant)), Order.id),
        ),
        (
            Page.CUSTOMER,
            (
                Access.select().join(Account).where((Account.id == id_) & (Account.merchant == merchant)),
                Access.customer,
            ),
        ),
    ]
    mine += [(Page.PAYMENT, (query.where(Payment.merchant == merchant), table.payment)) for table, query in of_payment]
    mine += [
        (Page.CUSTOMER, (query.where(Customer.merchant == merchant), table.customer)) for table, query in of_customer
    ]
    return mine


def _own(table: Any, merchant: UUID, id_: UUID) -> Any:
    return table.select().where((table.id == id_) & (table.merchant == merchant))


def _written(merchant: UUID, id_: UUID) -> Target | None:
    """An e-mail leads to the record that it is about; a stored webhook to what it tells about."""
    mail = Mail.get_or_none((Mail.id == id_) & (Mail.merchant == merchant) & Mail.customer_id.is_null(False))
    if mail is not None:
        return Target(Page.CUSTOMER, UUID(mail.customer_id))
    event = (
        WebhookEvent.select()
        .join(GatewayAccount)
        .where((WebhookEvent.id == id_) & (GatewayAccount.merchant == merchant))
        .first()
    )
    return _told_by(merchant, event)


def _accounts(merchant: UUID) -> Any:
    return GatewayAccount.select(GatewayAccount.id).where(GatewayAccount.merchant == merchant)


def _gateways(merchant: UUID, *refs: str) -> list[tuple[Page, Any]]:
    """What carries one of these ids of the processor, on the merchant's own accounts there."""
    mine, known = _accounts(merchant), list(refs)

    def of(table: Any, column: Any) -> Any:
        return table.select().where(table.gateway_account.in_(mine) & column.in_(known))

    return [
        (Page.PAYMENT, (of(Attempt, Attempt.gateway_ref), Attempt.payment)),
        (Page.PAYMENT, (of(Attempt, Attempt.charge_ref), Attempt.payment)),
        (Page.PAYMENT, (of(Refund, Refund.gateway_ref), Refund.payment)),
        (Page.PAYMENT, (of(Dispute, Dispute.gateway_ref), Dispute.payment)),
        (Page.CUSTOMER, (of(GatewayCustomer, GatewayCustomer.gateway_ref), GatewayCustomer.customer)),
        (Page.CUSTOMER, (of(PaymentMethod, PaymentMethod.gateway_ref), PaymentMethod.customer)),
    ]


def _hint(merchant: UUID, ref: str) -> Target | None:
    """A webhook by its id leads to the payment, method or customer that it tells about; so does a visit's."""
    known = WebhookEvent.event_id == ref
    event = WebhookEvent.select().where(WebhookEvent.gateway_account.in_(_accounts(merchant)) & known).first()
    return _told_by(merchant, event) or _mandate(merchant, ref)


def _told_by(merchant: UUID, event: WebhookEvent | None) -> Target | None:
    if event is None:
        return None
    refs = [each for each in (event.object_id, event.intent_ref, event.reference) if each]
    return _first(_gateways(merchant, *refs))


def _mandate(merchant: UUID, ref: str) -> Target | None:
    if not ref.startswith("mandate_"):
        return None
    row = (
        PaymentMethod.select()
        .join(Mandate)
        .where((Mandate.gateway_ref == ref) & PaymentMethod.gateway_account.in_(_accounts(merchant)))
        .first()
    )
    return Target(Page.CUSTOMER, row.customer_id) if row is not None else None
