"""Counts how far customers have come and how many come each week, from the raw rows. Called for a dirty day."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from peewee import Case, fn

from domain.reports.adoption_steps import TELLING, Trail
from domain.reports.window import Window, weeks
from kit.clock import utc_now
from models.base import require_unit_of_work
from models.customers import Access, Account, Customer
from models.merchants import Merchant
from models.methods import PaymentMethod
from models.orders import Order, OrderSource
from models.payments import Origin, Payment, PaymentState
from models.reports import StepRollup, WeekRollup
from models.work import Event, Mail, MailState

WEEKS = 26  # that are kept; older ones are of no figure
_BY_THEMSELVES = (Origin.PORTAL, Origin.FIX_IT)
_CAME = (PaymentState.SUCCEEDED, PaymentState.REVERSED)  # it was paid, whatever the bank did later
_AT_ONCE = 50  # SQLite takes 999 values a statement


def recompute_adoption(merchant: Merchant, _window: Window) -> None:
    """The merchant's steps and weeks, counted anew. In the caller's unit of work; harmless however often.

    A step is a customer's furthest, so all of them are counted, whichever day was marked.
    """
    require_unit_of_work()
    whose, trails = _people(merchant)
    _tell_mails(merchant, whose, trails)
    _tell_accounts(merchant, whose, trails)
    _tell_deeds(merchant, whose, trails)
    _replace(StepRollup, merchant, _steps(merchant, trails))
    _replace(WeekRollup, merchant, _weeks(merchant, whose, trails))


def _people(merchant: Merchant) -> tuple[dict[str, UUID], dict[UUID, Trail]]:
    """Who stands behind an id, merged records being their survivor's; and an empty trail for everybody there is."""
    rows: Any = Customer.select(Customer.id, Customer.merged_into).where(Customer.merchant == merchant).tuples()
    into = dict(rows)
    whose = {str(one): _survivor(one, into) for one in into}
    return whose, {one: Trail() for one, other in into.items() if other is None}


def _survivor(one: UUID, into: dict[UUID, UUID | None]) -> UUID:
    for _step in range(len(into)):
        other = into.get(one)
        if other is None:
            break
        one = other
    return one


def _tell_mails(merchant: Merchant, whose: dict[str, UUID], trails: dict[UUID, Trail]) -> None:
    sent = Case(None, [(Mail.state == MailState.SENT, Mail.sent_at)])
    query: Any = (
        Mail.select(Mail.customer_id, Mail.template, fn.MIN(Mail.created_at), fn.MIN(sent).converter(_moment))
        .where((Mail.merchant == merchant) & Mail.template.in_(TELLING) & Mail.customer_id.is_null(False))
        .group_by(Mail.customer_id, Mail.template)
        .tuples()
    )
    for customer, template, told, accepted in query:
        trail = _of(customer, whose, trails)
        if trail is None:
            continue
        if trail.told is None or told < trail.told:
            trail.told, trail.campaign = told, template
        trail.accepted = _first(trail.accepted, accepted)


def _tell_accounts(merchant: Merchant, whose: dict[str, UUID], trails: dict[UUID, Trail]) -> None:
    """An account is opened by writing its e-mail; it may act for a record once its mailbox is confirmed."""
    by_mailbox: Any = (
        Customer.select(Customer.id, Account.created_at, Account.confirmed_at, Account.signed_in_at)
        .join(Account, on=(Account.merchant == Customer.merchant) & (Account.email == Customer.email))
        .where((Customer.merchant == merchant) & (Customer.email != ""))
    )
    by_access: Any = (
        Access.select(Access.customer, Access.granted_at, Account.confirmed_at, Account.signed_in_at)
        .join(Account)
        .where(Account.merchant == merchant)
    )
    for rows in (by_mailbox, by_access):
        for customer, opened, confirmed, signed_in in rows.tuples():
            trail = _of(customer, whose, trails)
            if trail is not None:
                trail.opened = _first(trail.opened, opened)
                trail.confirmed = _first(trail.confirmed, confirmed)
                trail.signed_in = trail.signed_in or signed_in is not None


def _tell_deeds(merchant: Merchant, whose: dict[str, UUID], trails: dict[UUID, Trail]) -> None:
    paid: Any = (
        Payment.select(Payment.customer, fn.MIN(Payment.closed_at))
        .where((Payment.merchant == merchant) & Payment.state.in_(_CAME) & Payment.origin.in_(_BY_THEMSELVES))
        .group_by(Payment.customer)
    )
    for customer, at in paid.tuples():
        trail = _of(customer, whose, trails)
        if trail is not None:
            trail.paid = _first(trail.paid, at)
    held: Any = PaymentMethod.select(PaymentMethod.customer).distinct().join(Customer)
    for (customer,) in held.where(Customer.merchant == merchant).tuples():
        trail = _of(customer, whose, trails)
        if trail is not None:
            trail.method = True
    _tell_first_orders(merchant, whose, trails)


def _tell_first_orders(merchant: Merchant, whose: dict[str, UUID], trails: dict[UUID, Trail]) -> None:
    query: Any = (
        Order.select(Order.customer, Order.source, fn.MIN(Order.placed_at))
        .where((Order.merchant == merchant) & Order.source.in_([OrderSource.STORE, OrderSource.FORM]))
        .group_by(Order.customer, Order.source)
    )
    for customer, source, _at in sorted(query.tuples(), key=lambda row: row[2], reverse=True):  # the first one stays
        trail = _of(customer, whose, trails)
        if trail is not None:
            trail.bought = source


def _steps(merchant: Merchant, trails: dict[UUID, Trail]) -> list[dict[Any, Any]]:
    counted = Counter(
        (trail.month(merchant.zone), "" if trail.by_themselves else trail.campaign, trail.source, trail.furthest)
        for trail in trails.values()
    )
    return [
        {
            StepRollup.month: month,
            StepRollup.campaign: campaign,
            StepRollup.source: source,
            StepRollup.step: step,
            StepRollup.count: count,
        }
        for (month, campaign, source, step), count in counted.items()
    ]


def _weeks(merchant: Merchant, whose: dict[str, UUID], trails: dict[UUID, Trail]) -> list[dict[Any, Any]]:
    """Who signed in, or paid through a mailed link, in a week; and who of them paid without help."""
    window = weeks(utc_now(), merchant.zone, WEEKS)
    came: dict[int, set[UUID]] = defaultdict(set)
    paid: dict[int, set[UUID]] = defaultdict(set)
    for number, customer in _signed_in(merchant, window):
        if customer in whose:
            came[int(number)].add(whose[customer])
    for number, payer in _paid(merchant, window):
        paid[int(number)].add(whose[str(payer)])
        came[int(number)].add(whose[str(payer)])
    rows: list[dict[Any, Any]] = []
    for number, monday in enumerate(window.starts):
        sources = {one: trails[one].source for one in came[number] if one in trails}
        for source in sorted(set(sources.values())):
            mine = {one for one, its in sources.items() if its == source}
            row: dict[Any, Any] = {WeekRollup.monday: monday, WeekRollup.source: source}
            rows.append(row | {WeekRollup.count: len(mine), WeekRollup.paid: len(mine & paid[number])})
    return rows


def _signed_in(merchant: Merchant, window: Window) -> Iterable[tuple[int, str]]:
    number = window.bucket(Event.at)
    query: Any = Event.select(number, Event.customer_id).distinct()
    mine = (Event.merchant == merchant) & (Event.kind == "account.signed_in") & Event.customer_id.is_null(False)
    return query.where(mine & window.holds(Event.at)).tuples()  # type: ignore[no-any-return]


def _paid(merchant: Merchant, window: Window) -> Iterable[tuple[int, UUID]]:
    number = window.bucket(Payment.closed_at)
    query: Any = Payment.select(number, Payment.customer).distinct()
    own = Payment.state.in_(_CAME) & Payment.origin.in_(_BY_THEMSELVES)
    return query.where((Payment.merchant == merchant) & own & window.holds(Payment.closed_at)).tuples()  # type: ignore[no-any-return]


def _replace(table: Any, merchant: Merchant, rows: list[dict[Any, Any]]) -> None:
    table.delete().where(table.merchant == merchant).execute()
    for at in range(0, len(rows), _AT_ONCE):
        table.insert_many([{table.merchant: merchant.id, **row} for row in rows[at : at + _AT_ONCE]]).execute()


def _of(customer: Any, whose: dict[str, UUID], trails: dict[UUID, Trail]) -> Trail | None:
    one = whose.get(str(customer))
    return trails.get(one) if one is not None else None


def _first(known: Any, other: Any) -> Any:
    return min((at for at in (known, other) if at is not None), default=None)


def _moment(value: Any) -> Any:
    return Mail.sent_at.python_value(value)
