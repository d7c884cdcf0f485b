"""Who is in a run: one customer of one merchant, three methods, some orders, one of them collected by the clock."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import timedelta

from domain.methods import consent as consents
from domain.payments.intention import Buyer
from domain.schedules.make import Rhythm, make_schedule
from integrations.gateways.base import MethodKind
from kit.clock import utc_now
from kit.money import Money
from models.base import unit_of_work
from models.customers import Access, AccessSource, Account, Customer
from models.merchants import GatewayAccount, Merchant, MerchantPolicy
from models.methods import Cadence, PaymentMethod
from sandbox import methods
from sandbox.inprocess import InProcess
from tests import factory
from tests.proof.merging import add_twin

CARDS = (
    "pm_card_visa",
    "pm_card_mastercard",
    "pm_card_visa_chargeDeclinedInsufficientFunds",
    "pm_card_visa_chargeDeclinedLostCard",
    "pm_card_authenticationRequired",
    "pm_card_authenticationRequiredChargeDeclinedInsufficientFunds",
    "pm_usBankAccount_success",
    "pm_usBankAccount_insufficientFunds",
    "pm_usBankAccount_accountClosed",
    "pm_usBankAccount_processing",
)


@dataclass
class Cast:
    """The people and their things."""

    merchant: Merchant
    door: GatewayAccount
    customer: Customer
    buyer: Buyer
    methods: list[PaymentMethod]
    twin: Customer | None = None  # another record of the same person


def people(sandbox: InProcess, cards: list[str]) -> Cast:
    """A customer who is signed in, with these methods."""
    shop = factory.merchant(collect_hour=7)  # it is seven in New York: due at once
    customer = factory.customer(shop)
    with unit_of_work():
        account = Account.create(
            merchant=shop, email=customer.email, name="Alex", confirmed_at=utc_now(), created_at=utc_now()
        )
        Access.create(account=account, customer=customer, source=AccessSource.SELF, granted_at=utc_now())
    kept = [method(sandbox, customer, token) for token in cards]
    return Cast(shop, factory.gateway_account(shop), customer, Buyer(customer.id, account.id), kept)


def method(sandbox: InProcess, customer: Customer, token: str) -> PaymentMethod:
    """A method as one that was added on the hosted page: a bank account has its mandate."""
    made = factory.method(customer, token)
    if made.kind == MethodKind.BANK:
        account = sandbox.world.store.get(made.gateway_ref)
        assert account is not None
        methods.make_mandate(sandbox.world, account, {"type": "offline", "accepted_at": 0, "offline": {}})
    return made


def furnish(sandbox: InProcess, chance: random.Random) -> Cast:
    """A fair day for a random run."""
    cast = people(sandbox, ["pm_card_visa", *chance.sample(CARDS[1:], 2)])
    MerchantPolicy.update(customers_skip=True).where(MerchantPolicy.merchant == cast.merchant).execute()
    for n in range(chance.randint(1, 2)):
        factory.order(cast.customer, 1000 + n)
    on = chance.choice(cast.methods)
    consent = factory.consented(cast.customer, on)
    factory.automatic(cast.customer, on, consent, 5000)
    if chance.random() < 0.4:
        make_schedule(
            merchant=cast.merchant.id,
            customer=cast.customer.id,
            rhythm=Rhythm(Cadence.WEEK, utc_now().date() + timedelta(days=chance.randint(0, 3)), runs=3),
            title="Class",
            amount=Money(1500, "USD"),
            method=on.id,
            consent=consent.id,
        )
    if chance.random() < 0.4:
        other = chance.choice([each for each in cast.methods if each != on])
        with unit_of_work():
            consents.give_backup(customer=cast.customer.id, method=other.id, text="Also this one.")
    if chance.random() < 0.5:
        cast.twin = add_twin(cast, chance.choice(("pm_card_visa", "pm_card_visa", *CARDS[1:4])))
    return cast
