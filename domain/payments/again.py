"""Paying differently: after a "no", or instead of confirming at the bank. The same orders, a new intention."""

from __future__ import annotations

from uuid import UUID

from domain.methods.queries import methods_of
from domain.payments import choice, intention
from domain.payments.at_gateway import WEB_SECONDS
from domain.payments.intention import Buyer
from domain.payments.queries import PaymentView, Stage, payment_of
from domain.payments.resolve import give_up
from domain.payments.web_turn import web_turn
from kit.deadline import Deadline
from kit.errors import DomainError, NotFound
from kit.i18n import _
from models.payments import Payment


def pay_differently(*, payment: UUID, buyer: Buyer, same: bool = False) -> str | None:
    """The handle of a new intention for the same orders and amount, another method ticked if there is a good one.

    `same`: the same method stays ticked, for a person who has put money on it or has spoken with the bank.

    An attempt that waits for the bank is cancelled at the gateway first. None when it cannot be let go, or has gone
    through meanwhile: then its own page tells. Raises NotFound (not this buyer's), DomainError (nothing left to pay).
    """
    view = payment_of(buyer.customer, payment)
    if view is None:
        raise NotFound(_("This payment is not there."))
    if view.stage == Stage.CONFIRM and view.attempt is not None:
        with web_turn() as mine:
            if mine:
                give_up(view.attempt, deadline=Deadline.within(WEB_SECONDS))
        view = payment_of(buyer.customer, payment) or view
    if view.stage.is_open or view.stage == Stage.RECEIVED:
        return None
    handle = _begin(view, buyer)
    if same:
        _prefer_same(handle, buyer, payment)
    else:
        _prefer_another(handle, buyer, payment)
    return handle


def _begin(view: PaymentView, buyer: Buyer) -> str:
    """The same choice again: a chosen part, if it may still be paid, else all of what is open."""
    orders = [order.id for order in view.orders]
    chosen = Payment.get_by_id(view.id).intention
    if chosen is not None and choice.kept(chosen).is_part:
        try:
            return intention.begin(buyer=buyer, orders=orders, amount=view.amount)
        except DomainError:
            pass  # too much or too little by now: the page shows the whole, and says how much
    return intention.begin(buyer=buyer, orders=orders)


def _prefer_same(handle: str, buyer: Buyer, payment: UUID) -> None:
    """Also through a link: the payment was made through it, so its method was added there."""
    used = Payment.get_by_id(payment).method_id
    if used is not None:
        intention.prefer(handle, buyer=buyer, method=used)


def _prefer_another(handle: str, buyer: Buyer, payment: UUID) -> None:
    used = Payment.get_by_id(payment).method_id
    other = next((method for method in methods_of(buyer.customer) if method.fit and method.id != used), None)
    if other is not None and buyer.account is not None:
        intention.prefer(handle, buyer=buyer, method=other.id)
