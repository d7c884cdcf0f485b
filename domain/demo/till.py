"""Money in the demo's past: every charge goes through the real protocol; only the moments and the luck are made up."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from domain.accounts import links
from domain.demo.cast import Fate, Person
from domain.demo.play import Play
from domain.demo.wallet import AGENT, IP, new_card, use_from_now_on
from domain.disputes import record as disputes
from domain.events.record import Actor, record
from domain.payments import intention, resolve
from domain.payments.at_gateway import WORKER_SECONDS, gateway_for
from domain.payments.collect import collect_due, make_try
from domain.payments.intention import Buyer
from domain.payments.press import Pressed, press
from domain.recoveries.promises import judge, promise
from kit.calendar import local_day
from kit.clock import utc_now
from kit.deadline import Deadline
from kit.errors import DomainError
from kit.ids import uuid7
from models.base import unit_of_work
from models.customers import Account, LinkPurpose
from models.methods import MethodState, PaymentMethod
from models.orders import Collect, Order
from models.payments import Attempt, OrderHold, PlannedTry, Promise, PromiseState, Recovery, RecoveryState, TryState


@dataclass(frozen=True)
class _Step:
    """What comes next for an order: when, with which method if it asks for money, and what is done."""

    at: datetime
    method: UUID | None
    act: Callable[[], object]


def follow(play: Play, person: Person, order: UUID, fate: Fate) -> None:
    """Puts what comes next for an order on the agenda: its collection, a look at its debit, its next try."""
    row = Order.get_by_id(order)
    step = _next_step(row)
    if row.open == 0:
        play.luck.pop(fate.method, None)
    if step is None and row.open and row.collect == Collect.MANUAL:
        _pays_by_hand(play, person, order)
    if step is not None:
        play.once(f"step {order}", step.at, person.who, lambda: _take(play, person, order, fate, step))


def _pays_by_hand(play: Play, person: Person, order: UUID) -> None:
    """What is not collected by itself (any more) most people pay in the portal within days."""
    due = person.house.moment(Order.get_by_id(order).due_on, 10, 7)
    later = max(due, play.now) + timedelta(hours=person.rng.randrange(1, 90))
    if person.account is not None and not person.lucky and person.rng.random() < 0.8:
        play.once(f"by hand {order}", later, person.who, lambda: settle(play, person, order, Fate(new_card=True)))


def _next_step(order: Order) -> _Step | None:
    hold = OrderHold.get_or_none(OrderHold.order == order.id)
    if hold is not None:
        attempt = hold.attempt_id
        looked = Attempt.get_by_id(attempt).next_look_at
        return _Step(looked, None, lambda: resolve.look(attempt)) if looked else None
    if order.open and order.collect_at is not None:
        return _Step(order.collect_at, order.method_id, lambda: collect_due(order.id))
    planned = _planned(order.id)
    return _Step(planned.due_at, planned.method_id, lambda: make_try(planned.id)) if planned else None


def _planned(order: UUID) -> PlannedTry | None:
    rows = PlannedTry.select().join(Recovery).where(Recovery.order == order, PlannedTry.state == TryState.PLANNED)
    found: PlannedTry | None = rows.first()
    return found


def _take(play: Play, person: Person, order: UUID, fate: Fate, step: _Step) -> None:
    """One step, with the method behaving as fate has it; then the person hears of a failure; then the next step."""
    used = PaymentMethod.get_by_id(step.method).gateway_ref if step.method is not None else ""
    fate.method = fate.method or used
    unlucky = bool(used) and used == fate.method and fate.fails > 0
    if unlucky:
        play.bank.script(used, [fate.step])
        fate.fails -= 1
        play.luck[used] = (fate.step, fate.fails)
    step.act()
    if unlucky:
        play.bank.script(used, [])
    _hear(play, person, order, fate)
    follow(play, person, order, fate)


def _hear(play: Play, person: Person, order: UUID, fate: Fate) -> None:
    """The person learns of a failed payment, once, and does about it what fate has in mind."""
    if fate.told or not (fate.helps_after or fate.promises):
        return
    if Recovery.get_or_none((Recovery.order == order) & (Recovery.state == RecoveryState.OPEN)) is None:
        return
    fate.told = True
    if fate.helps_after:
        play.at(play.now + fate.helps_after, person.who, lambda: settle(play, person, order, fate))
    else:
        later = play.now + timedelta(hours=5)
        play.at(later, person.who, lambda: _promise(play, person, order, fate))


def _promise(play: Play, person: Person, order: UUID, fate: Fate) -> None:
    """The person names a day; they pay on it, or it passes."""
    if person.customer is None or person.account is None:
        return
    visit_portal(person)
    day = local_day(play.now, person.house.trade.zone) + timedelta(days=fate.promises)
    try:
        promise(customer=person.customer.id, order=order, day=day, account=person.account)
    except DomainError:
        return
    made = Promise.get((Promise.order == order) & (Promise.state == PromiseState.OPEN))
    if fate.keeps:
        paid_at = person.house.moment(day, 12, person.rng.randrange(400))
        play.at(paid_at, person.who, lambda: settle(play, person, order, fate))
    play.at(made.due_at, person.who, lambda: _judge(play, person, order, made.id, fate))


def _judge(play: Play, person: Person, order: UUID, made: UUID, fate: Fate) -> None:
    judge(made)
    follow(play, person, order, fate)


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
    follow(play, person, order, fate)


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


def charge_back(play: Play, attempt: Attempt, **how: str) -> None:
    """The bank takes a charge back: a dispute of the card's holder, or a debit's late return; we hear of it at once."""
    play.bank.control(disputes=[{"charge": attempt.gateway_ref, **how}])
    hear_of_disputes(play, attempt)


def hear_of_disputes(play: Play, attempt: Attempt) -> None:
    """What the processor lists about disputes of this attempt's money is recorded, as its event would have it."""
    account = attempt.gateway_account
    since = play.now - timedelta(days=40)
    for found in list(gateway_for(account).disputes(since=since, deadline=Deadline.within(WORKER_SECONDS))):
        if found.intent == attempt.gateway_ref:
            disputes.learn(account, found)


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
