"""A merchant's person takes a payment now: on a stored method, because the customer said so on the phone or in person.

What the customer said is written down as a consent for this one payment. A bank account is debited only under an
authorization that the customer gave in writing before: a spoken one would have to be recorded on tape or sent in
writing first (Nacha Operating Rules, TEL entries).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from domain.methods.consent import covering
from domain.methods.queries import label
from domain.payments.ask import ask
from domain.payments.at_gateway import WEB_SECONDS
from domain.payments.press import leave_to_worker
from domain.payments.reserve import Ask, Reserved, reserve
from domain.payments.web_turn import web_turn
from integrations.gateways.base import MethodKind
from kit.calendar import local_day
from kit.clock import utc_now
from kit.deadline import Deadline
from kit.errors import DomainError, NotFound
from kit.i18n import _
from kit.money import Money, total
from models.base import unit_of_work
from models.customers import Customer
from models.methods import Consent, ConsentScope, MethodState, PaymentMethod
from models.orders import Order
from models.payments import Origin, Payment

TEXT_VERSION = "2026-11"


@dataclass(frozen=True)
class Taking:
    """What the form sent. `handle` is the form's own id, which becomes the payment's.

    `shares` says how much of which order is taken, `seen` what was open on each when the form was drawn.
    """

    handle: UUID
    customer: UUID
    method: UUID
    shares: Mapping[UUID, Money]
    seen: Mapping[UUID, Money]
    agreed: bool  # that the customer has said yes to this amount on this method


def spoken_text(merchant: str, method: str, amount: Money) -> str:
    """What the customer is asked for, and what is written down."""
    return _("I allow %(merchant)s to charge %(method)s once, now, for %(amount)s.") % {
        "merchant": merchant,
        "method": method,
        "amount": amount,
    }


def take(*, merchant: UUID, taking: Taking, staff: UUID | None) -> UUID:
    """Takes the payment, once, and returns its id, whatever became of it: its page tells.

    The same form sent again returns the same payment. Raises Held, AmountChanged, AlreadyPaid, PartRefused, TooSmall,
    Ceiling, NotFound (not this merchant's) or DomainError; then nothing was asked of the bank.
    """
    before = _taken_before(merchant, taking)
    if before is not None:
        return before
    method = _method(merchant, taking)
    amount = _amount(taking)
    consent = _written(taking, method) if method.kind == MethodKind.BANK else _spoken(taking, method, amount)
    reserved = reserve(
        Ask(
            customer=taking.customer,
            method=method.id,
            choices=[(order, taking.seen[order]) for order in taking.shares],
            origin=Origin.MERCHANT,
            handle=taking.handle,
            staff=staff,
            consent=consent,
            parts=taking.shares,
        )
    )
    if reserved.fresh:
        _send(reserved)
    return reserved.payment


def _taken_before(merchant: UUID, taking: Taking) -> UUID | None:
    row = Payment.get_or_none(Payment.id == taking.handle)
    if row is None:
        return None
    if row.merchant_id != merchant or row.customer_id != taking.customer or row.gateway_account_id is None:
        raise NotFound(_("This form is not good any more. Open it again."))
    return taking.handle


def _method(merchant: UUID, taking: Taking) -> PaymentMethod:
    mine = (Customer.id == taking.customer) & (Customer.merchant == merchant)
    if not Customer.select().where(mine).exists():
        raise NotFound(_("This customer is not there."))
    row: PaymentMethod | None = PaymentMethod.get_or_none(
        (PaymentMethod.id == taking.method) & (PaymentMethod.customer == taking.customer)
    )
    if row is None or row.state == MethodState.DETACHED:
        raise DomainError(_("Choose one of the customer's payment methods."), field="method")
    if row.kind != MethodKind.BANK and not taking.agreed:
        raise DomainError(_("Ask the customer first, and tick that they have said yes."), field="agreed")
    return row


def _amount(taking: Taking) -> Money:
    if not taking.shares:
        raise DomainError(_("Write how much of which order is taken."), field="shares")
    if len({share.currency for share in (*taking.shares.values(), *taking.seen.values())}) > 1:
        raise DomainError(_("One payment can only be in one currency. Choose purchases of one currency."))
    shares = list(taking.shares.values())
    return total(shares, shares[0].currency)


def _written(taking: Taking, method: PaymentMethod) -> UUID:
    """The consent for a bank account, given in writing, that covers every one of the orders: on its due day, not before
    (domain/methods/consent.py has the words)."""
    rows = Order.select().where(Order.id.in_(list(taking.shares)) & (Order.customer == taking.customer))
    today = local_day(utc_now(), method.customer.merchant.zone)
    found = [covering(order, method=method.id) if order.due_on <= today else None for order in rows]
    first = found[0] if found else None
    if first is None or not all(found):
        raise DomainError(
            _(
                "A bank account may not be debited on a spoken word. "
                "Take a card, or ask the customer to pay in the portal."
            ),
            field="method",
        )
    return first.id


def _spoken(taking: Taking, method: PaymentMethod, amount: Money) -> UUID:
    """Writes down what the customer said. Its id is the form's: it is good for this very payment and no other."""
    text = spoken_text(method.customer.merchant.name, label(method.brand, method.last4), amount)
    unspent = (
        (Consent.customer == taking.customer) & (Consent.scope == ConsentScope.ONCE) & Consent.revoked_at.is_null()
    )
    with unit_of_work():
        Consent.insert(
            id=taking.handle,
            customer=taking.customer,
            method=method.id,
            scope=ConsentScope.ONCE,
            text_version=TEXT_VERSION,
            text=text,
            shown_at=utc_now(),
        ).on_conflict(  # the form was refused, put right and sent again
            conflict_target=[Consent.id], update={Consent.method: method.id, Consent.text: text}, where=unspent
        ).execute()
    return taking.handle


def _send(reserved: Reserved) -> None:
    """Asks within this request when it is our turn; else the row is left to a worker and the page waits for it."""
    with web_turn() as mine:
        if mine:
            ask(reserved.attempt, deadline=Deadline.within(WEB_SECONDS))
        else:
            leave_to_worker(reserved.attempt)
