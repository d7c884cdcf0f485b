"""Money in the demo's past: every charge goes through the real protocol; only the moments and the luck are made up."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

from domain.accounts import links
from domain.demo.cast import Fate, Person
from domain.demo.play import Play
from domain.demo.wallet import AGENT, IP, new_card, use_from_now_on
from domain.events.record import Actor, record
from domain.payments import intention, resolve
from domain.payments.collect import collect_due, make_try
from domain.payments.intention import Buyer
from domain.payments.press import Pressed, press
from kit.clock import utc_now
from kit.errors import DomainError
from kit.ids import uuid7
from models.base import unit_of_work
from models.customers import Account, LinkPurpose
from models.methods import MethodState, PaymentMethod
from models.orders import Order
from models.payments import OrderHold, PlannedTry, Recovery, RecoveryState, TryState

_LOOK_AGAIN = timedelta(days=1)


def collect(play: Play, person: Person, order: UUID, fate: Fate) -> None:
    """The clock collects an order on its day."""
    with_luck(play, person, fate, lambda: collect_due(order))
    _what_follows(play, person, order, fate, first=True)


def with_luck(play: Play, person: Person, fate: Fate, act: Callable[[], None]) -> None:
    """Does something with the person's method behaving as fate has it."""
    assert person.method is not None
    if fate.fails > 0:
        play.bank.script(person.method.gateway_ref, [fate.step])
        fate.fails -= 1
    act()
    play.bank.script(person.method.gateway_ref, [])
    play.luck[person.method.gateway_ref] = (fate.step, fate.fails)


def _what_follows(play: Play, person: Person, order: UUID, fate: Fate, *, first: bool = False) -> None:
    hold = OrderHold.get_or_none(OrderHold.order == order)
    if hold is not None:
        attempt = hold.attempt_id
        play.at(play.now + _LOOK_AGAIN, person.who, lambda: _look(play, person, order, attempt, fate))
        return
    recovery = Recovery.get_or_none((Recovery.order == order) & (Recovery.state == RecoveryState.OPEN))
    if recovery is None:
        return
    if first and fate.helps_after:
        play.at(play.now + fate.helps_after, person.who, lambda: settle(play, person, order, fate))
    planned = PlannedTry.get_or_none((PlannedTry.recovery == recovery) & (PlannedTry.state == TryState.PLANNED))
    if planned is not None:
        play.at(planned.due_at, person.who, lambda: _try(play, person, order, planned.id, fate))


def _try(play: Play, person: Person, order: UUID, planned: UUID, fate: Fate) -> None:
    with_luck(play, person, fate, lambda: make_try(planned))
    _what_follows(play, person, order, fate)


def _look(play: Play, person: Person, order: UUID, attempt: UUID, fate: Fate) -> None:
    """A bank debit on its way is looked at every day."""
    resolve.look(attempt)
    _what_follows(play, person, order, fate, first=True)


def settle(play: Play, person: Person, order: UUID, fate: Fate) -> None:
    """The person settles a failed payment: in the portal, or through the mail's link and with a new card."""
    row = Order.get_by_id(order)
    if row.open == 0 or OrderHold.get_or_none(OrderHold.order == order) is not None:
        return
    buyer = _buyer(person, row)
    assert person.method is not None
    method = PaymentMethod.get_by_id(person.method.id)
    if buyer.account is None or fate.new_card or method.state != MethodState.USABLE:
        method = new_card(play, person)
        if buyer.account:
            use_from_now_on(person, method)
    pay([order], method, buyer)


def _buyer(person: Person, order: Order) -> Buyer:
    assert person.customer is not None
    if person.account:
        visit_portal(person)
        return Buyer(person.customer.id, account=person.account)
    link = uuid7()
    with unit_of_work():
        links.issue(link, LinkPurpose.FIX_IT, order=order)
    return Buyer(person.customer.id, link=link)


def pay(orders: list[UUID], method: PaymentMethod, buyer: Buyer) -> None:
    """Chooses and presses, as a person does. What cannot be paid any more stays as it is."""
    try:
        handle = intention.begin(buyer=buyer, orders=orders)
        if buyer.link:
            intention.prefer(handle, buyer=buyer, method=method.id)
        shown = intention.selection(handle, buyer=buyer)
        press(Pressed(handle, method.id, shown.total.minor, shown.press, IP, AGENT), buyer=buyer)
    except DomainError:
        return


def visit_portal(person: Person) -> None:
    """The person signs in."""
    assert person.customer is not None and person.account is not None
    with unit_of_work():
        Account.update(signed_in_at=utc_now()).where(Account.id == person.account).execute()
        record(
            "account.signed_in",
            merchant=person.house.merchant.id,
            actor=Actor.CUSTOMER,
            actor_id=person.account,
            customer=person.customer.id,
        )
