"""The sandbox as a stage for the demo: made-up people's cards, what they will do, and the day, all in process.

A made-up card behaves like one of the test cards but has a number, expiry and fingerprint of its own: a hundred people
with the same card would count as one card to a network's ceiling.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from sandbox import banks, cards, methods, webhooks
from sandbox.app import cards_table
from sandbox.endpoints import TIMERS, account_id
from sandbox.inprocess import InProcess
from sandbox.wire import Json


class Stage(InProcess):
    """A sandbox in process that can be furnished. `account` is the processor's id of a merchant's account."""

    @staticmethod
    def account_of(secret_key: str) -> str:
        """The account that a secret key belongs to."""
        return account_id(secret_key)

    def add_card(  # noqa: PLR0917 - one card's facts
        self, account: str, customer: str, like: str, number: str, exp_year: int, exp_month: int, holder: str
    ) -> str:
        """Saves a card that behaves like the test card of that name; answers the payment method's id."""
        card = replace(cards.BY_NAME[like], number=number, exp_year=exp_year, exp_month=exp_month)
        with self.world.store.work():
            method = methods.make_card(self.world, account, card, holder)
            methods.attach_to(self.world, method, customer)
        return method.id

    def add_bank_account(self, account: str, customer: str, number: str, holder: str) -> str:
        """Saves a verified bank account with a mandate; answers the payment method's id."""
        what = replace(banks.BY_NAME["settles"], number=number)
        with self.world.store.work():
            method = methods.make_bank(self.world, account, what, holder)
            offline = {"accepted_at": self.world.now(), "offline": {}, "type": "offline"}
            methods.make_mandate(self.world, method, offline)
            methods.attach_to(self.world, method, customer)
        return method.id

    def script(self, method: str, steps: list[str], *, for_good: bool = False) -> None:
        """What the method's next payments do, one step each; with `for_good` the last step stays."""
        self.world.plan(method, steps, repeat_last=for_good)

    def stand_at(self, moment: datetime) -> None:
        """The day stands still at a moment; what became due until then happens."""
        self.world.set_day(standing=moment.timestamp())
        self.world.fire(TIMERS)

    def run_ahead(self, ahead: timedelta) -> None:
        """The day is real time plus `ahead`; what became due until then happens."""
        self.world.set_day(offset=ahead.total_seconds())
        self.world.fire(TIMERS)

    def forget(self) -> None:
        """Nothing ever happened here."""
        with self.world.store.work():
            for table in ("thing", "answered", "timer", "delivery", "plan", "setting"):
                self.world.store.rows(f"DELETE FROM {table}")

    def listen(self, account: str, url: str) -> str:
        """Sends this account's events to `url` from now on, and nowhere else; answers the signing secret."""
        with self.world.store.work():
            for old in self.world.store.every("webhook_endpoint", account=account):
                self.world.store.remove(old.id)
            made = webhooks.create(self.world, account, {"url": url, "enabled_events": ["*"]})
        return str(made["secret"])

    def cards(self) -> Json:
        """The test cards and bank accounts with what each does."""
        return cards_table()
