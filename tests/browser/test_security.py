"""A customer in Chromium signs in by a mailed link, signs another device out, changes the password and the language."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from domain.accounts.passwords import verify
from kit.clock import Stopped
from models.customers import Account
from tests import factory
from tests.accounts.conftest import Mailbox, mailbox  # noqa: F401 - a fixture
from tests.browser.conftest import Visit
from tests.browser.people import member

pytestmark = pytest.mark.browser
EMAIL, NEXT_PASSWORD = "alex.morgan@example.com", "seven quiet lighthouses"


@pytest.mark.parametrize(("width", "theme"), [(360, "dark"), (1280, "light")])
def test_a_mailed_link_another_device_and_a_new_password(
    mailbox: Mailbox,  # noqa: F811
    window: Callable[..., Visit],
    clock: Stopped,
    width: int,
    theme: str,
) -> None:
    person = member()
    other = window()
    other.let_in(person)
    other.go("/p/harbor")
    visit, name = window(width, theme), f"{width}-{theme}"
    _by_the_link(visit, mailbox, name)
    _signs_the_other_out(visit, other, name)
    clock.advance(timedelta(minutes=11))
    _another_password(visit, name)
    kept = Account.get_by_id(person.account.id).password_hash
    assert verify(kept, NEXT_PASSWORD) and not verify(kept, factory.PASSWORD)


def _by_the_link(visit: Visit, mailbox: Mailbox, name: str) -> None:  # noqa: F811
    page = visit.go("/p/harbor/sign-in")
    page.get_by_label("Email").fill(EMAIL)
    page.get_by_role("button", name="Mail me a sign-in link").click()
    expect(page.get_by_role("heading", name="Check your mail")).to_be_visible()
    visit.check(f"link-asked-{name}")
    visit.go(mailbox.link("link", to=EMAIL))
    expect(page.get_by_text(f"Sign in as {EMAIL}")).to_be_visible()
    visit.check(f"link-{name}")
    page.get_by_role("main").get_by_role("button", name="Sign in").click()
    expect(page).to_have_url(f"{visit.origin}/p/harbor")


def _signs_the_other_out(visit: Visit, other: Visit, name: str) -> None:
    """The other browser finds itself at the sign-in with its next click."""
    page = visit.go("/p/harbor/security")
    devices = page.get_by_role("region", name="Where you are signed in").get_by_role("listitem")
    expect(devices).to_have_count(2)
    expect(devices.filter(has_text="This device")).to_have_count(1)
    visit.check(f"security-{name}")
    devices.get_by_role("button", name="Sign out").click()
    expect(page.get_by_text("That device is signed out.")).to_be_visible()
    expect(devices).to_have_count(1)
    other.page.get_by_role("link", name="Schedules").first.click()
    expect(other.page).to_have_url(re.compile("/p/harbor/sign-in"))


def _another_password(visit: Visit, name: str) -> None:
    """The proof of signing in is old: the present password first."""
    page = visit.page
    page.get_by_role("link", name="Change : Password").click()
    expect(page.get_by_role("heading", name="Is it you?")).to_be_visible()
    visit.check(f"prove-{name}")
    page.get_by_label("Password").fill(factory.PASSWORD)
    page.get_by_role("button", name="Go on").click()
    page.get_by_label("New password").fill(NEXT_PASSWORD)
    visit.check(f"password-{name}")
    page.get_by_role("button", name="Change password").click()
    expect(page.get_by_text("Your password was changed")).to_be_visible()


def test_the_language_stays_over_the_sign_in_and_on_another_device(window: Callable[..., Visit]) -> None:
    member()
    visit = window(360)
    page = visit.go("/p/harbor/sign-in")
    _choose(page, "Español", "es")
    visit.check("sign-in-es-360-light")
    _sign_in(visit)
    expect(page.locator("html")).to_have_attribute("lang", "es")
    visit.check("home-es-360-light")
    for language, code in (("English", "en"), ("Español", "es")):  # chosen by the signed-in person: kept in the account
        page.locator("details.menu summary").click()
        _choose(page, language, code)
    other = window(1280, "dark")
    other.go("/p/harbor/sign-in")
    expect(other.page.locator("html")).to_have_attribute("lang", "en")
    _sign_in(other)
    expect(other.page.locator("html")).to_have_attribute("lang", "es")


def _choose(page: Page, language: str, code: str) -> None:
    page.get_by_role("button", name=language, exact=True).click()
    expect(page.locator("html")).to_have_attribute("lang", code)


def _sign_in(visit: Visit) -> None:
    """By the form's places: its words are in either language."""
    visit.page.locator("#email").fill(EMAIL)
    visit.page.locator("#password").fill(factory.PASSWORD)
    visit.page.keyboard.press("Enter")
    expect(visit.page).to_have_url(f"{visit.origin}/p/harbor")
    visit.page.locator("h1").wait_for()
