"""What a customer of the demo does over the months: joins, is invited, makes an account, buys, is billed, pays."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

from domain.accounts.access import grant_matching
from domain.customers.make import make_customer
from domain.demo import bills, till, twists
from domain.demo.cast import Habit, Person, day_in, fate_of
from domain.demo.people import address
from domain.demo.play import Play
from domain.demo.trades import Ware
from domain.demo.wallet import bank_account, consent_to, new_card
from domain.events.record import Actor, record
from domain.mail import letters
from domain.orders.make import NewLine, make_order
from domain.payments.intention import Buyer
from kit.calendar import local_day
from kit.clock import utc_now
from kit.money import Money
from models.base import unit_of_work
from models.customers import Account, Address, Customer
from models.orders import Collect, Order, OrderSource


def begin(play: Play, person: Person) -> None:
    """Puts a person's life on the agenda."""
    rng, house = person.rng, person.house
    opens = house.moment(person.joins_on, 8, rng.randrange(60))
    play.at(opens, person.who, lambda: _join(play, person))
    if person.invited_on:
        play.at(house.moment(person.invited_on, 10, 3), person.who, lambda: _invite(person))
    if person.confirms_on:
        play.at(house.moment(person.confirms_on, 12, rng.randrange(480)), person.who, lambda: _make_account(person))
        for _ in range(rng.randrange(1, 4)):
            day = day_in(rng, person.confirms_on + timedelta(days=1), house.last_day)
            play.at(house.moment(day, 9, rng.randrange(700)), person.who, lambda: _look_in(person))


def _join(play: Play, person: Person) -> None:
    house, number = person.house, person.number
    phone = person.phone or f"{house.trade.phone[:-2]}{number % 100:02}"
    home = person.home or address(house.trade.country, person.rng)
    with unit_of_work():
        person.customer = make_customer(
            merchant=house.merchant.id,
            name=person.name,
            email=person.email,
            reference=f"C-{1000 + number}",
            phone=phone,
        )
        Address.create(customer=person.customer, **home)
    if person.habit in (Habit.PLAN, Habit.AUTO):
        _leave_a_method(play, person)
    if person.plan:
        bills.subscribe(play, person)
    else:
        _plan_purchases(play, person)
    twists.begin(play, person)


def _leave_a_method(play: Play, person: Person) -> None:
    if person.pays_by_bank:
        method = bank_account(play, person)
    else:
        method = new_card(play, person, like=person.like, last4=person.last4, expires=person.expires)
    with unit_of_work():
        consent_to(person, method)


def _plan_purchases(play: Play, person: Person) -> None:
    house, rng = person.house, person.rng
    first = max(person.joins_on, person.confirms_on or person.joins_on) + timedelta(days=1)
    if person.habit is Habit.BILLED:
        first = max(first, house.last_day - timedelta(days=70))
    for _ in range(person.purchases):
        day = day_in(rng, first, house.last_day)
        ware = rng.choice(house.trade.wares)
        moment = house.moment(day, 10, rng.randrange(480))
        play.at(moment, person.who, lambda ware=ware: _buy(play, person, ware))  # type: ignore[misc]


def _buy(play: Play, person: Person, ware: Ware) -> None:
    auto = person.habit is Habit.AUTO
    source = OrderSource.INVOICE if person.habit is Habit.BILLED else OrderSource.STORE
    today = local_day(utc_now(), person.house.trade.zone)
    days = {Habit.AUTO: 1, Habit.SHOP: person.rng.choice((0, 0, 7)), Habit.BILLED: 14}.get(person.habit, 0)
    order = place(person, ware, due=today + timedelta(days=days), source=source, automatic=auto)
    if auto:
        till.follow(play, person, order.id, fate_of(person, order.due_on))
    elif person.habit is Habit.SHOP and person.rng.random() < 0.93:
        hours = person.rng.choice((0, 0, 1, 20, 60))
        later = timedelta(hours=hours, minutes=person.rng.randrange(2, 50))
        play.at(play.now + later, person.who, lambda: _pay(play, person, order.id))
    twists.bought(play, person, order)


def place(person: Person, ware: Ware, *, due: date, source: OrderSource, automatic: bool = False) -> Order:
    """The person gets an order for one thing."""
    assert person.customer is not None
    with unit_of_work():
        return make_order(
            merchant=person.house.merchant,
            customer=person.customer,
            lines=[NewLine(ware.title, Money(ware.price, person.house.trade.currency))],
            source=source,
            due_on=due,
            collect=Collect.AUTOMATIC if automatic else Collect.MANUAL,
            method=person.method.id if automatic and person.method else None,
            consent=person.consent.id if automatic and person.consent else None,
            actor=Actor.STAFF if source is OrderSource.INVOICE else Actor.CUSTOMER,
        )


def buy_and_pay(play: Play, person: Person, ware: Ware) -> Order:
    """The person gets a bill and pays it in the portal within minutes."""
    today = local_day(utc_now(), person.house.trade.zone)
    order = place(person, ware, due=today, source=OrderSource.STORE)
    play.at(play.now + timedelta(minutes=6), person.who, lambda: _pay(play, person, order.id))
    return order


def _pay(play: Play, person: Person, order: UUID) -> None:
    """Pays in the portal, with the card that is there or a first one."""
    assert person.customer is not None
    if person.account is None:
        return
    till.visit_portal(person)
    if person.method is None:
        person.method = new_card(play, person, like=person.like, last4=person.last4, expires=person.expires)
    till.pay([order], person.method, Buyer(person.customer.id, account=person.account))


def _invite(person: Person) -> None:
    with unit_of_work():
        letters.invite(Customer.get_by_id(person.customer.id))  # type: ignore[union-attr]


def _make_account(person: Person) -> None:
    """What signing up and confirming come to, without a typed password: one that nobody knows stands for all."""
    now = utc_now()
    with unit_of_work():
        account = Account.create(
            merchant=person.house.merchant,
            email=person.email,
            name=person.name,
            password_hash=person.password_hash,
            password_version=1,
            confirmed_at=now,
            signed_in_at=now,
            created_at=now - timedelta(minutes=4),
        )
        letters.confirm(account)
        grant_matching(account)
        for kind in ("account.confirmed", "account.signed_in"):
            record(
                kind,
                merchant=person.house.merchant.id,
                actor=Actor.CUSTOMER,
                actor_id=account.id,
                customer=person.customer.id if person.customer else None,
            )
    person.account = account.id


def _look_in(person: Person) -> None:
    if person.account is not None:
        till.visit_portal(person)
