"""A customer with a life: paid orders, a failed automatic one, something due, something later, a schedule."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from uuid import UUID

from domain.payments import intention
from domain.payments.collect import collect_due
from domain.payments.intention import Buyer
from domain.payments.pay_form import Sent, pay
from kit.clock import Stopped
from models.base import unit_of_work
from models.customers import Account, Address, Customer
from models.merchants import Merchant
from models.methods import BillingSchedule
from models.orders import Order
from tests import factory


@dataclass
class Alex:
    """Alex Morgan of Harbor Yoga."""

    merchant: Merchant
    customer: Customer
    account: Account
    failed: Order
    due: Order
    later: Order


@dataclass
class Member:
    """A customer of Harbor Yoga with an account and nothing else: each test gives what it is about."""

    customer: Customer
    account: Account


def member() -> Member:
    """Made the way the portal makes one."""
    person = factory.customer(factory.merchant("harbor", name="Harbor Yoga"), email="alex.morgan@example.com")
    return Member(person, factory.account(person))


def alex(clock: Stopped) -> Alex:
    """Made by the portal's own code, day by day."""
    now = clock()
    house = factory.merchant("harbor", name="Harbor Yoga", hours="weekdays 9 to 5")
    person = factory.customer(house, email="alex.morgan@example.com")
    Customer.update(phone="(555) 010-0142").where(Customer.id == person.id).execute()
    with unit_of_work():
        Address.create(customer=person, street="12 Quay Street", city="Portland", region="ME", postcode="04101")
    account = factory.account(person)
    visa = factory.method(person)
    for day, title, total in ((20, "Monthly membership, September", 8900), (3, "Yoga mat and blocks", 6400)):
        clock.set(datetime(2026, 9 if day == 20 else 10, day, 15, tzinfo=UTC))
        _pay(account, factory.order(person, total, title=title), visa.id)
    factory.method(person, "pm_usBankAccount_success")
    clock.set(datetime(2026, 11, 18, 14, 30, tzinfo=UTC))
    empty = factory.method(person, "pm_card_visa_chargeDeclinedInsufficientFunds")
    consent = factory.consented(person, empty)
    clock.set(datetime(2026, 11, 22, 14, 30, tzinfo=UTC))
    failed = factory.automatic(person, empty, consent, 8900, due=date(2026, 11, 22))
    Order.update(title="Monthly membership, November").where(Order.id == failed.id).execute()
    collect_due(failed.id)
    clock.set(now)
    due = factory.order(person, 4250, due=date(2026, 11, 20), title="Workshop: breathing")
    later = factory.order(person, 9550, due=date(2026, 12, 1), title="Retreat deposit")
    with unit_of_work():
        BillingSchedule.create(
            merchant=house, customer=person, title="Monthly membership", amount=8900, currency="USD", anchor_day=20,
            starts_on=date(2026, 1, 20), next_on=date(2026, 12, 20), method=visa, consent=consent, created_at=now,
        )  # fmt: skip
    return Alex(house, person, account, failed, due, later)


def _pay(account: Account, order: Order, method: UUID) -> None:
    buyer = Buyer(customer=order.customer_id, account=account.id)
    handle = intention.begin(buyer=buyer, orders=[order.id])
    pay(Sent(handle, [order.id], method, order.open, 1), buyer=buyer)
