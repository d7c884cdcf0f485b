"""What a person chose to pay: made at *Pay now*, kept while they add a card, recomputed when they come back.

Its opaque handle is the page's address. The amounts that were seen are stored, so that a changed one is shown again.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from domain.methods.queries import MethodView, methods_of
from domain.orders.owed import OrderView, Standing, outstanding
from kit.clock import utc_now
from kit.errors import DomainError, NotFound
from kit.i18n import _
from kit.money import Money
from models.base import unit_of_work
from models.customers import Customer
from models.orders import IntentionOrder, Order, PayIntention
from models.payments import Payment

LIFE = timedelta(hours=24)


@dataclass(frozen=True)
class Buyer:
    """Who pays: a customer through an account, or whoever holds a fix-it link (then `account` is None)."""

    customer: UUID
    account: UUID | None = None
    link: UUID | None = None


@dataclass(frozen=True)
class Selection:
    """The pay page: every order that can be paid in this currency, which are chosen, and what the press would take."""

    handle: str
    orders: tuple[OrderView, ...]
    chosen: frozenset[UUID]
    blocked: tuple[OrderView, ...]  # held or in another currency: named, not payable here
    methods: tuple[MethodView, ...]
    method: UUID | None  # preselected
    total: Money
    press: int
    today: date


def begin(*, buyer: Buyer, orders: Sequence[UUID] | None = None) -> str:
    """Makes a pay intention and returns its handle. Without `orders`: exactly the owed ones of one currency.

    Raises NotFound when an order is not this customer's, DomainError when there is nothing to pay.
    """
    views = outstanding(buyer.customer)
    chosen = _wanted(views, orders)
    if not chosen:
        raise DomainError(_("There is nothing to pay now."))
    if len({view.open.currency for view in chosen}) > 1:
        raise DomainError(_("One payment can only be in one currency. Choose purchases of one currency."))
    with unit_of_work():
        now = utc_now()
        row = PayIntention.create(
            handle=secrets.token_urlsafe(24),
            merchant=Customer.get_by_id(buyer.customer).merchant_id,
            customer=buyer.customer,
            account=buyer.account,
            link=buyer.link and str(buyer.link),
            currency=chosen[0].open.currency,
            created_at=now,
            expires_at=now + LIFE,
        )
        _keep_orders(row, chosen)
        return str(row.handle)


def _wanted(views: Sequence[OrderView], orders: Sequence[UUID] | None) -> list[OrderView]:
    if orders is None:
        owed = [view for view in views if view.standing == Standing.OWED] or [
            view for view in views if view.standing == Standing.COMING
        ][:1]
        return [view for view in owed if view.open.currency == owed[0].open.currency]
    by_id = {view.id: view for view in views}
    if any(order not in by_id for order in orders):
        raise NotFound(_("One of these purchases is not open. Go back and choose again."))
    return [by_id[order] for order in orders if by_id[order].payable]


def _keep_orders(row: PayIntention, chosen: Sequence[OrderView]) -> None:
    IntentionOrder.delete().where(IntentionOrder.intention == row).execute()
    for view in chosen:
        IntentionOrder.create(intention=row, order=view.id, amount=view.open.minor)


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
    wanted = {line.order_id for line in row.orders}
    chosen = frozenset(view.id for view in payable if view.id in wanted)
    if row.link:
        payable = tuple(view for view in payable if view.id in wanted)
    methods = tuple(methods_of(buyer.customer)) if buyer.account else tuple(_only(row, buyer))
    return Selection(
        handle=handle,
        orders=payable,
        chosen=chosen,
        blocked=tuple(view for view in views if view not in payable and not row.link),
        methods=methods,
        method=_preselected(row, methods),
        total=Money(sum(view.open.minor for view in payable if view.id in chosen), row.currency),
        press=Payment.select().where(Payment.intention == row).count() + 1,
        today=views[0].today if views else utc_now().date(),
    )


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


def choose(handle: str, *, buyer: Buyer, orders: Sequence[UUID]) -> Selection:
    """Changes which orders are chosen. Orders that are not payable or not this customer's are left out."""
    row = find(handle, buyer=buyer)
    if not row.link:
        by_id = {view.id: view for view in outstanding(buyer.customer)}
        chosen = [
            by_id[order]
            for order in dict.fromkeys(orders)
            if order in by_id and by_id[order].payable and by_id[order].open.currency == row.currency
        ]
        with unit_of_work():
            _keep_orders(row, chosen)
    return selection(handle, buyer=buyer)


def prefer(handle: str, *, buyer: Buyer, method: UUID) -> None:
    """Keeps which method was ticked, so that it is still ticked after a detour."""
    row = find(handle, buyer=buyer)
    if any(view.id == method for view in methods_of(buyer.customer)):
        PayIntention.update(method=method).where(PayIntention.id == row.id).execute()


def amounts_now(row: PayIntention) -> list[tuple[UUID, Money]]:
    """The chosen orders with what is open on them at this moment, as the page shows them."""
    lines = IntentionOrder.select(IntentionOrder, Order).join(Order).where(IntentionOrder.intention == row)
    return [(line.order_id, Money(line.order.open, line.order.currency)) for line in lines]


def chosen_orders(row: PayIntention) -> list[tuple[UUID, Money]]:
    """The chosen orders with the amounts that were seen."""
    lines = IntentionOrder.select(IntentionOrder, Order).join(Order).where(IntentionOrder.intention == row)
    return [(line.order_id, Money(line.amount, row.currency)) for line in lines]
