"""Customers who pay in a browser while everything around them dies: they double-click, give up waiting, come back."""

from __future__ import annotations

import html
import random
import re
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import requests

from models.customers import Account, Customer
from models.merchants import Merchant
from models.methods import PaymentMethod
from models.orders import Order
from tests import factory
from tests.crash.patience import patiently
from tests.crash.place import Place
from tests.hard.person import Visitor

CARDS = (  # each customer has the first and two more
    "pm_card_visa",
    "pm_card_mastercard",
    "pm_card_authenticationRequired",
    "pm_card_visa_chargeDeclinedInsufficientFunds",
    "pm_usBankAccount_success",
    "pm_usBankAccount_insufficientFunds",
)
_WAIT = 20.0  # seconds that a patient person waits for an answer
_STAGE = re.compile(r'data-stage="(\w+)"')
_BANK = re.compile(r'href="(http://[^"]*/authenticate/[^"]*)"')


class Lost(Exception):
    """The answer did not come, or was an error page: the person does not know what happened."""


class Shopper(Visitor):
    """One customer of one merchant, with an account and three methods, and a thread that lives their life."""

    def __init__(self, place: Place, shop: Merchant, chance: random.Random, told: Counter[str]) -> None:
        super().__init__(place.origin, f"/p/{shop.slug}")
        self.place, self._chance, self._told = place, chance, told
        self.customer: Customer = factory.customer(shop)
        self.account: Account = factory.account(self.customer)
        tokens = ["pm_card_visa", *chance.sample(CARDS[1:], 2)]
        self.methods: list[PaymentMethod] = [factory.method(self.customer, token) for token in tokens]
        self.consent = patiently(lambda: factory.consented(self.customer, self.methods[0]))
        self.unhurried = {
            m.id for t, m in zip(tokens, self.methods, strict=True) if "usBank" in t or "authentication" in t
        }
        self.unpaid: list[Order] = []

    def live(self, stop: threading.Event) -> None:
        """Pays one thing after another until told to stop."""
        while not stop.wait(self._chance.uniform(0.0, 0.4)):
            try:
                self._turn()
            except Lost as why:
                self._told[f"lost: {why}"] += 1
                stop.wait(0.5)
            except requests.Timeout:
                self._told["lost: nobody answered in time"] += 1
            except requests.RequestException:
                self._told["lost: cut off, or nobody there"] += 1
                stop.wait(0.5)

    def _amount(self) -> int:
        return self._chance.randint(500, 50000)

    def submit(self, path: str, timeout: float = _WAIT, **fields: Any) -> requests.Response:
        """Raises Lost when the page that is open has no form: it is an error page."""
        try:
            return super().submit(path, timeout, **fields)
        except AssertionError:
            raise Lost("an error page") from None

    # -- a person's life ------------------------------------------------------------------------------------------

    def _turn(self) -> None:
        self._at_home()
        order = self._something_to_pay()
        page = self._said(self.submit("/pay", _WAIT, order=str(order.id)))
        if "/pay/" not in page:
            return  # held or paid by now: the portal says so
        form = {
            "order": str(order.id),
            "method": str(self._chance.choice(self.methods).id),
            "seen": str(order.total),
            "press": "1",
        }
        self._press(page, form)
        self._follow()

    def _at_home(self) -> None:
        if self._said(self.see("", _WAIT)) == self.base:
            return
        self.submit("/sign-in", _WAIT, email=self.account.email, password=factory.PASSWORD)
        self._told["sign-ins"] += 1

    def _something_to_pay(self) -> Order:
        if not self.unpaid or self._chance.random() < 0.7:
            self.unpaid = [*self.unpaid[-4:], patiently(lambda: factory.order(self.customer, self._amount()))]
        return self._chance.choice(self.unpaid)

    def _press(self, page: str, form: dict[str, str]) -> None:
        manner = self._chance.choices(("once", "twice", "gives up"), weights=(5, 2, 2))[0]
        self._told["presses"] += 1
        if manner == "twice":
            self._told["presses"] += 1
            tab = self._other_tab()
            with ThreadPoolExecutor(2) as pool:
                both = [pool.submit(each.submit, page, _WAIT, **form) for each in (self, tab)]
            self._said(both[0].result())
        elif manner == "gives up":
            try:
                self.submit(page, self._chance.uniform(0.05, 0.5), **form)
            except requests.RequestException:
                self._told["gave up waiting"] += 1
                self._at_home()  # and presses the same button again
                self._told["presses"] += 1
                self._said(self.submit(page, _WAIT, **form))
        else:
            self._said(self.submit(page, _WAIT, **form))

    def _other_tab(self) -> Visitor:
        tab = Visitor(self.origin, self.base)
        tab.browser.cookies.update(self.browser.cookies)
        tab.text = self.text
        return tab

    def _follow(self) -> None:
        """What the payment's page offers: confirm at the bank, or try again with a better card."""
        stage = _STAGE.search(self.text)
        what = stage.group(1) if stage else "no payment"
        self._told[f"saw {what}"] += 1
        here = self._here
        if what == "confirm" and self._chance.random() < 0.8:
            self._said(self.submit(f"{here}/confirm", _WAIT))
            bank = _BANK.search(self.text)
            if bank:
                answer = "approve" if self._chance.random() < 0.7 else "refuse"
                self._said(self.browser.post(html.unescape(bank.group(1)), data={"answer": answer}, timeout=_WAIT))
        elif what in ("declined", "cancelled", "confirm") and self._chance.random() < 0.5:
            self._said(self.submit(f"{here}/again", _WAIT))

    def _said(self, answer: requests.Response) -> str:
        """The path where it ended. Raises Lost for an error page."""
        if answer.status_code >= 500:
            raise Lost(f"error {answer.status_code}")
        self._here = answer.url.removeprefix(self.origin).partition("?")[0]
        self.text = answer.text
        return self._here
