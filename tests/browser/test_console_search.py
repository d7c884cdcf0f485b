"""Somebody of the team has something in hand: presses /, finds it, reads a payment's life, copies it for support."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from kit.clock import Stopped
from models.merchants import Merchant, Role
from models.payments import Payment
from tests import factory
from tests.browser.conftest import Visit
from tests.browser.people import Alex, alex

pytestmark = pytest.mark.browser


@pytest.fixture
def known(clock: Stopped, origin: str) -> Alex:
    return alex(clock)


@pytest.mark.parametrize(("width", "theme"), [(360, "light"), (1440, "light"), (1440, "dark")])
def test_from_the_key_to_the_text_for_support(
    window: Callable[..., Visit], known: Alex, width: int, theme: str
) -> None:
    house: Merchant = known.merchant
    factory.customer(house, name="Alexandra Twin")
    visit, name = window(width, theme), f"{width}-{theme}"
    page = visit.staff_in(factory.staff(of=house, role=Role.MANAGER))
    page.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=visit.origin)
    base = f"/merchant/{house.slug}"
    visit.go(f"{base}/customers")
    expect(page.get_by_role("link", name="Alexandra Twin")).to_be_visible()
    visit.check(f"customers-{name}")
    page.keyboard.press("/")
    expect(page.locator("#rail-search")).to_be_focused()
    page.keyboard.type("alex/")
    expect(page.locator("#rail-search")).to_have_value("alex/")
    page.locator("#rail-search").fill("alex")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Customers")).to_be_visible()
    visit.check(f"search-{name}")
    visit.go(f"{base}/search?q=zzz")
    expect(page.get_by_text("What you can search for")).to_be_visible()
    page.locator("#rail-search").fill(known.failed.number)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="What happened")).to_be_visible()
    assert page.url.endswith(f"/orders/{known.failed.id}")
    visit.check(f"order-{name}")
    page.locator(".crumb").click()
    expect(page.get_by_role("heading", name="Open orders")).to_be_visible()
    visit.check(f"record-{name}")
    page.get_by_role("navigation", name="Show only").get_by_role("link", name="Payments").click()
    expect(page.get_by_role("heading", name="What happened")).to_be_visible()
    payment = Payment.get(Payment.state == "failed")
    visit.go(f"{base}/payments/{payment.id}")
    page.get_by_role("button", name="Copy as text").click()
    expect(page.get_by_role("status").get_by_text("Copied")).to_be_visible()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert str(payment.id) in copied and "insufficient_funds" in copied and "Alex" not in copied
    visit.check(f"payment-{name}")
