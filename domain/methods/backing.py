"""What each payment method stands behind: schedules, automatic payments that are planned, and its place as a backup."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from domain.schedules.queries import ScheduleState, ScheduleView, schedules_of
from integrations.gateways.base import MethodKind
from kit.calendar import local_day
from kit.dates import humane_day
from kit.i18n import _, current_locale
from kit.money import Money
from models.customers import Customer
from models.merchants import Merchant
from models.methods import Consent, ConsentScope, PaymentMethod
from models.orders import Collect, Order
from models.payments import Attempt

_SINGLE_USE, _NOT_RELOADABLE = "41", "40"  # Mastercard's advice codes (domain/recoveries/rules/mastercard.json)


@dataclass(frozen=True)
class Planned:
    """An order that is collected by itself: the day of its first try, none when that has been made."""

    id: UUID
    number: str
    title: str
    amount: Money
    on: date | None
    schedule: UUID | None


@dataclass(frozen=True)
class Backs:
    """What one method stands behind. `rank` is its place among the backups, 1 first."""

    schedules: tuple[ScheduleView, ...] = ()
    orders: tuple[Planned, ...] = ()
    rank: int | None = None

    @property
    def needed(self) -> bool:
        """Whether something would stop without it. A backup alone is not missed."""
        return bool(self.schedules or self.orders)

    @property
    def anything(self) -> bool:
        """Whether it stands behind anything at all."""
        return self.needed or self.rank is not None


@dataclass(frozen=True)
class Backing:
    """What all methods of a customer stand behind."""

    by_method: Mapping[UUID, Backs] = field(default_factory=dict)
    by_hand: tuple[ScheduleView, ...] = ()  # schedules whose bills the customer pays by hand

    def of(self, method: UUID) -> Backs:
        """What this one stands behind."""
        return self.by_method.get(method, Backs())


def backing(customer: UUID) -> Backing:
    """What each method of a customer stands behind: three queries.

    A schedule counts for its method while the consent for it is live, also when the method can not be charged just now
    (declined, expired): it goes on with it as soon as that pays again.
    """
    live = list(Consent.select().where((Consent.customer == customer) & Consent.revoked_at.is_null()))
    schedules = _living(customer)
    allowed = [view for view in schedules if _allowed(view, live)]
    return Backing(
        _by_method(allowed, _planned(customer, live, {view.id: view.consent_id for view in allowed}), live),
        tuple(view for view in schedules if view not in allowed),
    )


def _living(customer: UUID) -> list[ScheduleView]:
    """The schedules that bill something or are paused, the next date first."""
    views = [each for each in schedules_of(customer) if each.next_on or each.state == ScheduleState.PAUSED]
    return sorted(views, key=lambda each: (each.next_on or date.max, each.id))


def _by_method(
    schedules: Sequence[ScheduleView], orders: Iterable[tuple[UUID, Planned]], live: Sequence[Consent]
) -> dict[UUID, Backs]:
    planned = list(orders)
    ranks = {each.method_id: each.rank for each in live if each.scope == ConsentScope.BACKUP}
    places = {method: n for n, method in enumerate(sorted(ranks, key=lambda key: ranks[key] or 0), start=1)}
    methods = (
        {view.method_id for view in schedules if view.method_id}
        | {method for method, _order_of in planned}
        | set(ranks)
    )
    return {
        method: Backs(
            tuple(view for view in schedules if view.method_id == method),
            tuple(order for on, order in planned if on == method),
            places.get(method),
        )
        for method in methods
    }


def _allowed(view: ScheduleView, live: Iterable[Consent]) -> bool:
    mine = [each for each in live if each.method_id == view.method_id]
    return any(each.id == view.consent_id or each.scope == ConsentScope.ALL_DUE for each in mine)


def _planned(
    customer: UUID, live: Sequence[Consent], scheduled: Mapping[UUID, UUID | None]
) -> list[tuple[UUID, Planned]]:
    """The open orders that are collected by themselves, with their method: what nobody allows (any more) is not.

    As domain/methods/consent.py: covering, but also for a method that cannot be charged just now.
    """
    open_ones = (Order.customer == customer) & (Order.open > 0) & (Order.collect == Collect.AUTOMATIC)
    rows = (
        Order.select(Order, Customer.id, Merchant.zone)
        .join(Customer)
        .join(Merchant)
        .where(open_ones & Order.method.is_null(False))
        .order_by(Order.due_on, Order.id)
    )
    return [(row.method_id, _order(row)) for row in rows if _covered(row, live, scheduled.get(row.schedule_id))]


def _covered(order: Order, live: Iterable[Consent], scheduled: UUID | None) -> bool:
    return any(
        each.scope == ConsentScope.ALL_DUE
        or each.id in (order.consent_id, scheduled)
        or (each.scope == ConsentScope.ORDER and each.order_id == str(order.id))
        for each in live
        if each.method_id == order.method_id and each.scope != ConsentScope.BACKUP
    )


def _order(row: Order) -> Planned:
    zone = row.customer.merchant.zone
    on = local_day(row.collect_at, zone) if row.collect_at else None
    return Planned(row.id, row.number, row.title, Money(row.open, row.currency), on, row.schedule_id)


def not_for_schedules(customer: UUID) -> set[UUID]:
    """The cards that their network has called prepaid or single-use (cases.md 29). One query."""
    told = (
        Attempt.select(Attempt.method)
        .join(PaymentMethod)
        .where(
            (PaymentMethod.customer == customer)
            & (PaymentMethod.kind == MethodKind.CARD)
            & (PaymentMethod.brand == "mastercard")
            & Attempt.advice.in_([_NOT_RELOADABLE, _SINGLE_USE])
        )
    )
    return {row.method_id for row in told}


def uses(backs: Backs, today: date) -> list[str]:
    """What would miss the method, one by one, each with its day: "Monthly membership, next on 3 December"."""
    return [_of_schedule(view, today) for view in backs.schedules] + [_of_order(each, today) for each in backs.orders]


def _of_schedule(view: ScheduleView, today: date) -> str:
    if view.next_on is None:
        return _("%(title)s (paused)") % {"title": view.title}
    return _("%(title)s, next on %(day)s") % {
        "title": view.title,
        "day": humane_day(view.next_on, today, current_locale()),
    }


def _of_order(order: Planned, today: date) -> str:
    said = {"title": order.title, "amount": order.amount}
    if order.on is None:
        return _("%(title)s, %(amount)s") % said
    return _("%(title)s, %(amount)s on %(day)s") % {**said, "day": humane_day(order.on, today, current_locale())}
