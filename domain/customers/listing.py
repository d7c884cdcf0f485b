"""A merchant's customers in a list: narrowed down, sorted, page by page, and whole for a spreadsheet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from peewee import SQL, fn

from domain.customers.folded import plain
from domain.customers.search import contains
from domain.methods.queries import SOON_DAYS
from domain.recoveries.declines import reason
from integrations.gateways.base import MethodKind
from kit.money import Money
from models.customers import Access, Account, Customer
from models.merchants import GatewayAccount
from models.methods import Consent, ConsentScope, MethodState, PaymentMethod
from models.orders import Order
from models.payments import OrderHold, PlannedTry, Recovery, RecoveryState, TryState

PAGE = 50
COUNTED = 1000  # who looks through more narrows it down first
_BATCH = 500
_LONGEST = 100
_FARTHEST = 100_000  # pages
_UNSETTLED = (RecoveryState.OPEN, RecoveryState.EXHAUSTED)


class State(StrEnum):
    """What the list can be narrowed to."""

    OWES = "owes"
    FAILING = "failing"
    AUTO = "auto"
    NO_AUTO = "no_auto"
    EXPIRING = "expiring"
    NOT_INVITED = "not_invited"
    NEVER_IN = "never_in"


class Sort(StrEnum):
    """What comes first."""

    NAME = "name"
    OWED = "owed"
    SEEN = "seen"
    NEWEST = "newest"


@dataclass(frozen=True)
class Wanted:
    """The form as it is understood."""

    words: str = ""
    state: State | None = None
    sort: Sort = Sort.NAME


@dataclass(frozen=True)
class Failing:
    """The newest failure of a customer that is not settled: why, and what comes next."""

    code: str
    short: str
    next_try: datetime | None
    given_up: bool


@dataclass(frozen=True)
class Row:
    """A customer of the list."""

    id: UUID
    name: str
    email: str
    phone: str
    reference: str
    since: datetime
    invited_at: datetime | None
    seen_at: datetime | None  # the latest sign-in of whoever may act for them
    auto: bool
    has_account: bool  # somebody may sign in and act for them
    owed: tuple[Money, ...] = ()  # now, a sum for each currency
    failing: Failing | None = None


@dataclass(frozen=True)
class Listed:
    """One page of the list; `first` and `last` count from 1."""

    rows: tuple[Row, ...]
    number: int
    first: int
    last: int
    count: int  # how many fit; of more than COUNTED only that it is more
    has_more: bool

    @property
    def is_counted(self) -> bool:
        """Whether `count` is all of them."""
        return self.count <= COUNTED


def read(typed: Mapping[str, str]) -> Wanted:
    """The form; what it does not offer counts as not chosen."""
    state, sort = typed.get("state", ""), typed.get("sort", "")
    return Wanted(
        words="".join(sign for sign in typed.get("q", "") if sign.isprintable())[:_LONGEST].strip(),
        state=State(state) if state in set(State) else None,
        sort=Sort(sort) if sort in set(Sort) else Sort.NAME,
    )


def listed(merchant: UUID, wanted: Wanted, *, today: date, page: int = 1, size: int = PAGE) -> Listed:
    """One page of the merchant's customers. Five queries, at most seven. `today` is the merchant's day."""
    fits = _fitting(merchant, wanted, today)
    known = Customer.select(Customer.id).where(fits).limit(COUNTED + 1)
    count = int(Customer.select(fn.COUNT(SQL("*"))).from_(known).scalar())
    most = 1 + max(0, count - 1) // size if count <= COUNTED else _FARTHEST
    number = max(1, min(page, most))
    first = (number - 1) * size
    ids = _ids(_Asked(merchant, wanted.sort, fits, today), first, size + 1) if count else []
    rows = _rows(merchant, ids[:size], today)
    return Listed(tuple(rows), number, first + 1 if rows else 0, first + len(rows), count, len(ids) > size)


def whole(merchant: UUID, wanted: Wanted, *, today: date) -> Iterator[Row]:
    """All that fit, in the order in which they were made, read five hundred at a time."""
    fits, after = _fitting(merchant, wanted, today), None
    while True:
        query: Any = Customer.select(Customer.id).where(fits).order_by(Customer.id).limit(_BATCH)
        ids = [id_ for (id_,) in (query if after is None else query.where(Customer.id > after)).tuples()]
        if not ids:
            return
        yield from _rows(merchant, ids, today)
        after = ids[-1]


def _fitting(merchant: UUID, wanted: Wanted, today: date) -> Any:
    fits: Any = (Customer.merchant == merchant) & Customer.merged_into.is_null()
    for word in plain(wanted.words).split():
        fits &= contains(Customer.folded, word)
    if wanted.state:
        fits &= _in_state(merchant, wanted.state, today)
    return fits


def _in_state(merchant: UUID, state: State, today: date) -> Any:
    conditions: dict[State, Any] = {
        State.OWES: Customer.id.in_(_owing(merchant, today).select(Order.customer)),
        State.FAILING: Customer.id.in_(_failing(merchant).select(Recovery.customer)),
        State.AUTO: fn.EXISTS(_automatic()),
        State.NO_AUTO: ~fn.EXISTS(_automatic()),
        State.EXPIRING: Customer.id.in_(_ending(merchant, today)),
        State.NOT_INVITED: Customer.invited_at.is_null() & ~fn.EXISTS(_access()),
        State.NEVER_IN: ~fn.EXISTS(_reach().where(Account.signed_in_at.is_null(False))),
    }
    return conditions[state]


def _owing(merchant: UUID, today: date) -> Any:
    """Orders that are owed now: as the customer's own page counts them (domain/orders/owed.py)."""
    held = fn.EXISTS(OrderHold.select(SQL("1")).where(OrderHold.order == Order.id))
    failed = fn.EXISTS(
        Recovery.select(SQL("1")).where((Recovery.order == Order.id) & Recovery.state.in_(list(_UNSETTLED)))
    )
    due: Any = (Order.due_on <= today) | failed
    return Order.select().where((Order.merchant == merchant) & (Order.open > 0) & ~Order.disputed & ~held & due)


def _failing(merchant: UUID) -> Any:
    unsettled = (Recovery.merchant == merchant) & Recovery.state.in_(list(_UNSETTLED))
    return Recovery.select().join(Order, on=Recovery.order).where(unsettled & (Order.open > 0))


def _automatic() -> Any:
    """Consents under which a usable method is charged by itself; a backup is only asked when another has failed."""
    usable = PaymentMethod.state == MethodState.USABLE
    return (
        Consent.select(SQL("1"))
        .join(PaymentMethod, on=(PaymentMethod.id == Consent.method))
        .where((Consent.customer == Customer.id) & _unattended() & usable)
    )


def _ending(merchant: UUID, today: date) -> Any:
    """Whose card is charged by itself, and is good for few days more or no longer."""
    accounts = GatewayAccount.select(GatewayAccount.id).where(GatewayAccount.merchant == merchant)
    last = today + timedelta(days=SOON_DAYS)
    month: Any = PaymentMethod.exp_year * 12 + PaymentMethod.exp_month
    card = (PaymentMethod.kind == MethodKind.CARD) & (PaymentMethod.state == MethodState.USABLE)
    agreed = Consent.select(SQL("1")).where((Consent.method == PaymentMethod.id) & _unattended())
    ends = PaymentMethod.gateway_account.in_(accounts) & card & (month < last.year * 12 + last.month)
    return PaymentMethod.select(PaymentMethod.customer).where(ends & fn.EXISTS(agreed))


def _unattended() -> Any:
    return Consent.revoked_at.is_null() & Consent.scope.in_(
        [ConsentScope.ORDER, ConsentScope.SCHEDULES, ConsentScope.ALL_DUE]
    )


def _access() -> Any:
    return Access.select(SQL("1")).where((Access.customer == Customer.id) & Access.revoked_at.is_null())


def _reach() -> Any:
    return _access().join(Account)


@dataclass(frozen=True)
class _Asked:
    merchant: UUID
    sort: Sort
    fits: Any
    today: date


def _ids(asked: _Asked, first: int, most: int) -> list[UUID]:
    """The ids of a page. Those who owe, or were ever here, are ranked by that; all others follow by name."""
    mine = Customer.select(Customer.id).where(asked.fits)
    if asked.sort == Sort.NEWEST:
        return _of(mine.order_by(Customer.created_at.desc(), Customer.id.desc()).limit(most).offset(first))
    by_name = mine.order_by(Customer.folded, Customer.id)
    if asked.sort == Sort.NAME:
        return _of(by_name.limit(most).offset(first))
    owed = asked.sort == Sort.OWED
    ranked, others = _by_owed(asked.merchant, asked.today) if owed else _by_sign_in(asked.merchant)
    ranked = ranked.where(asked.fits)
    found = _of(ranked.limit(most).offset(first))
    if len(found) < most:
        start = 0 if found else max(0, first - int(ranked.count()))
        found += _of(by_name.where(others).limit(most - len(found)).offset(start))
    return found


def _of(query: Any) -> list[UUID]:
    return [id_ for (id_,) in query.tuples()]


def _by_owed(merchant: UUID, today: date) -> tuple[Any, Any]:
    """Who owes, the most first; and the condition of everybody else."""
    owing = _owing(merchant, today)
    sums = owing.select(Order.customer, fn.SUM(Order.open).alias("owed")).group_by(Order.customer)
    ranked = Customer.select(Customer.id).join(sums, on=(sums.c.customer_id == Customer.id))
    return ranked.order_by(sums.c.owed.desc(), Customer.id), Customer.id.not_in(owing.select(Order.customer))


def _by_sign_in(merchant: UUID) -> tuple[Any, Any]:
    """Who was here, the latest first: by the latest sign-in of anybody who may act for them; and everybody else."""
    later, reach = Account.alias(), Access.alias()
    after: Any = (later.signed_in_at > Account.signed_in_at) | (
        (later.signed_in_at == Account.signed_in_at) & (later.id > Account.id)
    )
    newer = reach.select(SQL("1")).join(later, on=(later.id == reach.account))
    newer = newer.where((reach.customer == Customer.id) & reach.revoked_at.is_null() & after)
    ranked = (
        Customer.select(Customer.id)
        .join(Access, on=(Access.customer == Customer.id) & Access.revoked_at.is_null())
        .join(Account)
        .where((Account.merchant == merchant) & Account.signed_in_at.is_null(False) & ~fn.EXISTS(newer))
        .order_by(Account.signed_in_at.desc(), Account.id.desc(), Customer.id)
    )
    return ranked, ~fn.EXISTS(_reach().where(Account.signed_in_at.is_null(False)))


def _last_seen() -> Any:
    return _reach().select(fn.MAX(Account.signed_in_at))


def _rows(merchant: UUID, ids: list[UUID], today: date) -> list[Row]:
    if not ids:
        return []
    seen = _last_seen().alias("seen")
    marks = (fn.EXISTS(_automatic()).alias("auto"), fn.EXISTS(_access()).alias("has_account"))
    found: Any = Customer.select(Customer, seen, *marks).where(Customer.id.in_(ids))
    made = {row.id: _row(row) for row in found}
    for customer, currency, minor in _sums(merchant, ids, today):
        row = made[customer]
        made[customer] = replace(row, owed=(*row.owed, Money(int(minor), currency)))
    for customer, failing in _failures(merchant, ids).items():
        made[customer] = replace(made[customer], failing=failing)
    return [made[id_] for id_ in ids if id_ in made]


def _row(row: Any) -> Row:
    moment: Any = Account.signed_in_at
    return Row(
        id=row.id,
        name=row.name,
        email=row.email,
        phone=row.phone,
        reference=row.reference or "",
        since=row.created_at,
        invited_at=row.invited_at,
        seen_at=row.seen if isinstance(row.seen, datetime) else moment.python_value(row.seen),
        auto=bool(row.auto),
        has_account=bool(row.has_account),
    )


def _sums(merchant: UUID, ids: list[UUID], today: date) -> Any:
    owing = _owing(merchant, today).select(Order.customer, Order.currency, fn.SUM(Order.open))
    return owing.where(Order.customer.in_(ids)).group_by(Order.customer, Order.currency).tuples()


def _failures(merchant: UUID, ids: list[UUID]) -> dict[UUID, Failing]:
    """The newest failure of each customer."""
    planned = PlannedTry.select(PlannedTry.due_at).where(
        (PlannedTry.recovery == Recovery.id) & (PlannedTry.state == TryState.PLANNED)
    )
    rows = (
        _failing(merchant)
        .select(Recovery.customer, Recovery.reason, Recovery.state, planned.alias("next_try"))
        .where(Recovery.customer.in_(ids))
        .order_by(Recovery.opened_at, Recovery.id)
    )
    moment: Any = PlannedTry.due_at
    return {
        row.customer_id: Failing(
            code=row.reason,
            short=reason(row.reason, method="").short,
            next_try=row.next_try if isinstance(row.next_try, datetime) else moment.python_value(row.next_try),
            given_up=row.state == RecoveryState.EXHAUSTED,
        )
        for row in rows
    }
