"""A merchant's customer with a paid and a failed payment, and somebody of each kind who opens the pages."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

from flask import Flask
from flask.testing import FlaskClient

from models.merchants import Merchant, Role, Staff
from models.orders import Order
from tests import factory
from tests.pages.console import drawn, signed_in
from tests.payments.conftest import Shop

FUNDS = "pm_card_visa_chargeDeclinedInsufficientFunds"


class Life:
    """What the pages of one customer are about."""

    def __init__(self, shop: Shop, server: Flask) -> None:
        self.shop, self.server = shop, server
        self.house: Merchant = shop.customer.merchant
        self.base = f"/merchant/{self.house.slug}"
        self.bought: Order = shop.order(8900, title="Morning yoga")
        self.paid: UUID = shop.press(shop.method(), self.bought)
        card = shop.method(FUNDS)
        under = factory.consented(shop.customer, card)
        self.owed: Order = factory.automatic(shop.customer, card, under, 4200)
        shop.pass_time(hours=3)  # past nine in New York
        shop.work()

    def person(self, role: Role | None) -> Staff:
        """One of this merchant's people; without a role of another's."""
        of = self.house if role else factory.merchant()
        return factory.staff(of=of, role=role or Role.OWNER)

    def browser(self, role: Role | None = Role.OWNER) -> FlaskClient:
        """A browser of theirs."""
        return signed_in(self.server, self.person(role))

    def shown(self, path: str, role: Role | None = Role.OWNER) -> str:
        """What a page shows to somebody with that role."""
        return text_of(drawn(self.browser(role), f"{self.base}/{path}").get_json())


def text_of(answer: Any) -> str:
    """The answer of a callback as text."""
    return json.dumps(answer, ensure_ascii=False)
