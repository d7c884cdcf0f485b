"""Everything that is held about a customer, for themselves: GDPR article 20 asks for a machine-readable copy.

What it leaves out on purpose: password hashes, tokens and their hashes, fingerprints, the processor's references, and
what is another person's (other accounts that may act for the same record): when they signed in, their letters, and,
because nobody noted which of them pressed, the network address and browser of each consent.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from domain.duplicates.follow import ids_of
from kit.clock import utc_now
from kit.money import Money
from models.console import Note
from models.customers import Access, Account, Address, ContactChange, Customer, Session
from models.merchants import Merchant
from models.methods import BillingSchedule, Consent, Mandate, PaymentMethod
from models.orders import Adjustment, Order, OrderLine
from models.payments import Allocation, Attempt, Dispute, Payment, Promise, Receipt, Recovery, Refund
from models.work import Event, Mail

Json = dict[str, Any]
BATCH = 500  # rows at a time: however long a life, the memory stays small


def everything(*, customer: UUID, account: UUID | None) -> Iterator[str]:
    """The copy as pieces of one JSON text. Amounts are decimals as text, moments ISO 8601 in UTC.

    `account` is who asks: its sessions are in it and nobody else's. Raises Customer.DoesNotExist for an unknown one.
    """
    owner = Customer.select(Customer, Merchant).join(Merchant).where(Customer.id == customer).get()
    head = {"made_at": utc_now(), "merchant": owner.merchant.name, "customer": _row(owner, _CUSTOMER)}
    yield "{" + ",".join(f"{json.dumps(name)}:{_text(value)}" for name, value in head.items())
    yield f',"account":{_text(_account(account))}'
    hidden = _TRACES if _others(owner, account).exists() else frozenset()
    for name, rows in _sections(owner, account):
        yield f",{json.dumps(name)}:["
        for n, row in enumerate(rows):
            yield ("," if n else "") + _text(_without(row, hidden))
        yield "]"
    yield "}"


def _others(owner: Customer, account: UUID | None) -> Any:
    """The other people who act for the record, or once did."""
    return Account.select(Account.email).join(Access).where(Access.customer == owner, Account.id != account)


def _without(value: Any, hidden: frozenset[str]) -> Any:
    if isinstance(value, dict):
        return {name: _without(each, hidden) for name, each in value.items() if name not in hidden}
    return [_without(each, hidden) for each in value] if isinstance(value, list) else value


_TRACES = frozenset({"ip", "agent", "mandate_ip", "mandate_agent"})
_CUSTOMER = ("reference", "name", "email", "phone", "tries_paused_until", "invited_at", "created_at")
_ADDRESS = (
    "kind", "name", "company", "street", "city", "district", "region", "sorting_code", "postcode", "country",
)  # fmt: skip
_METHOD = (
    "id", "kind", "brand", "last4", "exp_month", "exp_year", "funding", "nickname", "state", "is_default", "created_at",
)  # fmt: skip
_CONSENT = ("id", "scope", "order_id", "rank", "text", "shown_at", "ip", "agent", "revoked_at")
_SCHEDULE = (
    "id", "title", "cadence", "every", "anchor_day", "starts_on", "next_on", "moved_to", "paused_until", "ends_on",
    "runs_left", "state", "ended_at", "created_at",
)  # fmt: skip
_ORDER = ("id", "number", "title", "due_on", "placed_at", "collect", "source", "disputed")
_PAYMENT = ("id", "origin", "state", "external", "received_on", "note", "created_at", "closed_at")
_ATTEMPT = ("n", "state", "off_session", "mandate_ip", "mandate_agent", "reserved_at", "closed_at", "decline_code")


def _sections(owner: Customer, account: UUID | None) -> Iterator[tuple[str, Iterable[Json]]]:
    mine = owner.id
    yield "addresses", (_row(row, _ADDRESS) for row in Address.select().where(Address.customer == mine))
    wishes = ContactChange.select().where(ContactChange.customer == mine)
    yield "contact_changes", (_row(row, ("what", "wanted", "state", "made_at", "ended_at")) for row in wishes)
    yield "payment_methods", _each(PaymentMethod, PaymentMethod.customer == mine, _plain(_METHOD))
    yield "mandates", _mandates(mine)
    yield "consents", _each(Consent, Consent.customer == mine, _consents)
    yield "schedules", _each(BillingSchedule, BillingSchedule.customer == mine, _schedules)
    yield "orders", _each(Order, Order.customer == mine, _orders)
    yield "payments", _each(Payment, Payment.customer == mine, _payments)
    yield "recoveries", _each(Recovery, Recovery.customer == mine, _recoveries)
    promised = ("order_id", "day", "state", "made_at", "closed_at")
    yield "promises", _each(Promise, Promise.customer == mine, _plain(promised))
    yield "notes", _each(Note, Note.customer == mine, _plain(("text", "made_at")))
    yield "mails", _mails(owner, account)
    events = ("kind", "at", "actor")
    yield "events", _each(Event, _told_of(owner, account), _plain(events))
    session = ("device", "created_at", "seen_at", "proved_at", "expires_at", "revoked_at")
    yield "sessions", _each(Session, Session.account == account, _plain(session)) if account else ()


def _account(account: UUID | None) -> Json | None:
    fields = ("email", "name", "locale", "confirmed_at", "signed_in_at", "created_at")
    return _row(Account.get_by_id(account), fields) if account else None


def _each(table: Any, mine: Any, told: Callable[[list[Any]], Iterable[Json]]) -> Iterator[Json]:
    """The rows of a table in the order of their making, a batch at a time."""
    last: UUID | None = None
    while True:
        found = table.select().where(mine if last is None else mine & (table.id > last)).order_by(table.id)
        rows = list(found.limit(BATCH))
        yield from told(rows)
        if len(rows) < BATCH:
            return
        last = rows[-1].id


def _plain(fields: tuple[str, ...]) -> Callable[[list[Any]], Iterable[Json]]:
    return lambda rows: (_row(row, fields) for row in rows)


def _consents(rows: list[Consent]) -> Iterator[Json]:
    for row in rows:
        yield _row(row, _CONSENT) | {"payment_method": row.method_id}


def _mandates(customer: UUID) -> Iterator[Json]:
    found = Mandate.select().join(PaymentMethod).where(PaymentMethod.customer == customer).order_by(Mandate.id)
    for row in found:
        fields = ("text", "accepted_at", "ip", "agent", "voided_at", "void_reason")
        yield _row(row, fields) | {"payment_method": row.method_id}


def _schedules(rows: list[BillingSchedule]) -> Iterator[Json]:
    for row in rows:
        yield _row(row, _SCHEDULE) | {"amount": _money(row.amount, row.currency), "payment_method": row.method_id}


def _orders(rows: list[Order]) -> Iterator[Json]:
    lines = _by(OrderLine, OrderLine.order, rows, OrderLine.position)
    taken = _by(Adjustment, Adjustment.order, rows, Adjustment.created_at)
    for row in rows:
        amounts = {name: _money(getattr(row, name), row.currency) for name in ("total", "adjusted", "paid", "open")}
        yield (
            _row(row, _ORDER)
            | amounts
            | {
                "lines": [
                    _row(each, ("kind", "title", "quantity")) | {"total": _money(each.total, row.currency)}
                    for each in lines.get(row.id, [])
                ],
                "adjustments": [
                    _row(each, ("kind", "created_at")) | {"amount": _money(each.amount, row.currency)}
                    for each in taken.get(row.id, [])
                ],
            }
        )


def _payments(rows: list[Payment]) -> Iterator[Json]:
    shares = _by(Allocation, Allocation.payment, rows, Allocation.id)
    attempts = _by(Attempt, Attempt.payment, rows, Attempt.n)
    refunds = _by(Refund, Refund.payment, rows, Refund.created_at)
    disputes = _by(Dispute, Dispute.payment, rows, Dispute.opened_at)
    receipts = _by(Receipt, Receipt.payment, rows, Receipt.id)
    for row in rows:
        yield _row(row, _PAYMENT) | {
            "amount": _money(row.amount, row.currency),
            "payment_method": row.method_id,
            "orders": [
                {"order": each.order_id, "amount": _money(each.amount, row.currency)} for each in shares.get(row.id, [])
            ],
            "attempts": [
                _row(each, _ATTEMPT) | {"payment_method": each.method_id} for each in attempts.get(row.id, [])
            ],
            "refunds": [
                _row(each, ("state", "created_at", "closed_at")) | {"amount": _money(each.amount, each.currency)}
                for each in refunds.get(row.id, [])
            ],
            "disputes": [
                _row(each, ("kind", "state", "opened_at", "closed_at")) | {"amount": _money(each.amount, each.currency)}
                for each in disputes.get(row.id, [])
            ],
            "receipts": [_row(each, ("number", "issued_at", "reversed_at")) for each in receipts.get(row.id, [])],
        }


def _recoveries(rows: list[Recovery]) -> Iterator[Json]:
    fields = ("order_id", "reason", "state", "by", "opened_at", "closed_at")
    for row in rows:
        yield _row(row, fields) | {"amount": _money(row.amount, row.currency)}


def _told_of(owner: Customer, account: UUID | None) -> Any:
    """Events of this record; of a person's own way in only those of who asks."""
    personal = Event.kind.startswith("account.") | Event.kind.startswith("access.")
    records = [str(one) for one in ids_of(owner.id)]  # also of a record that went into this one
    return Event.customer_id.in_(records) & (~personal | (Event.actor_id == str(account)))


def _mails(owner: Customer, account: UUID | None) -> Iterator[Json]:
    """Letters about this record, but to no other person's mailbox, and those to the mailbox of who asks."""
    theirs = _others(owner, account).where(Account.email != owner.email)
    about: Any = (Mail.customer_id == str(owner.id)) & Mail.to_address.not_in(theirs)
    if account:
        about |= Mail.to_address == Account.get_by_id(account).email
    fields = ("template", "to_address", "to_name", "state", "created_at", "sent_at", "order_id")
    return _each(Mail, (Mail.merchant == owner.merchant_id) & about, _plain(fields))


def _by(table: Any, link: Any, owners: list[Any], order: Any) -> dict[UUID, list[Any]]:
    found: dict[UUID, list[Any]] = {}
    for row in table.select().where(link.in_([owner.id for owner in owners])).order_by(order) if owners else ():
        found.setdefault(getattr(row, link.object_id_name), []).append(row)
    return found


def _row(row: Any, fields: tuple[str, ...]) -> Json:
    return {name: getattr(row, name) for name in fields}


def _money(minor: int, currency: str) -> Json:
    return {"amount": str(Money(minor, currency).decimal()), "currency": currency}


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=_written)


def _written(value: Any) -> str:
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, UUID | Decimal):
        return str(value)
    raise TypeError(type(value).__name__)
