"""Every flow by keyboard alone: no click, no focus set by script."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from kit.clock import Stopped
from tests import factory
from tests.browser.conftest import Visit
from tests.browser.keyboard import Keys
from tests.browser.people import alex

pytestmark = pytest.mark.browser
ME = "alex.morgan@example.com"


def _sign_in(visit: Visit) -> tuple[Page, Keys]:
    page = visit.go("/p/harbor/sign-in")
    keys = Keys(page)
    keys.type(page.get_by_label("Email"), ME)
    keys.type(page.get_by_label("Password"), factory.PASSWORD)
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Pay now").wait_for()
    return page, keys


def test_signing_in_the_menu_the_theme_and_out(window: Callable[..., Visit], clock: Stopped) -> None:
    alex(clock)
    page, keys = _sign_in(window(1280))
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('main') !== null"), "the skip link skips the header"
    menu = page.locator("details.menu > summary")
    page.goto(page.url.partition("#")[0])
    keys.press(menu)
    expect(page.get_by_role("button", name="Dark")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Dark")).to_be_hidden()
    expect(menu).to_be_focused()
    keys.press(menu, "Space")
    keys.press(page.get_by_role("button", name="Dark"))
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")
    keys.press(page.locator("details.menu > summary"))
    keys.press(page.get_by_role("button", name="Sign out", exact=True))
    expect(page.get_by_label("Password")).to_be_visible()


def test_paying_what_failed_with_a_new_card(window: Callable[..., Visit], clock: Stopped) -> None:
    person = alex(clock)
    page, keys = _sign_in(window(1280))
    keys.press(page.get_by_role("button", name="Pay now"))
    keys.press(page.get_by_role("checkbox", name=person.due.number), "Space")
    page.get_by_role("button", name="Pay $89.00").wait_for()
    keys.press(page.get_by_role("button", name="Add card"))
    keys.type(page.get_by_label("Card number"), "5555 5555 5555 4444")
    keys.press(page.get_by_role("button", name="Save card"))
    expect(page.get_by_role("radio", name="Mastercard ending 4444")).to_be_checked()
    keys.press(page.get_by_role("button", name="Pay $89.00"))
    expect(page.get_by_role("heading", name="Payment received")).to_be_visible()
    expect(page.get_by_text(re.compile(r"Receipt R-[0-9A-Z]{8}"))).to_be_visible()
    keys.press(page.get_by_role("link", name="View receipt"))
    expect(page.get_by_role("heading", level=1)).to_contain_text("Receipt")


def test_finding_a_purchase(window: Callable[..., Visit], clock: Stopped) -> None:
    alex(clock)
    page, keys = _sign_in(window(1280))
    keys.press(page.get_by_role("navigation", name="Main").get_by_role("link", name="Purchases"))
    page.get_by_role("heading", name="Purchases", level=1).wait_for()
    keys.press(page.locator("main summary").filter(has_text="More filters"))
    keys.type(page.get_by_label("Highest amount"), "70")
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="Yoga mat and blocks")).to_be_visible()
    expect(page.get_by_role("link", name="Retreat deposit")).to_be_hidden()
    keys.press(page.get_by_role("link", name="Clear filters"))
    expect(page.get_by_role("link", name="Retreat deposit")).to_be_visible()


def test_naming_and_removing_a_method_and_changing_the_address(window: Callable[..., Visit], clock: Stopped) -> None:
    person = alex(clock)
    factory.method(person.customer, "pm_card_mastercard")
    page, keys = _sign_in(window(1280))
    keys.press(page.get_by_role("navigation", name="Main").get_by_role("link", name="Payment methods"))
    keys.press(page.get_by_role("link", name="Mastercard ending 4444"))
    keys.type(page.get_by_label("Your own name for it"), "Household")
    page.keyboard.press("Enter")
    page.get_by_text("Household").first.wait_for()
    keys.press(page.get_by_role("link", name="Remove"))
    keys.press(page.get_by_role("button", name="Remove"))
    expect(page.get_by_role("heading", name="Payment methods", level=1)).to_be_visible()
    expect(page.locator("main").get_by_role("link", name="Household")).to_have_count(0)
    page.goto(re.sub(r"/methods.*", "/details", page.url))
    keys.press(page.get_by_role("link", name="Billing address"))
    keys.type(page.get_by_label("City"), "Bangor")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Bangor")).to_be_visible()
