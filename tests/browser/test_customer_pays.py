"""A customer in Chromium: signs in, sees what is owed, pays it with a new card, reads what became of it."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from kit.clock import Stopped
from tests import factory
from tests.browser.conftest import Visit
from tests.browser.people import alex

pytestmark = pytest.mark.browser
LOOKS = [(1280, "light"), (360, "light"), (1280, "dark"), (360, "dark")]


def sign_in(visit: Visit, email: str = "alex.morgan@example.com") -> Page:
    """By the real form."""
    page = visit.go("/p/harbor/sign-in")
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password").fill(factory.PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("button", name="Pay now").wait_for()
    return page


@pytest.mark.parametrize(("width", "theme"), LOOKS)
def test_from_sign_in_to_receipt_with_a_new_card(
    window: Callable[..., Visit], clock: Stopped, width: int, theme: str
) -> None:
    person = alex(clock)
    visit = window(width, theme)
    page = sign_in(visit)
    name = f"{width}-{theme}"
    expect(page.get_by_role("heading", level=1)).to_contain_text("$131.50")
    visit.check(f"home-{name}")
    page.get_by_role("button", name="Pay now").click()
    expect(page.get_by_role("checkbox", name=person.failed.number)).to_be_checked()
    expect(page.get_by_role("checkbox", name=person.later.number)).not_to_be_checked()
    visit.check(f"pay-{name}")
    page.get_by_role("checkbox", name=person.due.number).uncheck()
    page.get_by_role("button", name="Pay $89.00").wait_for()
    page.get_by_role("button", name="Add card").click()
    page.get_by_label("Card number").fill("5555 5555 5555 4444")
    page.get_by_role("button", name="Save card").click()
    expect(page.get_by_role("radio", name="Mastercard ending 4444")).to_be_checked()
    expect(page.get_by_role("checkbox", name=person.due.number)).not_to_be_checked()
    visit.check(f"pay-back-{name}")
    page.get_by_role("button", name="Pay $89.00").click()
    expect(page.get_by_role("heading", name="Payment received")).to_be_visible()
    expect(page.get_by_text(re.compile(r"Receipt R-[0-9A-Z]{8}"))).to_be_visible()
    visit.check(f"received-{name}")
    page.get_by_role("link", name="View receipt").click()
    visit.check(f"receipt-{name}")
    page.get_by_role("link", name="My account").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("$42.50")
    visit.check(f"home-after-{name}")


@pytest.mark.parametrize(("width", "theme"), [(360, "light"), (1280, "dark")])
def test_a_decline_and_the_way_out(window: Callable[..., Visit], clock: Stopped, width: int, theme: str) -> None:
    person = alex(clock)
    visit = window(width, theme)
    page = sign_in(visit)
    page.get_by_role("button", name="Pay now").click()
    page.get_by_role("radio", name="Visa ending 9995").check()
    page.get_by_text("One charge of $131.50 to Visa ending 9995").wait_for()
    page.get_by_role("button", name="Pay $131.50").click()
    expect(page.get_by_role("heading", name="Your payment did not go through")).to_be_visible()
    expect(page.get_by_text("Nothing was taken.")).to_be_visible()
    visit.check(f"declined-{width}-{theme}")
    page.get_by_role("button", name="Use another card").click()
    expect(page.get_by_role("checkbox", name=person.due.number)).to_be_checked()
    expect(page.get_by_role("radio", name="Visa ending 9995")).not_to_be_checked()


@pytest.mark.parametrize(("width", "theme"), [(360, "dark"), (1280, "light")])
def test_the_other_pages(window: Callable[..., Visit], clock: Stopped, width: int, theme: str) -> None:
    person = alex(clock)
    visit = window(width, theme)
    sign_in(visit)
    for name, path in (
        ("purchases", "/p/harbor/purchases"),
        ("order", f"/p/harbor/orders/{person.failed.id}"),
        ("methods", "/p/harbor/methods"),
        ("schedules", "/p/harbor/schedules"),
    ):
        visit.go(path)
        visit.check(f"{name}-{width}-{theme}")


def test_confirming_at_the_bank(window: Callable[..., Visit], clock: Stopped) -> None:
    person = alex(clock)
    factory.method(person.customer, "pm_card_authenticationRequired")
    visit = window(360)
    page = sign_in(visit)
    page.get_by_role("button", name="Pay now").click()
    page.get_by_role("radio", name="Visa ending 3184").check()
    page.get_by_text("to Visa ending 3184").wait_for()
    page.get_by_role("button", name="Pay $131.50").click()
    visit.check("confirm-360-light")
    page.get_by_role("button", name="Confirm at your bank").click()
    page.get_by_role("button", name=re.compile("Approve|Confirm|Authorize", re.I)).click()
    expect(page.get_by_role("heading", name="Payment received")).to_be_visible()
    assert "payment_intent" not in page.url
