"""Cards and bank accounts of the demo's people: made at the stand-in, kept as the hosted page's visit keeps them."""

from __future__ import annotations

from datetime import date

from domain.demo.cast import Habit, House, Person
from domain.demo.people import card_number
from domain.demo.play import Play
from domain.events.record import Actor
from domain.methods.consent import consent_text, give, give_backup
from domain.methods.keep import keep_method
from domain.payments.at_gateway import WORKER_SECONDS, gateway_for
from domain.schedules.change import change_method
from kit.deadline import Deadline
from models.base import unit_of_work
from models.customers import Customer, GatewayCustomer
from models.merchants import GatewayAccount
from models.methods import BillingSchedule, Consent, ConsentScope, PaymentMethod, ScheduleState

IP, AGENT = "127.0.0.1", "Mozilla/5.0 (made up)"


def new_card(
    play: Play, person: Person, *, like: str = "approve", last4: str = "", expires: date | None = None
) -> PaymentMethod:
    """Gives the person a card of their own."""
    number = card_number(person.rng, person.brand)
    number = number[: -len(last4)] + last4 if last4 else number
    year = person.house.last_day.year + person.rng.randrange(1, 5)
    expires = expires or date(year, person.rng.randrange(1, 13), 1)
    ref = play.bank.add_card(
        person.house.gateway.external_id,
        _at_the_processor(person),
        _like(like, person.brand),
        number,
        expires.year,
        expires.month,
        person.name,
    )
    return _keep(person, ref)


def _like(like: str, brand: str) -> str:
    return brand if like == "approve" and brand != "visa" else like


def bank_account(play: Play, person: Person) -> PaymentMethod:
    """Gives the person a bank account that may be debited."""
    number = "".join(str(person.rng.randrange(10)) for _ in range(12))
    account = person.house.gateway.external_id
    return _keep(person, play.bank.add_bank_account(account, _at_the_processor(person), number, person.name))


def _at_the_processor(person: Person) -> str:
    customer: Customer | None = person.customer
    assert customer is not None
    known = GatewayCustomer.get_or_none(GatewayCustomer.customer == customer)
    if known is not None:
        return str(known.gateway_ref)
    ref = gateway_for(person.house.gateway).create_customer(
        key=f"{customer.id}:customer",
        name=customer.name,
        email=customer.email,
        reference=str(customer.id),
        deadline=Deadline.within(WORKER_SECONDS),
    )
    GatewayCustomer.create(customer=customer, gateway_account=person.house.gateway, gateway_ref=ref)
    return ref


def _keep(person: Person, ref: str) -> PaymentMethod:
    account: GatewayAccount = person.house.gateway
    assert person.customer is not None
    details = gateway_for(account).read_method(ref, deadline=Deadline.within(WORKER_SECONDS))
    return keep_method(person.customer.id, account, details, None)


def consent_to(person: Person, method: PaymentMethod) -> Consent:
    """The person allows charges by themselves with a method; a schedule goes on with it. In a unit of work."""
    house: House = person.house
    assert person.customer is not None
    scope = ConsentScope.SCHEDULES if person.habit is Habit.PLAN else ConsentScope.ALL_DUE
    text = consent_text(house.trade.name)
    person.method = method
    person.consent = give(customer=person.customer.id, method=method.id, scope=scope, text=text, ip=IP, agent=AGENT)
    return person.consent


def use_from_now_on(person: Person, method: PaymentMethod) -> None:
    """A new card becomes the default, and what is collected by itself goes on with it."""
    assert person.customer is not None
    with unit_of_work():
        PaymentMethod.update(is_default=False).where(PaymentMethod.customer == person.customer).execute()
        PaymentMethod.update(is_default=True).where(PaymentMethod.id == method.id).execute()
        consent = consent_to(person, method)
    mine = (BillingSchedule.customer == person.customer) & (BillingSchedule.state != ScheduleState.ENDED)
    for row in BillingSchedule.select().where(mine).order_by(BillingSchedule.id):
        change_method(
            merchant=person.house.merchant.id,
            schedule=row.id,
            method=method.id,
            consent=consent.id,
            actor=Actor.CUSTOMER,
            actor_id=person.account,
        )


def back_up(play: Play, person: Person) -> None:
    """The person adds a second card that stands in when the first one fails."""
    assert person.customer is not None
    method = new_card(play, person)
    with unit_of_work():
        text = consent_text(person.house.trade.name)
        give_backup(customer=person.customer.id, method=method.id, text=text, ip=IP, agent=AGENT)
