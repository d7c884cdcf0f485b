"""A customer in Chromium pays a part: types an amount, reads the rule, sees the exact sum, pays the rest later."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from kit.clock import Stopped
from models.orders import Order
from tests import factory
from tests.browser.conftest import Visit
from tests.browser.people import alex
from tests.browser.test_customer_pays import sign_in

pytestmark = pytest.mark.browser


@pytest.mark.parametrize(("width", "theme"), [(360, "light"), (1280, "dark")])
def test_a_part_now_and_the_rest_later(window: Callable[..., Visit], clock: Stopped, width: int, theme: str) -> None:
    person = alex(clock)
    euros = factory.order(person.customer, 3000, currency="EUR", title="Course in Lisbon")
    visit, name = window(width, theme), f"{width}-{theme}"
    page = sign_in(visit)
    page.get_by_role("button", name="Pay now").click()
    page.get_by_role("button", name="Pay $131.50").wait_for()
    page.get_by_text("Pay a part").click()
    field = page.get_by_label("Amount to pay now")
    field.fill("131,20")
    field.blur()
    expect(page.get_by_role("alert")).to_contain_text("is not an amount in USD. Write it like 1234.56")
    expect(page.get_by_role("button", name="Check the amount")).to_be_disabled()
    visit.check(f"part-wrong-{name}")
    field.fill("100")
    field.blur()
    page.get_by_role("button", name="Pay $100.00").wait_for()
    expect(page.get_by_text("$31.50 stays open")).to_be_visible()
    expect(page.get_by_text("Then: €30.00 in euros.")).to_be_visible()
    visit.check(f"part-{name}")
    page.get_by_role("button", name="Pay $100.00").click()
    expect(page.get_by_role("heading", name="Payment received")).to_be_visible()
    visit.check(f"part-received-{name}")
    assert (Order.get_by_id(person.due.id).open, Order.get_by_id(person.failed.id).open) == (0, 3150)
    page.get_by_role("link", name="Go on to €30.00").click()
    page.get_by_role("button", name="Pay €30.00").click()
    expect(page.get_by_role("heading", name="Payment received")).to_be_visible()
    assert Order.get_by_id(euros.id).open == 0
    page.get_by_role("link", name="Back to my account").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("$31.50")


def test_pressing_enter_in_the_field_shows_the_amount_and_charges_nothing(
    window: Callable[..., Visit], clock: Stopped
) -> None:
    person = alex(clock)
    page = sign_in(window(360))
    page.get_by_role("button", name="Pay now").click()
    page.get_by_text("Pay a part").click()
    page.get_by_label("Amount to pay now").fill("20")
    page.get_by_label("Amount to pay now").press("Enter")
    page.get_by_role("button", name="Pay $20.00").wait_for()
    expect(page.get_by_label("Amount to pay now")).to_have_value("20.00")
    assert Order.get_by_id(person.due.id).open == 4250
