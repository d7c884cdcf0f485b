"""The raw rows behind a number of a dashboard: the same choice as picked.py makes among the rollups, row by row."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from functools import reduce
from operator import or_
from typing import Any

from peewee import Field, fn

from domain.accounts.viewer import MerchantFacts
from domain.reports.counting import BANK, HELPERS, code_column
from domain.reports.filters import Filters
from domain.reports.picked import codes_of
from domain.reports.shapes import Helper
from integrations.gateways.base import MethodKind
from kit.calendar import at_local_hour
from models.methods import PaymentMethod
from models.payments import Origin, Payment, RecoveredBy, Recovery, RecoveryState

_WITHOUT_PAYMENT = {RecoveredBy.RETRY: Helper.AUTOMATIC, RecoveredBy.CUSTOMER: Helper.PORTAL}


def raw_picked(table: Any, merchant: MerchantFacts, filters: Filters, *, at: Field, number: Any) -> Any:
    """The condition on joined raw rows. `table`: the rollup that has seen the codes; `number`: the count of retries."""
    wanted = _moments(filters, merchant.zone, at)
    if filters.code:
        wanted &= code_column().in_(filters.code)
    if filters.group:
        wanted &= code_column().in_(codes_of(table, merchant, filters.group))
    if filters.network:
        wanted &= _networks(filters.network)
    if filters.kind:
        wanted &= PaymentMethod.kind.in_(filters.kind)
    if filters.n:
        wanted &= fn.COALESCE(number, 0).in_(filters.n)
    return wanted


def _networks(keys: tuple[str, ...]) -> Any:
    bank = PaymentMethod.kind == MethodKind.BANK
    cards = ~bank & PaymentMethod.brand.in_([key for key in keys if key != BANK])
    return cards | bank if BANK in keys else cards


def tried_by(helpers: tuple[str, ...]) -> Any:
    """The condition of a payment that one of these has started."""
    return Payment.origin.in_(_origins(helpers))


def brought_by(helpers: tuple[str, ...]) -> Any:
    """The condition of a recovery that one of these has brought back, its payment joined if there is one."""
    without = [by for by in RecoveredBy if _WITHOUT_PAYMENT.get(by, Helper.TEAM) in helpers]
    by_hand = Recovery.by.in_(without)
    if Helper.TEAM in helpers:
        by_hand |= Recovery.by.is_null()
    brought = tried_by(helpers) | (Payment.id.is_null() & by_hand)
    return (Recovery.state == RecoveryState.RECOVERED) & brought


def _origins(helpers: tuple[str, ...]) -> list[Origin]:
    return [origin for origin, helper in HELPERS.items() if helper in helpers]


def _moments(filters: Filters, zone: str, at: Field) -> Any:
    spans = list(_joined(_spans(filters, zone)))
    if not spans:
        return at.is_null() & at.is_null(False)
    return _any([(at >= begin) & (at < end) for begin, end in spans])


def _spans(filters: Filters, zone: str) -> Iterator[tuple[datetime, datetime]]:
    """From hour to hour by the wall: an hour that comes twice is one of two hours, one that is left out has none."""
    hour: Callable[[Any, int], datetime] = lambda day, of: at_local_hour(day, of, zone)  # noqa: E731 - read twice below
    for day in filters.every_day:
        if filters.weekday and day.weekday() not in filters.weekday:
            continue
        following = hour(day + timedelta(days=1), 0)
        if not filters.hour:
            yield hour(day, 0), following
        for of in sorted(filters.hour):
            yield hour(day, of), hour(day, of + 1) if of < 23 else following


def _joined(spans: Iterable[tuple[datetime, datetime]]) -> Iterator[tuple[datetime, datetime]]:
    last: tuple[datetime, datetime] | None = None
    for begin, end in spans:
        if last is not None and begin <= last[1]:
            last = (last[0], max(last[1], end))
            continue
        if last is not None:
            yield last
        last = (begin, end)
    if last is not None:
        yield last


def _any(conditions: list[Any]) -> Any:
    """One of many, as a shallow tree: neither SQLite nor Python likes four hundred levels."""
    while len(conditions) > 1:
        conditions = [reduce(or_, conditions[at : at + 2]) for at in range(0, len(conditions), 2)]
    return conditions[0]
