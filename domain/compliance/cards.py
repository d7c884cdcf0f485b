"""How much of its network's limit each card has used: the cards nearest to it, and how many have no try left."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any
from uuid import UUID

from peewee import Case, fn

from domain.recoveries import ceiling
from domain.recoveries.rulebook import Limit
from integrations.gateways.base import MethodKind
from models.customers import Customer
from models.merchants import GatewayAccount
from models.methods import PaymentMethod
from models.orders import Order
from models.payments import Attempt, AttemptState, OrderHold, Payment, PaymentState

SHOWN = 10
_Card = tuple[UUID, str]  # processor account and fingerprint


@dataclass(frozen=True)
class CardGauge:
    """A card's declines, and open tries, in the window of the limit that it is nearest to."""

    customer: UUID
    name: str  # whose, as the newest of its methods says
    brand: str
    last4: str
    used: int
    limit: Limit
    free_at: datetime | None  # when it has a try left again; None: it has one now


@dataclass(frozen=True)
class Cards:
    """Cards with a decline in 30 days: the nearest to their limit first, how many there are, how many are at it."""

    nearest: tuple[CardGauge, ...]
    declined: int
    at_limit: int


@dataclass(frozen=True)
class _Use:
    card: _Card
    brand: str
    used: int
    limit: Limit

    @property
    def share(self) -> Fraction:
        return Fraction(self.used, self.limit.declines)


def cards(merchant: UUID, now: datetime, *, shown: int = SHOWN) -> Cards:
    """The merchant's cards against their limits, as the reserve counts: every decline, whoever tried. Four queries.

    The limits are the networks' (domain/recoveries/rules), refused by the reserve whatever a policy says.
    """
    open_now = _under_way(merchant)
    used = sorted((_nearest(*row, open_now) for row in _declined(merchant, now)), key=lambda use: -use.share)
    at_limit = sum(use.share >= 1 for use in used)
    first = used[:shown]
    owners, moments = _owners(merchant, first), _moments(first, now)
    return Cards(tuple(_gauge(use, owners, moments, now) for use in first if use.card in owners), len(used), at_limit)


def _declined(merchant: UUID, now: datetime) -> Iterable[tuple[_Card, str, dict[timedelta, int]]]:
    spans = sorted({limit.within for brand in ("visa", "mastercard") for limit in ceiling.limits(brand)})
    counts = [fn.SUM(Case(None, [(Attempt.closed_at > now - span, 1)], 0)) for span in spans]
    since = now - spans[-1]
    keys = (Attempt.gateway_account, Attempt.fingerprint, PaymentMethod.brand)
    accounts = GatewayAccount.select(GatewayAccount.id).where(GatewayAccount.merchant == merchant)
    query: Any = (
        Attempt.select(*keys, *counts)
        .join(Payment)
        .switch(Attempt)
        .join(PaymentMethod)
        .where(
            (Payment.merchant == merchant)
            & (Payment.state == PaymentState.FAILED)
            & Attempt.gateway_account.in_(accounts)
            & (Attempt.state == AttemptState.FAILED)
            & (Attempt.closed_at > since)
            & (PaymentMethod.kind == MethodKind.CARD)
        )
        .group_by(*keys)
        .tuples()
    )
    for account, fingerprint, brand, *found in query:
        yield (account, fingerprint), brand, {span: int(count) for span, count in zip(spans, found, strict=True)}


def _under_way(merchant: UUID) -> dict[_Card, int]:
    query: Any = (
        OrderHold.select(Attempt.gateway_account, Attempt.fingerprint, fn.COUNT(fn.DISTINCT(Attempt.id)))
        .join(Attempt)
        .switch(OrderHold)
        .join(Order)
        .where(Order.merchant == merchant)
        .group_by(Attempt.gateway_account, Attempt.fingerprint)
        .tuples()
    )
    return {(account, fingerprint): int(count) for account, fingerprint, count in query}


def _nearest(card: _Card, brand: str, declines: dict[timedelta, int], open_now: dict[_Card, int]) -> _Use:
    """Against each of its network's limits; the one that is used most is the one that counts."""
    more = open_now.get(card, 0)
    uses = [_Use(card, brand, declines[limit.within] + more, limit) for limit in ceiling.limits(brand)]
    return max(uses, key=lambda use: use.share)


def _owners(merchant: UUID, uses: list[_Use]) -> dict[_Card, Any]:
    query = (
        PaymentMethod.select(PaymentMethod, Customer)
        .join(Customer)
        .where((Customer.merchant == merchant) & PaymentMethod.fingerprint.in_([use.card[1] for use in uses]))
        .order_by(PaymentMethod.id)
    )
    return {(row.gateway_account_id, row.fingerprint): row for row in query}


def _moments(uses: list[_Use], now: datetime) -> dict[_Card, list[datetime]]:
    found: dict[_Card, list[datetime]] = {}
    full = [use.card for use in uses if use.share >= 1]
    longest = max((limit.within for use in uses for limit in ceiling.limits(use.brand)), default=timedelta(0))
    query: Any = Attempt.select(Attempt.gateway_account, Attempt.fingerprint, Attempt.closed_at).where(
        Attempt.gateway_account.in_([account for account, _fingerprint in full])
        & Attempt.fingerprint.in_([fingerprint for _account, fingerprint in full])
        & (Attempt.state == AttemptState.FAILED)
        & (Attempt.closed_at > now - longest)
    )
    for account, fingerprint, at in query.tuples():
        found.setdefault((account, fingerprint), []).append(at)
    return found


def _gauge(use: _Use, owners: dict[_Card, Any], moments: dict[_Card, list[datetime]], now: datetime) -> CardGauge:
    method = owners[use.card]
    free = ceiling.free_from(moments.get(use.card, []), brand=use.brand, after=now) if use.share >= 1 else None
    return CardGauge(
        customer=method.customer_id,
        name=method.customer.name,
        brand=method.brand,
        last4=method.last4,
        used=use.used,
        limit=use.limit,
        free_at=free,
    )


def accounts_of(merchant: UUID) -> list[GatewayAccount]:
    """The merchant's processor accounts, the active ones first."""
    return list(
        GatewayAccount.select()
        .where(GatewayAccount.merchant == merchant)
        .order_by(GatewayAccount.active.desc(), GatewayAccount.created_at)
    )
