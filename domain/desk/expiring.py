"""Cards that end before their next charge, and the money behind them: what fails next month can be asked for now."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from domain.accounts.viewer import MerchantFacts
from domain.desk.queries import marks_of, on_the_list
from domain.desk.terms import Found, Kind, Row
from domain.desk.week import amount_of_next_run, next_run_on, runs_of
from domain.methods.expiring import last_day
from domain.methods.queries import label
from integrations.gateways.base import MethodKind
from kit.calendar import at_local_hour, local_day
from kit.money import Money
from models.customers import Customer
from models.methods import BillingSchedule, MethodState, PaymentMethod
from models.orders import Order

AHEAD = timedelta(days=60)  # how far ahead a next charge is looked for


def expiring(merchant: MerchantFacts, now: datetime) -> list[Found]:
    """One row a card and currency: the sum of the next charges that it will not live to see. One query."""
    until = local_day(now, merchant.zone) + AHEAD
    asked: Any = _behind_schedules(merchant, until).union_all(_behind_orders(merchant, until))
    return _by_card(asked.tuples(), merchant.zone)


def to_ask(merchant: MerchantFacts, now: datetime) -> list[Row]:
    """The same as rows, without those whose holders were asked or that somebody dealt with. Two queries."""
    rows = expiring(merchant, now)
    return on_the_list(rows, marks_of(merchant.id, rows), local_day(now, merchant.zone))


def _by_card(rows: Iterable[tuple[Any, ...]], zone: str) -> list[Found]:
    cards: dict[tuple[UUID, str], Found] = {}
    for method, customer, name, email, brand, last4, year, month, on, currency, minor in rows:
        ends = last_day(PaymentMethod(exp_year=year, exp_month=month))
        charged = on if isinstance(on, date) else date.fromisoformat(on)
        if ends >= charged:
            continue
        known = cards.get((method, currency))
        amount = Money(int(minor), currency)
        cards[method, currency] = Found(
            kind=Kind.EXPIRING,
            subject=method,
            since=at_local_hour(ends, 0, zone),
            stamp=ends.isoformat(),
            customer=customer,
            name=name,
            email=email,
            amount=amount if known is None or known.amount is None else known.amount + amount,
            why=label(brand, last4),
            promised=min(charged, known.promised) if known and known.promised else charged,
        )
    return list(cards.values())


def _columns(on: Any, currency: Any, minor: Any) -> tuple[Any, ...]:
    card = PaymentMethod
    who = (Customer.id, Customer.name, Customer.email)
    return (card.id, *who, card.brand, card.last4, card.exp_year, card.exp_month, on, currency, minor)


def _ends(until: date) -> Any:
    """Good cards that end before that day."""
    card = PaymentMethod
    before = (card.exp_year < until.year) | ((card.exp_year == until.year) & (card.exp_month < until.month))
    return (card.kind == MethodKind.CARD) & (card.state == MethodState.USABLE) & before & Customer.merged_into.is_null()


def _behind_schedules(merchant: MerchantFacts, until: date) -> Any:
    return (
        BillingSchedule.select(*_columns(next_run_on(), BillingSchedule.currency, amount_of_next_run()))
        .join(PaymentMethod, on=BillingSchedule.method)
        .join(Customer, on=(PaymentMethod.customer == Customer.id))
        .where(runs_of(merchant) & (next_run_on() <= until) & _ends(until))
    )


def _behind_orders(merchant: MerchantFacts, until: date) -> Any:
    return (
        Order.select(*_columns(Order.due_on, Order.currency, Order.open))
        .join(PaymentMethod, on=Order.method)
        .join(Customer, on=(PaymentMethod.customer == Customer.id))
        .where(
            (Order.merchant == merchant.id)
            & Order.collect_at.is_null(False)
            & (Order.due_on <= until)
            & (Order.open > 0)
            & _ends(until)
        )
    )
