"""A customer in Chromium adds a bank account that must be checked first, and reads what was agreed to."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from kit.clock import Stopped
from tests.browser.conftest import Visit
from tests.browser.people import alex
from tests.browser.test_customer_pays import sign_in

pytestmark = pytest.mark.browser


@pytest.mark.parametrize(("width", "theme"), [(360, "dark"), (1280, "light")])
def test_a_bank_account_is_checked_then_pays(
    window: Callable[..., Visit], clock: Stopped, width: int, theme: str
) -> None:
    alex(clock)
    visit, name = window(width, theme), f"{width}-{theme}"
    page = sign_in(visit)
    visit.go("/p/harbor/methods")
    page.get_by_role("main").get_by_role("button", name="Add bank account").click()
    page.get_by_label("Routing number").fill("110000000")
    page.get_by_label("Account number").fill("000999999991")
    page.get_by_role("button", name="Save bank account").click()
    expect(page.get_by_text("Your bank account must be checked first.")).to_be_visible()
    visit.check(f"methods-unchecked-{name}")
    page.get_by_role("link", name="Your authorization").first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Authorization for")
    visit.check(f"authorization-{name}")
    page.go_back()
    page.get_by_role("link", name="Enter the two amounts").click()
    page.get_by_label("First deposit").fill("32")
    page.get_by_label("Second deposit").fill("45")
    page.get_by_role("button", name="Verify account").click()
    visit.go("/p/harbor/methods")
    page.get_by_role("button", name="I have entered them").click()
    expect(page.get_by_text("is verified: you can pay with it now.")).to_be_visible()
    visit.go("/p/harbor")
    page.get_by_role("button", name="Pay now").click()
    page.get_by_role("radio", name="STRIPE TEST BANK ending 9991").check()
    page.get_by_text("One debit of $131.50").wait_for()
    page.get_by_role("button", name="Pay $131.50").click()
    expect(page.get_by_role("heading", name="Your payment is on its way")).to_be_visible()
    visit.go("/p/harbor/methods")
    expect(page.get_by_text("$131.50 on its way, final by Monday 30 November")).to_be_visible()
    visit.check(f"methods-on-its-way-{name}")
