"""Last month's failed automatic payments as they went, read in bulk: what another policy is held against."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from domain.payments.minimum import minimum
from domain.recoveries.declines import verdict_on
from domain.recoveries.terms import Failure, Method, Why
from domain.recoveries.what_if import Past
from integrations.gateways.base import MethodKind
from kit.calendar import at_local_hour, local_day
from models.merchants import Merchant
from models.methods import Consent, ConsentScope, MethodState, PaymentMethod
from models.orders import Order
from models.payments import (
    Allocation,
    Attempt,
    AttemptState,
    Origin,
    Payment,
    PlannedTry,
    Promise,
    Recovery,
    RecoveryState,
    TryState,
)

MOST = 200  # the latest ones; a page is no place for a long calculation
_LONGEST_LIMIT = timedelta(days=31)
_UNATTENDED = (Origin.AUTOMATIC, Origin.RETRY)
_ENDED = (RecoveryState.RECOVERED, RecoveryState.CANCELLED)
_Card = tuple[UUID, str]


def month_before(now: datetime, zone: str) -> tuple[date, date]:
    """The first day of the last whole month in that zone, and the first day after it."""
    after = local_day(now, zone).replace(day=1)
    return (after - timedelta(days=1)).replace(day=1), after


def failures_of(merchant: UUID, now: datetime) -> tuple[list[Past], bool]:
    """Last month's failures of a merchant, and whether these are only the latest MOST of them. At most six queries."""
    house = Merchant.get_by_id(merchant)
    first, after = (at_local_hour(day, 0, house.zone) for day in month_before(now, house.zone))
    rows: list[Any] = list(
        Recovery.select(Recovery, Order, Attempt, PaymentMethod)
        .join(Order)
        .switch(Recovery)
        .join(Attempt)
        .join(PaymentMethod)
        .where(Recovery.merchant == merchant, Recovery.opened_at >= first, Recovery.opened_at < after)
        .order_by(Recovery.opened_at.desc())
        .limit(MOST + 1)
    )
    cut, rows = len(rows) > MOST, rows[:MOST]
    if not rows:
        return [], False
    known = _Known(rows, first - _LONGEST_LIMIT)
    return [past for row in rows if (past := known.past(row, house)) is not None], cut


class _Known:
    """What the store knows about these failures, each kind in one query."""

    def __init__(self, rows: list[Any], since: datetime) -> None:
        self.orders = [row.order_id for row in rows]
        self.failed = self._failed()
        self.made = self._made([row.id for row in rows])
        self.promised = self._promised([row.id for row in rows])
        self.standby = self._standby([row.customer_id for row in rows])
        methods = {row.attempt.method for row in rows} | {each for found in self.standby.values() for each in found}
        self.declines = self._declines(methods, since)

    def past(self, row: Any, house: Merchant) -> Past | None:
        """One failure as it went; None when its first "no" cannot be found any more."""
        failures = [_failure(each, row) for each in self.failed[row.order_id] if each.id >= row.attempt_id]
        if not failures:
            return None
        order, methods = row.order, [row.attempt.method]
        methods += [each for each in self.standby[row.customer_id] if each.id != methods[0].id]
        return Past(
            slug=house.slug,
            number=order.number,
            opened_at=row.opened_at,
            ended_at=min([*self.promised[row.id], *([row.closed_at] if row.state in _ENDED else [])], default=None),
            failures=tuple(failures),
            methods=tuple(self._method(each, row) for each in methods),
            open=row.amount,
            least=minimum(order.currency).minor,
            zone=house.zone,
            hour=house.collect_hour,
            made=tuple(self.made[row.id]),
        )

    def _method(self, method: Any, row: Any) -> Method:
        elsewhere = (at for order, at in self.declines[_card(method)] if order != row.order_id)
        never = row.why == Why.CONSENT and not self.made[row.id]
        return Method(
            id=method.id,
            brand=method.brand,
            bank=method.kind == MethodKind.BANK,
            barred=Why.CONSENT if never else None,
            declines=tuple(elsewhere),
        )

    def _failed(self) -> dict[UUID, list[Any]]:
        query = (
            Attempt.select(Attempt, Payment, PaymentMethod, Allocation)
            .join(Payment)
            .join(Allocation)
            .switch(Attempt)
            .join(PaymentMethod)
            .where(Allocation.order.in_(self.orders), Attempt.state == AttemptState.FAILED)
            .order_by(Attempt.closed_at, Attempt.id)
        )
        return _grouped((row.payment.allocation.order_id, row) for row in query)

    def _made(self, recoveries: list[UUID]) -> dict[UUID, list[Any]]:
        query = PlannedTry.select().where(PlannedTry.recovery.in_(recoveries), PlannedTry.state == TryState.MADE)
        return _grouped((row.recovery_id, row.due_at) for row in query.order_by(PlannedTry.n))

    def _promised(self, recoveries: list[UUID]) -> dict[UUID, list[Any]]:
        query = Promise.select().where(Promise.recovery.in_(recoveries))
        return _grouped((row.recovery_id, row.made_at) for row in query)

    def _standby(self, customers: list[UUID]) -> dict[UUID, list[Any]]:
        query = (
            Consent.select(Consent, PaymentMethod)
            .join(PaymentMethod)
            .where(
                Consent.customer.in_(customers),
                Consent.scope == ConsentScope.BACKUP,
                Consent.revoked_at.is_null(),
                PaymentMethod.state == MethodState.USABLE,
            )
            .order_by(Consent.rank, Consent.shown_at)
        )
        return _grouped((row.customer_id, row.method) for row in query)

    def _declines(self, methods: Iterable[Any], since: datetime) -> dict[_Card, list[tuple[UUID, datetime]]]:
        cards = {_card(method) for method in methods}
        query: Any = (
            Attempt.select(Attempt, Payment, Allocation)
            .join(Payment)
            .join(Allocation)
            .where(
                Attempt.gateway_account.in_({account for account, _print in cards}),
                Attempt.fingerprint.in_({mark for _account, mark in cards}),
                Attempt.state == AttemptState.FAILED,
                Attempt.closed_at > since,
            )
        )
        return _grouped(
            ((row.gateway_account_id, row.fingerprint), (row.payment.allocation.order_id, row.closed_at))
            for row in query
        )


def _card(method: Any) -> _Card:
    return method.gateway_account_id, method.fingerprint


def _failure(row: Any, recovery: Any) -> Failure:
    at = row.closed_at or row.state_since
    unattended = row.payment.origin in _UNATTENDED and at >= recovery.opened_at
    return Failure(at, row.method_id, verdict_on(row), row.amount, automatic=unattended)


def _grouped(pairs: Iterable[tuple[Any, Any]]) -> dict[Any, list[Any]]:
    found: dict[Any, list[Any]] = defaultdict(list)
    for key, value in pairs:
        found[key].append(value)
    return found
