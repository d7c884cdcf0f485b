"""A customer with a browser that speaks plain HTTP to the web server."""

from __future__ import annotations

import html
import re
from copy import copy
from typing import Any
from uuid import UUID

import requests

from models.customers import Account, Customer
from models.merchants import Merchant
from models.methods import PaymentMethod
from models.orders import Order
from models.payments import Payment
from tests import factory
from tests.sandbox.running import Running

SOON = 5.0  # seconds: a page that waits for nobody, on a machine that has other things to do
PRESS = 13.0  # a press, with the 10 s that it may wait for the gateway
_TOKEN = re.compile(r'name="csrf(?:_token" value|-token" content)="([^"]+)"')


class Visitor:
    """A browser on one part of the site: paths are below its base unless they begin with it."""

    def __init__(self, origin: str, base: str) -> None:
        self.origin, self.base = origin, base
        self.browser = requests.Session()
        self.text = ""

    def see(self, path: str = "", timeout: float = SOON) -> requests.Response:
        """Opens a page and follows."""
        return self._shown(self.browser.get(self._address(path), timeout=timeout))

    def submit(self, path: str, timeout: float = SOON, **fields: Any) -> requests.Response:
        """Sends a native form with the token of the page that is open, and follows."""
        token = _TOKEN.search(self.text)
        assert token, "no form is open"
        form = {"csrf_token": html.unescape(token.group(1)), **fields}
        return self._shown(self.browser.post(self._address(path), data=form, timeout=timeout))

    def page(self, path: str) -> str:
        """What Dash draws into a page, as its answer has it."""
        where = path.removeprefix(self.origin)
        self.see(where)
        token = _TOKEN.search(self.text)
        assert token
        body = {
            "output": "page.children",
            "outputs": {"id": "page", "property": "children"},
            "inputs": [{"id": "address", "property": "pathname", "value": where}],
            "changedPropIds": ["address.pathname"],
        }
        headers = {"X-Settle-Page": where, "X-CSRFToken": html.unescape(token.group(1))}
        address = self.origin + "/_dash-update-component"
        answer = self.browser.post(address, json=body, headers=headers, timeout=SOON)
        assert answer.status_code == 200, answer.text
        return answer.text

    def _address(self, path: str) -> str:
        if path.startswith("http"):
            return path
        return self.origin + (path if path.startswith(self.base) else self.base + path)

    def _shown(self, answer: requests.Response) -> requests.Response:
        self.text = answer.text
        return answer


class Person(Visitor):
    """Somebody with one order and one card."""

    def __init__(self, origin: str, house: Merchant, *, card: str = "pm_card_visa") -> None:
        super().__init__(origin, f"/p/{house.slug}")
        self.customer: Customer = factory.customer(house)
        self.account: Account = factory.account(self.customer)
        self.order: Order = factory.order(self.customer)
        self.card: PaymentMethod = factory.method(self.customer, card)

    def another_tab(self) -> Person:
        """The same person in another tab of the same browser, on the home."""
        tab = copy(self)
        tab.browser = requests.Session()
        tab.browser.cookies.update(self.browser.cookies)
        tab.see()
        return tab

    def sign_in(self) -> None:
        """By the real form, to the home."""
        self.see("/sign-in")
        home = self.submit("/sign-in", email=self.account.email, password=factory.PASSWORD)
        assert home.url == self.origin + self.base, home.text

    def choose(self) -> str:
        """*Pay now*: the address of the pay page."""
        return self.submit("/pay", order=str(self.order.id)).url

    def press(self, where: str, *, n: int = 1) -> requests.Response:
        """The press on *Pay $89.00*; the page that it ends on."""
        fields = {"method": str(self.card.id), "seen": str(self.order.total), "press": str(n)}
        return self.submit(where, timeout=PRESS, order=str(self.order.id), **fields)

    def pay(self) -> requests.Response:
        """*Pay now* and the press."""
        return self.press(self.choose())

    def pay_again_in_another_tab(self) -> str:
        """*Pay now* on the home, from a page that was open before: the home then, as it is drawn."""
        self.see()
        self.choose()
        return self.page(self.base)

    def payments(self) -> list[UUID]:
        """This person's payments, the oldest first."""
        mine = Payment.select(Payment.id).where(Payment.customer == self.customer).order_by(Payment.id)
        return [row.id for row in mine]

    def left(self) -> int:
        """What is open on the order now, in minor units."""
        return int(Order.get_by_id(self.order.id).open)

    def charges(self, sandbox: Running) -> list[int]:
        """What the gateway has taken from this person's card."""
        mine = (charge for charge in sandbox.charges() if charge["payment_method"] == self.card.gateway_ref)
        return [charge["amount"] for charge in mine if charge["status"] == "succeeded"]
