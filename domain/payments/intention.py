"""What a person chose to pay: made at *Pay now*, kept while they add a card, recomputed when they come back.

Its opaque handle is the page's address. The amounts that were seen are stored, so that a changed one is shown again.
One intention is one currency: a choice over several becomes one for each, and each names the one that comes next.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from babel.numbers import get_currency_name

from domain.methods.queries import MethodView, methods_of
from domain.orders.owed import OrderView, Standing, outstanding
from domain.payments import choice, parts
from domain.payments.choice import Choice
from domain.payments.minimum import too_small
from domain.payments.part_rule import rule_at
from domain.payments.parts import Debt, Rule
from kit.clock import utc_now
from kit.errors import DomainError, NotFound
from kit.i18n import _, current_locale
from kit.money import Money
from models.base import unit_of_work
from models.customers import Customer
from models.merchants import Merchant
from models.orders import PayIntention
from models.payments import Payment

LIFE = timedelta(hours=24)


@dataclass(frozen=True)
class Buyer:
    """Who pays: a customer through an account, or whoever holds a fix-it link (then `account` is None)."""

    customer: UUID
    account: UUID | None = None
    link: UUID | None = None


@dataclass(frozen=True)
class Then:
    """What is paid after this one, because it is in another currency."""

    handle: str
    amount: Money

    @property
    def currency(self) -> str:
        """The currency's name: "euros"."""
        return get_currency_name(self.amount.currency, count=2, locale=current_locale())


@dataclass(frozen=True)
class Selection:
    """The pay page: every order that can be paid in this currency, which are chosen, and what the press would take."""

    handle: str
    orders: tuple[OrderView, ...]
    chosen: frozenset[UUID]
    choice: Choice  # of `chosen`: what is open and what would be taken
    blocked: tuple[OrderView, ...]  # held or in another currency: named, not payable here
    methods: tuple[MethodView, ...]
    method: UUID | None  # preselected
    total: Money
    press: int
    today: date
    rule: Rule
    in_parts: bool  # whether a part of what is here may be paid
    refused: str  # why this sum cannot be charged, or nothing
    then: Then | None


def begin(*, buyer: Buyer, orders: Sequence[UUID] | None = None, amount: Money | None = None) -> str:
    """Makes a pay intention and returns its handle. Without `orders`: exactly the owed ones.

    Each currency gets an intention of its own, the first order's first. `amount` pays that much, the oldest first.
    Raises NotFound when an order is not this customer's, DomainError when there is nothing to pay or the amount is not
    allowed.
    """
    views = outstanding(buyer.customer)
    chosen = _wanted(views, orders)
    if not chosen:
        raise DomainError(_("There is nothing to pay now."))
    merchant = Customer.get_by_id(buyer.customer).merchant
    by_currency = {view.open.currency: [each for each in chosen if _alike(each, view)] for view in chosen}
    with unit_of_work():
        handle = None
        for currency, views in reversed(by_currency.items()):
            rule = rule_at(merchant, currency)
            debts = [_debt(view) for view in views]
            part = amount is not None and amount.currency == currency
            wish = choice.part(amount, debts, rule) if part and amount else choice.whole(debts, currency)
            handle = _insert(buyer, merchant, wish, handle)
        return str(handle)


def _alike(view: OrderView, other: OrderView) -> bool:
    return view.open.currency == other.open.currency


def _debt(view: OrderView) -> Debt:
    return Debt(view.id, view.open, view.due_on, view.placed_at)


def _insert(buyer: Buyer, merchant: Merchant, wish: Choice, following: str | None) -> str:
    now = utc_now()
    row = PayIntention.create(
        handle=secrets.token_urlsafe(24),
        merchant=merchant,
        customer=buyer.customer,
        account=buyer.account,
        link=buyer.link and str(buyer.link),
        currency=wish.currency,
        next_handle=following,
        created_at=now,
        expires_at=now + LIFE,
    )
    choice.keep(row, wish)
    return str(row.handle)


def _wanted(views: Sequence[OrderView], orders: Sequence[UUID] | None) -> list[OrderView]:
    if orders is None:
        owed = [view for view in views if view.standing == Standing.OWED]
        return owed or [view for view in views if view.standing == Standing.COMING][:1]
    by_id = {view.id: view for view in views}
    if any(order not in by_id for order in orders):
        raise NotFound(_("One of these purchases is not open. Go back and choose again."))
    return [by_id[order] for order in orders if by_id[order].payable]


def find(handle: str, *, buyer: Buyer) -> PayIntention:
    """The intention behind a handle, of this very buyer. Raises NotFound for another's, unknown or expired ones."""
    row = PayIntention.get_or_none((PayIntention.handle == handle) & (PayIntention.customer == buyer.customer))
    mine = row is not None and row.account_id == buyer.account and row.link == (buyer.link and str(buyer.link))
    if row is None or not mine or row.expires_at <= utc_now():
        raise NotFound(_("This page has expired. Go back to your account and press Pay now again."))
    return row


def is_mine(handle: str, *, customer: UUID) -> bool:
    """Whether the handle is of a signed-in customer's intention, expired or not."""
    mine = (PayIntention.handle == handle) & (PayIntention.customer == customer) & PayIntention.link.is_null()
    return bool(PayIntention.select().where(mine).exists())


def selection(handle: str, *, buyer: Buyer) -> Selection:
    """The pay page's facts, with today's amounts. Showing it writes nothing. Raises NotFound."""
    row = find(handle, buyer=buyer)
    views = outstanding(buyer.customer)
    payable = tuple(view for view in views if view.payable and view.open.currency == row.currency)
    seen = choice.kept(row)
    if row.link:
        payable = tuple(view for view in payable if view.id in seen.opens)
    rule = rule_at(row.merchant, row.currency)
    debts = [_debt(view) for view in payable if view.id in seen.opens]
    wish, then = choice.today(seen, debts, rule), following(row)
    methods = tuple(methods_of(buyer.customer)) if buyer.account else tuple(_only(row, buyer))
    return Selection(
        handle=handle,
        orders=payable,
        chosen=frozenset(wish.opens),
        choice=wish,
        blocked=tuple(view for view in views if view not in payable and not row.link and not _follows(view, then)),
        methods=methods,
        method=_preselected(row, methods),
        total=wish.amount,
        press=Payment.select().where(Payment.intention == row).count() + 1,
        today=views[0].today if views else utc_now().date(),
        rule=rule,
        in_parts=row.link is None and rule.offered and parts.can_divide([_debt(view) for view in payable], rule),
        refused=too_small(wish.amount).sentence if debts and wish.amount < rule.least else "",
        then=then,
    )


def _follows(view: OrderView, then: Then | None) -> bool:
    return then is not None and view.payable and view.open.currency == then.amount.currency


def following(row: PayIntention) -> Then | None:
    """What comes after this intention, with today's amount; None when nothing of it is open (any more)."""
    after = PayIntention.get_or_none(PayIntention.handle == row.next_handle) if row.next_handle else None
    if after is None or after.expires_at <= utc_now():
        return None
    amount = choice.kept_now(after, rule_at(after.merchant, after.currency)).amount
    return Then(after.handle, amount) if amount else following(after)


def _only(row: PayIntention, buyer: Buyer) -> list[MethodView]:
    """A fix-it link shows no stored method, only the one that was added through it."""
    return [view for view in methods_of(buyer.customer) if view.id == row.method_id]


def _preselected(row: PayIntention, methods: Sequence[MethodView]) -> UUID | None:
    """The one just added, else the default; never one that was hard-declined, has expired or is blocked."""
    good = [view for view in methods if view.fit]
    for view in good:
        if view.id == row.method_id:
            return view.id
    return next((view.id for view in good if view.is_default), good[0].id if good else None)


def choose(handle: str, *, buyer: Buyer, orders: Sequence[UUID], amount: Money | None = None) -> Selection:
    """Changes which orders are chosen, and how much is paid of them: `amount`, the oldest first, or all.

    Orders that are not payable or not this customer's are left out. An amount that is not allowed keeps the ticks and
    chooses the whole, and raises PartRefused or TooSmall.
    """
    row = find(handle, buyer=buyer)
    if row.link:
        return selection(handle, buyer=buyer)
    by_id = {view.id: view for view in outstanding(buyer.customer)}
    debts = [
        _debt(by_id[order])
        for order in dict.fromkeys(orders)
        if order in by_id and by_id[order].payable and by_id[order].open.currency == row.currency
    ]
    with unit_of_work():
        choice.keep(row, choice.whole(debts, row.currency))
    if amount is not None:
        wish = choice.part(amount, debts, rule_at(row.merchant, row.currency))
        with unit_of_work():
            choice.keep(row, wish)
    return selection(handle, buyer=buyer)


def prefer(handle: str, *, buyer: Buyer, method: UUID) -> None:
    """Keeps which method was ticked, so that it is still ticked after a detour."""
    row = find(handle, buyer=buyer)
    if any(view.id == method for view in methods_of(buyer.customer)):
        PayIntention.update(method=method).where(PayIntention.id == row.id).execute()
