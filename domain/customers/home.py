"""The account home in one read: what is owed now, what went wrong, what comes next. Ten queries at most."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from peewee import JOIN

from domain.disputes.queries import came_back
from domain.methods.queries import MethodView, label, methods_of
from domain.orders.owed import OrderView, Standing, outstanding_in
from domain.orders.queries import Purchase, settled
from domain.payments.stage import Stage, stage_of_attempt
from domain.recoveries.declines import Reason, reason
from domain.refunds.queries import Back, backs_under_way, credits_of
from domain.schedules.queries import ScheduleView, active_schedules
from kit.calendar import local_day
from kit.money import Money
from models.customers import Address, Customer
from models.merchants import Merchant

RECENT = 5


@dataclass(frozen=True)
class Owed:
    """What is owed now in one currency."""

    amount: Money
    count: int
    overdue_days: int  # of the oldest; 0 or less when none is overdue
    overdue: int  # how many are


@dataclass(frozen=True)
class Failed:
    """A failed automatic payment in words, and what we do next."""

    order: OrderView
    why: Reason
    day: date
    bank: bool  # a bank debit came back: "nothing was taken" is the bank's to say
    next_try: datetime | None
    next_method: str
    backup: bool  # the next try is made with a backup
    promised: date | None  # the day by which the customer said it will be paid
    may_promise: bool


@dataclass(frozen=True)
class UnderWay:
    """An order with an open payment."""

    order: OrderView
    stage: Stage


class Why(StrEnum):
    """Why something is charged, or billed, next."""

    AGAIN = "again"  # a failed payment is tried once more
    PROMISED = "promised"  # the customer named the day
    CONSENT = "consent"  # an order that is charged by itself
    RUN = "run"  # a schedule's next run, charged by itself
    BILL = "bill"  # a schedule's next run, paid by hand


@dataclass(frozen=True)
class Next:
    """Something that we shall do by ourselves: charge under consent, on a day or at a moment, or send the next bill."""

    day: date
    at: datetime | None
    what: str
    why: Why
    method: str
    amount: Money
    order: UUID | None = None  # that can be paid now
    schedule: UUID | None = None  # whose next run it is
    period: date | None = None  # of the run, when it may be paid now
    movable: bool = False  # the customer may pick another date


@dataclass(frozen=True)
class Details:
    """How the merchant reaches the customer."""

    name: str
    email: str
    phone: str
    address: str


@dataclass(frozen=True)
class Home:
    """Everything on the page."""

    owed: tuple[Owed, ...]
    failed: tuple[Failed, ...]
    to_pay: tuple[OrderView, ...]  # owed, and not among the failed
    coming: tuple[OrderView, ...]  # due later, paid by hand
    under_way: tuple[UnderWay, ...]
    disputed: tuple[OrderView, ...]
    next: tuple[Next, ...]
    recent: tuple[Purchase, ...]
    methods: tuple[MethodView, ...]
    details: Details
    credit: tuple[Money, ...]  # money of the customer's that belongs to no order, per currency
    backs: tuple[Back, ...]  # refunds on their way
    came_back: dict[UUID, date]  # of those to pay: when a payment of it came back


def home(customer: UUID) -> Home:
    """The home of a customer."""
    owner = _owner(customer)
    zone = owner.merchant.zone
    views = outstanding_in(customer, zone=zone)
    methods = methods_of(customer)
    to_pay = tuple(view for view in views if view.standing == Standing.OWED and not view.failure)
    return Home(
        owed=_owed(views),
        failed=tuple(_failed(view, methods, zone) for view in views if _is_failed(view)),
        to_pay=to_pay,
        coming=tuple(view for view in views if view.standing == Standing.COMING and not view.automatic),
        under_way=tuple(
            UnderWay(view, stage_of_attempt(view.attempt_state)) for view in views if view.attempt_state is not None
        ),
        disputed=tuple(view for view in views if view.standing == Standing.DISPUTED),
        next=_next(views, methods, active_schedules(customer), zone),
        recent=tuple(settled(customer, zone=zone, size=RECENT)),
        methods=tuple(methods),
        details=_details(owner),
        credit=credits_of(customer),
        backs=backs_under_way(customer, zone=zone),
        came_back=came_back([view.id for view in to_pay], zone=zone),
    )


def _owner(customer: UUID) -> Customer:
    first = Address.select(Address.id).where(Address.customer == customer).order_by(Address.id).limit(1)
    row: Customer = (
        Customer.select(Customer, Merchant, Address)
        .join(Merchant)
        .switch(Customer)
        .join(Address, JOIN.LEFT_OUTER, on=(Address.id == first), attr="address")
        .where(Customer.id == customer)
        .get()
    )
    return row


def _is_failed(view: OrderView) -> bool:
    return view.standing == Standing.OWED and view.failure is not None


def _owed(views: Sequence[OrderView]) -> tuple[Owed, ...]:
    by_currency: dict[str, list[OrderView]] = {}
    for view in views:
        if view.standing == Standing.OWED:
            by_currency.setdefault(view.open.currency, []).append(view)
    return tuple(
        Owed(
            amount=Money(sum(view.open.minor for view in group), currency),
            count=len(group),
            overdue_days=max(view.overdue_days for view in group),
            overdue=sum(view.overdue_days > 0 for view in group),
        )
        for currency, group in by_currency.items()
    )


def _failed(view: OrderView, methods: Sequence[MethodView], zone: str) -> Failed:
    failure = view.failure
    assert failure is not None
    return Failed(
        order=view,
        why=reason(failure.code, method=label(failure.method_brand, failure.method_last4)),
        day=local_day(failure.at, zone),
        bank=failure.code[:1] == "R" and failure.code[1:].isdigit(),
        next_try=failure.next_try,
        next_method=_called(failure.next_method, methods),
        backup=failure.backup,
        promised=failure.promised,
        may_promise=failure.may_promise,
    )


def _called(method: UUID | None, methods: Sequence[MethodView]) -> str:
    return next((each.label for each in methods if each.id == method), "")


def _next(
    views: Sequence[OrderView], methods: Sequence[MethodView], schedules: Sequence[ScheduleView], zone: str
) -> tuple[Next, ...]:
    things = [
        Next(
            day=local_day(at, zone),
            at=at,
            what=view.title,
            why=Why.PROMISED if view.failure.promised else Why.AGAIN,
            method=_called(view.failure.next_method, methods),
            amount=view.open,
            order=view.id,
            movable=view.failure.may_promise or view.failure.promised is not None,
        )
        for view in views
        if view.failure and view.standing == Standing.OWED and (at := view.failure.next_try)
    ]
    things += [
        Next(
            _charged_on(view, zone),
            None,
            view.title,
            Why.CONSENT,
            _called(view.method, methods),
            view.open,
            order=view.id,
        )
        for view in views
        if view.automatic and view.standing == Standing.COMING
    ]
    # A period whose order exists is among the orders above: the schedule has moved on to the one after it.
    things += [_run(plan, plan.next_on) for plan in schedules if plan.next_on]
    return tuple(sorted(things, key=lambda thing: (thing.day, thing.at is None)))


def _charged_on(view: OrderView, zone: str) -> date:
    """The due day, or the later one on which it is charged: banks rest, or the merchant has paused automatic tries."""
    return max(view.due_on, local_day(view.collect_at, zone)) if view.collect_at else view.due_on


def _run(plan: ScheduleView, day: date) -> Next:
    return Next(
        day=day,
        at=None,
        what=plan.title,
        why=Why.RUN if plan.automatic else Why.BILL,
        method=plan.method if plan.automatic else "",
        amount=plan.next_amount,
        schedule=plan.id,
        period=plan.period if plan.payable else None,
        movable=plan.movable_until is not None,
    )


def _details(owner: Customer) -> Details:
    address = getattr(owner, "address", None)
    parts: list[str] = []
    if address is not None and address.id is not None:
        parts = [address.street, address.city, " ".join(filter(None, (address.region, address.postcode)))]
    return Details(owner.name, owner.email, owner.phone, ", ".join(part for part in parts if part))
