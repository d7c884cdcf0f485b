"""A customer in Chromium moves to another country, with and without scripts, and asks for another phone."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from kit.clock import Stopped
from models.customers import Address, ContactChange
from tests.browser.conftest import Visit
from tests.browser.people import alex

pytestmark = pytest.mark.browser


@pytest.mark.parametrize(("width", "theme"), [(360, "light"), (1280, "dark")])
def test_another_country_and_another_phone(window: Callable[..., Visit], clock: Stopped, width: int, theme: str):
    person = alex(clock)
    visit, name = window(width, theme), f"{width}-{theme}"
    page = visit.let_in(person)
    visit.go("/p/harbor/details")
    expect(page.get_by_text("Portland, ME 04101")).to_be_visible()
    page.get_by_role("link", name="Change : Billing address").click()
    page.get_by_label("Country").select_option("DE")
    page.get_by_label("City").fill("Bremen")
    page.get_by_role("button", name="Use this country").click()
    expect(page.get_by_text("This is how addresses in Germany are written.")).to_be_visible()
    expect(page.get_by_label("City")).to_have_value("Bremen")
    expect(page.get_by_label("State")).to_have_count(0)
    page.get_by_label("Postcode").fill("2613")
    page.keyboard.press("Enter")
    expect(page.locator("#summary")).to_be_focused()
    page.get_by_role("link", name="Postcode does not fit").click()
    expect(page.get_by_label("Postcode")).to_be_focused()
    visit.said.clear()  # the browser notes every answer that says "not yet"
    visit.check(f"details-address-wrong-{name}")
    page.get_by_label("Postcode").fill("26133")
    page.get_by_role("button", name="Save address").click()
    expect(page.get_by_text("Your billing address is saved.")).to_be_visible()
    expect(page.get_by_text("26133 Bremen")).to_be_visible()
    page.get_by_role("link", name="Change : Phone").click()
    page.get_by_label("New phone number").fill("+49 421 5550100")
    page.get_by_role("button", name="Ask Harbor Yoga").click()
    expect(page.get_by_text("– not done yet")).to_be_visible()
    visit.check(f"details-asked-{name}")
    page.get_by_role("button", name="Take back").click()
    expect(page.get_by_text("Taken back. Everything stays as it was.")).to_be_visible()
    assert Address.get(Address.customer == person.customer).country == "DE" and ContactChange.get().state == "closed"


def test_without_scripts_the_country_is_changed_too(window: Callable[..., Visit], clock: Stopped) -> None:
    person = alex(clock)
    visit = window(360, scripts=False)
    page = visit.let_in(person)
    page.goto(f"{visit.origin}/p/harbor/details/address/shipping")
    page.get_by_label("Country").select_option("JP")
    page.get_by_role("button", name="Use this country").click()
    page.get_by_label("Street and number").fill("1-2-3 Ginza")
    page.get_by_label("Prefecture").select_option(label="Tokyo / 東京都")
    page.get_by_label("Postcode").fill("104-0061")
    page.get_by_role("button", name="Save address").click()
    page.wait_for_url("**/p/harbor/details")
    kept = Address.get(Address.customer == person.customer, Address.kind == "shipping")
    assert (kept.country, kept.region, kept.street) == ("JP", "東京都", "1-2-3 Ginza")
