"""What the merchants do meanwhile: bills that are collected by themselves, schedules, money given back."""

from __future__ import annotations

import random
import threading
from collections import Counter

from domain.refunds.reserve import refund
from domain.schedules.make import Rhythm, make_schedule
from kit.clock import utc_now
from kit.errors import DomainError
from kit.ids import uuid7
from kit.money import Money
from models.base import connected
from models.methods import Cadence
from models.payments import Payment, PaymentState
from tests import factory
from tests.crash.crowd import Shopper
from tests.crash.patience import patiently

TWISTS = ("approve", "approve", "approve", "insufficient_funds", "timeout_after", "timeout_before", "generic_decline")
_RUNS = 4  # of a daily schedule: it ends while everything comes to rest


class Office:
    """One hand for all merchants."""

    def __init__(self, people: list[Shopper], chance: random.Random, told: Counter[str]) -> None:
        self._people, self._chance, self._told = people, chance, told

    def open_schedules(self) -> None:
        """Everybody has a membership by the day, charged to the first card."""
        for person in self._people:
            make_schedule(
                merchant=person.customer.merchant_id,
                customer=person.customer.id,
                title="Membership",
                rhythm=Rhythm(Cadence.DAY, utc_now().date(), runs=_RUNS),
                amount=Money(1900, "USD"),
                method=person.methods[0].id,
                consent=person.consent.id,
            )

    def work(self, stop: threading.Event) -> None:
        """One thing after another until told to stop."""
        while not stop.wait(0.4):
            person, act = self._chance.choice(self._people), self._chance.choice((self._bill, self._bill, self._refund))
            act(person)
            self._twist(person)

    def _bill(self, person: Shopper) -> None:
        """An order that the clock collects at once."""
        on = self._chance.choice(person.methods[:2])
        under = patiently(lambda: factory.consented(person.customer, on))
        patiently(lambda: factory.automatic(person.customer, on, under, total=self._chance.randint(500, 50000)))
        self._told["automatic orders"] += 1

    def _refund(self, person: Shopper) -> None:
        """Some of a payment goes back; what is refused (another is under way, nothing left) is refused."""
        payment = patiently(lambda: self._paid_by(person))
        if payment is None:
            return
        handle, part = uuid7(), Money(self._chance.randint(100, max(payment.amount // 2, 100)), payment.currency)
        try:
            patiently(
                lambda: refund(merchant=payment.merchant_id, payment=payment.id, amount=part, handle=handle)  # once
            )
            self._told["refunds asked"] += 1
        except DomainError:
            self._told["refunds refused"] += 1

    def _paid_by(self, person: Shopper) -> Payment | None:
        with connected():
            paid = (Payment.customer == person.customer) & (Payment.state == PaymentState.SUCCEEDED)
            return self._chance.choice([*Payment.select().where(paid), None])

    def _twist(self, person: Shopper) -> None:
        """What the first card does at its next payments."""
        steps = [*self._chance.choices(TWISTS, k=3), "approve"]
        person.place.control(behave=[{"method": person.methods[0].gateway_ref, "as": steps}])
