"""P0 of the money protocol: one transaction that shuts out every other charge of these orders."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from peewee import IntegrityError

from domain.compliance import halt
from domain.events.record import Actor, record
from domain.orders.locks import lock_card
from domain.payments import parts
from domain.payments.choice import debt_of
from domain.payments.minimum import check_total
from domain.payments.part_rule import rule_at, rule_of_ours
from domain.payments.states import next_look
from domain.recoveries import ceiling
from domain.reports import dirty
from integrations.gateways.base import MethodKind
from kit.clock import utc_now
from kit.dates import humane_moment
from kit.errors import Conflict, DomainError, NotFound
from kit.i18n import _
from kit.ids import uuid7
from kit.money import Money, total
from models.base import locked, unit_of_work
from models.methods import Consent, ConsentScope, MethodState, PaymentMethod
from models.orders import Collect, Order
from models.payments import (
    Allocation,
    Attempt,
    AttemptState,
    OrderHold,
    Origin,
    Payment,
    PaymentState,
    PlannedTry,
    TryState,
)

PERSONAL = frozenset({Origin.PORTAL, Origin.FIX_IT})
_THE_CLOCKS = (Origin.AUTOMATIC, Origin.RETRY)


class Held(Conflict):
    """An attempt on one of the orders is open; `payment` is the one to look at."""

    def __init__(self, sentence: str, *, payment: UUID, order: UUID) -> None:
        super().__init__(sentence)
        self.payment, self.order = payment, order


class AmountChanged(Conflict):
    """What is open is not what the person saw. Nothing was taken; the new amount must be shown."""


class AlreadyPaid(Conflict):
    """Nothing is open on an order any more."""


class Ceiling(DomainError):
    """The card network allows no further try on this card for now."""


@dataclass(frozen=True)
class Ask:
    """What is to be collected, from whom, why. `choices` are orders with the open amount that was seen.

    `parts` tells how much of an order is taken; one that it does not name is taken whole.
    """

    customer: UUID
    method: UUID
    choices: Sequence[tuple[UUID, Money]]
    origin: Origin
    account: UUID | None = None
    intention: UUID | None = None
    press: int | None = None
    planned_try: UUID | None = None
    handle: UUID | None = None  # the form's own id, which becomes the payment's
    staff: UUID | None = None  # of the merchant's people, who took it
    consent: UUID | None = None
    ip: str = ""
    agent: str = ""
    parts: Mapping[UUID, Money] = field(default_factory=dict)

    def take(self, order: Order) -> Money:
        """What is asked for on this order."""
        return self.parts.get(order.id, Money(order.open, order.currency))


@dataclass(frozen=True)
class Reserved:
    """The payment and its attempt; `fresh` is false when this very press was reserved before."""

    payment: UUID
    attempt: UUID
    fresh: bool


def reserve(ask: Ask) -> Reserved:
    """Reserves the orders for one attempt, or says why not.

    Locks the card's row, then the orders by ascending id; the amounts come from the store. Raises Held, AmountChanged,
    AlreadyPaid, PartRefused, TooSmall, Ceiling, Halted and Suspended (the clock's only), NotFound (not this
    customer's), DomainError (the method cannot pay, no live consent). All of that is told before the card is touched.
    """
    now = utc_now()
    try:
        with unit_of_work():
            return _pressed_before(ask) or _reserve(ask, now)
    except IntegrityError:  # two at the same instant: the store let one of them through
        again = _pressed_before(ask)
        if again is None:
            raise _held_by_other(ask) from None
        return again


def _pressed_before(ask: Ask) -> Reserved | None:
    payment = _of_this_form(ask)
    if payment is None:
        return None
    return Reserved(payment.id, payment.attempts.order_by(Attempt.n.desc()).get().id, fresh=False)


def _of_this_form(ask: Ask) -> Payment | None:
    found: Payment | None = None
    if ask.handle is not None:
        found = Payment.get_or_none(Payment.id == ask.handle)
        if found is not None and (found.customer_id != ask.customer or found.gateway_account_id is None):
            raise NotFound(_("This form is not good any more. Open it again."))
    elif ask.intention is not None:
        found = Payment.get_or_none((Payment.intention == ask.intention) & (Payment.press == ask.press))
    return found


def _reserve(ask: Ask, now: datetime) -> Reserved:
    lock_card(_payable_method(ask))
    orders = _lock_orders(ask)
    method = _payable_method(ask)  # again, now that the locks are ours: it may have been removed, or parted from us
    before = _pressed_before(ask)  # again, now that the locks are ours
    if before:
        return before
    _check_orders(ask, orders)
    amount = _check_amounts(ask, orders)
    if method.kind == MethodKind.BANK and orders[0].currency != "USD":
        raise DomainError(_("Bank accounts can be used for payments in US dollars only. Choose a card."))
    _check_ceiling(method, now)
    if ask.origin not in PERSONAL:
        _check_unattended(ask, method, orders, now)
    payment = _insert_payment(ask, method, orders[0], amount, now)
    attempt = _insert_attempt(ask, payment, method, now)
    for order in orders:
        Allocation.create(payment=payment, order=order, amount=ask.take(order).minor)
        OrderHold.create(order=order, attempt=attempt)
    _take_work(ask, attempt, now)
    if ask.origin == Origin.MERCHANT:
        _by_the_merchant(ask, payment, now)
    return Reserved(payment.id, attempt.id, fresh=True)


def _payable_method(ask: Ask) -> PaymentMethod:
    method = PaymentMethod.get_or_none((PaymentMethod.id == ask.method) & (PaymentMethod.customer == ask.customer))
    if method is None or method.state == MethodState.DETACHED:
        raise NotFound(_("That payment method is not there any more. Choose another one."))
    if method.state == MethodState.UNVERIFIED:
        raise DomainError(_("This bank account still waits for its check. Choose another way to pay."))
    if method.state == MethodState.BLOCKED:
        raise DomainError(_("Your bank does not let us use this account any more. Choose another way to pay."))
    if not method.gateway_account.active:
        raise DomainError(_("The merchant has changed its payment processor. Please add this method again."))
    if method.state == MethodState.DECLINED and ask.origin not in PERSONAL:
        raise DomainError(_("The bank declined this method for good; it is not tried again by itself."))
    return method


def _lock_orders(ask: Ask) -> list[Order]:
    ids = [order for order, _seen in ask.choices]
    found = Order.select().where(Order.id.in_(ids) & (Order.customer == ask.customer)).order_by(Order.id)
    orders = list(locked(found))
    if not orders or len(orders) != len(set(ids)):
        raise NotFound(_("One of these purchases is not there. Go back and choose again."))
    return orders


def _check_orders(ask: Ask, orders: list[Order]) -> None:
    seen = dict(ask.choices)
    if len({order.currency for order in orders}) > 1:
        raise DomainError(_("One payment can only be in one currency. Choose purchases of one currency."))
    for order in orders:
        hold = OrderHold.get_or_none(OrderHold.order == order)
        if hold is not None:
            raise _held(order, hold)
        if order.open == 0:
            raise AlreadyPaid(_already(order))
        if Money(order.open, order.currency) != seen[order.id]:
            raise AmountChanged(
                _("The amount of %(number)s has changed since you saw it: it is now %(amount)s. Nothing was taken.")
                % {"number": order.number, "amount": Money(order.open, order.currency)}
            )
        if order.disputed:
            raise DomainError(_("%(number)s is being looked into and cannot be paid now.") % {"number": order.number})


def _already(order: Order) -> str:
    """That it is paid, and since when (cases.md 32). One that was cancelled or written off has no such moment."""
    came = (Allocation.order == order) & (Payment.state == PaymentState.SUCCEEDED)
    latest = Payment.select().join(Allocation).where(came).order_by(Payment.closed_at.desc()).first()
    if latest is None or latest.closed_at is None:
        return _("Nothing is open on %(number)s any more. Nothing was taken now.") % {"number": order.number}
    at = humane_moment(latest.closed_at, utc_now(), ZoneInfo(order.merchant.zone))
    return _("%(number)s is paid already: %(at)s. Nothing was taken now.") % {"number": order.number, "at": at}


def _check_amounts(ask: Ask, orders: list[Order]) -> Money:
    """The sum that is asked for, once every part and the sum itself are known to be allowed (cases.md 51, 55)."""
    currency = orders[0].currency
    takes = {order.id: ask.take(order) for order in orders}
    if ask.parts:
        merchants = ask.origin == Origin.MERCHANT  # bound by what the processor takes, not by the portal's policy
        rule = rule_of_ours(currency) if merchants else rule_at(orders[0].merchant, currency)
        parts.check(takes, [debt_of(order) for order in orders], rule)
    amount = total(list(takes.values()), currency)
    check_total(amount)
    return amount


def _held(order: Order, hold: OrderHold) -> Held:
    sentence = _("A payment for %(number)s is already under way. Nothing more was taken.") % {"number": order.number}
    return Held(sentence, payment=hold.attempt.payment_id, order=order.id)


def _held_by_other(ask: Ask) -> DomainError:
    ids = [order for order, _seen in ask.choices]
    hold = OrderHold.get_or_none(OrderHold.order.in_(ids))
    if hold is None:
        return Conflict(_("Somebody else changed this at the same moment. Nothing was taken; please try again."))
    return _held(hold.order, hold)


def _check_ceiling(method: PaymentMethod, now: datetime) -> None:
    if ceiling.reached(
        gateway_account=method.gateway_account_id, fingerprint=method.fingerprint, brand=method.brand, now=now
    ):
        raise Ceiling(
            _("This card was declined so often that its network allows no further try for now. Use another card.")
        )


def _check_unattended(ask: Ask, method: PaymentMethod, orders: list[Order], now: datetime) -> None:
    """Nothing is charged unattended without a live consent for this method (design.md 4, promise 5).

    The clock leaves alone what has been given back to the person: a returned debit, a refund that is still owed. And it
    waits where somebody or a brake has stopped it: Halted, Suspended.
    """
    if ask.origin in _THE_CLOCKS:
        halt.check_clock(customer=ask.customer, method=method, now=now)
    if ask.origin in _THE_CLOCKS and any(order.collect != Collect.AUTOMATIC for order in orders):
        raise DomainError(_("This purchase is not collected automatically any more."))
    live = (Consent.id == ask.consent) & Consent.revoked_at.is_null() & (Consent.method == method)
    mine = locked(Consent.select().where(live & (Consent.customer == ask.customer)))  # a revocation waits its turn
    if mine.first() is None:
        raise DomainError(_("There is no consent for an automatic payment with this method."))


def _insert_payment(ask: Ask, method: PaymentMethod, first: Order, amount: Money, now: datetime) -> Payment:
    return Payment.create(
        id=ask.handle or uuid7(),
        merchant=first.merchant_id,
        customer=ask.customer,
        gateway_account=method.gateway_account_id,
        method=method,
        amount=amount.minor,
        currency=amount.currency,
        origin=ask.origin,
        account=ask.account,
        intention=ask.intention,
        press=ask.press,
        created_at=now,
    )


def _insert_attempt(ask: Ask, payment: Payment, method: PaymentMethod, now: datetime) -> Attempt:
    return Attempt.create(
        payment=payment,
        gateway_account=method.gateway_account_id,
        method=method,
        amount=payment.amount,
        currency=payment.currency,
        fingerprint=method.fingerprint,
        off_session=ask.origin not in PERSONAL,
        mandate_ip=ask.ip[:45] or None,
        mandate_agent=ask.agent[:255] or None,
        reserved_at=now,
        state_since=now,
        next_look_at=next_look(AttemptState.RESERVED, looks=0, now=now),
    )


def _by_the_merchant(ask: Ask, payment: Payment, now: datetime) -> None:
    """What the customer said was for this one payment and is spent with it; who took it stands in the trail."""
    spent = (Consent.id == ask.consent) & (Consent.scope == ConsentScope.ONCE)
    Consent.update(revoked_at=now).where(spent).execute()
    record(
        "payment.taken",
        merchant=payment.merchant_id,
        actor=Actor.STAFF,
        actor_id=ask.staff,
        customer=ask.customer,
        subject=payment.id,
        facts={"amount": payment.amount, "currency": payment.currency, "consent": str(ask.consent)},
    )


def _take_work(ask: Ask, attempt: Attempt, now: datetime) -> None:
    """The work row that led here is taken in the same transaction, so that a repeated job finds it gone."""
    if ask.origin == Origin.AUTOMATIC:
        due = (Order.id == ask.choices[0][0]) & Order.collect_at.is_null(False) & (Order.collect_at <= now)
        if Order.update(collect_at=None, lease_until=None).where(due).execute() != 1:
            raise Conflict("not due any more")
    if ask.planned_try is not None:
        planned = (PlannedTry.id == ask.planned_try) & (PlannedTry.state == TryState.PLANNED)
        if PlannedTry.update(state=TryState.MADE, attempt=attempt).where(planned).execute() != 1:
            raise Conflict("made or dropped already")
        dirty.mark_case_of(ask.planned_try)
