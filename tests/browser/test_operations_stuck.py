"""An operator at the desk of stuck money: asks the processor, closes what it does not have, lets another wait."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from domain.payments.intention import Buyer
from kit.clock import Stopped
from models.operations import Decision
from models.payments import AttemptState
from sandbox.inprocess import InProcess
from tests import factory
from tests.browser.conftest import Visit
from tests.operations.test_stuck import Desk
from tests.payments.conftest import Shop, fresh

pytestmark = pytest.mark.browser


@pytest.mark.parametrize(("width", "theme"), [(360, "dark"), (1440, "light")])
def test_asked_and_closed(
    window: Callable[..., Visit], origin: str, hosted: InProcess, clock: Stopped, width: int, theme: str
) -> None:
    customer = factory.customer(factory.merchant("harbor", name="Harbor Yoga"), name="Jordan Reyes")
    buyer = Buyer(customer.id, factory.account(customer).id)
    desk = Desk(Shop(clock, hosted, customer, buyer), factory.staff(operator=True).id)
    order = desk.shop.order()
    attempt = desk.lost("timeout_before", order=order)
    desk.control(clear=True)
    visit, name = window(width, theme), f"{width}-{theme}"
    page = visit.staff_in(factory.staff(operator=True))
    visit.go("/operations/money")
    visit.check(f"money-{name}")
    page.get_by_role("link", name="Look at $89.00 of Jordan Reyes").click()
    expect(page.get_by_text("Ask the processor first").first).to_be_visible()

    desk.forget(attempt)
    page.get_by_role("button", name="Ask the processor now").click()
    expect(page.get_by_text("it has no such thing").first).to_be_visible()
    visit.check(f"money-asked-{name}")
    page.get_by_role("link", name="Keep waiting").click()
    page.get_by_label("Why").fill("the merchant asks at Stripe")
    page.get_by_role("button", name="Keep waiting").click()
    expect(page.get_by_text("the merchant asks at Stripe")).to_be_visible()

    page.get_by_role("link", name="Close as not taken").click()
    visit.check(f"money-close-{name}")
    page.get_by_label("Why").fill("Stripe has none")
    page.get_by_role("button", name="Close as not taken").click()
    expect(page.get_by_text("The orders are free again").first).to_be_visible()
    expect(page.get_by_text("Stripe has none")).to_be_visible()
    visit.check(f"money-closed-{name}")
    assert (fresh(attempt).state, Decision.select().count()) == (AttemptState.CANCELLED, 2)
    desk.shop.press(desk.shop.method(), order)
    assert (fresh(order).open, desk.shop.charged()) == (0, 8900)
