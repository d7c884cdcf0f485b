"""A failure mail's link in Chromium: a new card, no sign-in; and the pages that wait, empty or say no."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from kit.clock import Stopped
from models.base import unit_of_work
from models.payments import Attempt, AttemptState
from tests import factory
from tests.browser.conftest import Visit
from tests.browser.people import alex
from tests.browser.test_customer_pays import sign_in
from tests.factory import fix_it_link

pytestmark = pytest.mark.browser


@pytest.mark.parametrize(("width", "theme", "scripts"), [(360, "light", True), (1280, "dark", True)])
def test_paying_one_order_from_the_mail(
    window: Callable[..., Visit], clock: Stopped, width: int, theme: str, scripts: bool
) -> None:
    person = alex(clock)
    with unit_of_work():
        token = fix_it_link(person.failed.id)
    visit = window(width, theme, scripts)
    page = visit.go(f"/p/harbor/fix/{token}")
    visit.check(f"fix-it-{width}-{theme}")
    page.get_by_role("button", name="Pay with a new card").click()
    page.get_by_label("Card number").fill("4242 4242 4242 4242")
    page.get_by_role("button", name="Save card").click()
    page.get_by_role("button", name="Pay $89.00").wait_for()
    assert token not in page.url
    visit.check(f"fix-review-{width}-{theme}")
    page.get_by_role("button", name="Pay $89.00").click()
    expect(page.get_by_role("heading", name="Payment received")).to_be_visible()
    visit.check(f"fix-received-{width}-{theme}")
    visit.go(f"/p/harbor/fix/{token}")
    visit.said.clear()  # the browser itself reports the 410
    expect(page.get_by_role("heading", name="This link no longer works")).to_be_visible()
    visit.check(f"fix-dead-{width}-{theme}")


def test_paying_from_the_mail_without_scripts(window: Callable[..., Visit], clock: Stopped) -> None:
    person = alex(clock)
    with unit_of_work():
        token = fix_it_link(person.failed.id)
    visit = window(360, scripts=False)
    page = visit.go(f"/p/harbor/fix/{token}")
    page.get_by_role("button", name="Pay with a new card").click()
    page.get_by_label("Card number").fill("4242 4242 4242 4242")
    page.get_by_role("button", name="Save card").click()
    page.get_by_role("button", name="Pay $89.00").click()
    expect(page.get_by_role("heading", name="Payment received")).to_be_visible()


def test_what_a_payment_looks_like_while_it_is_open(window: Callable[..., Visit], clock: Stopped) -> None:
    alex(clock)
    visit = window(360)
    page = sign_in(visit)
    page.get_by_role("button", name="Pay now").click()
    page.get_by_role("radio", name="ending 6789").check()
    page.get_by_text("One debit of $131.50").wait_for()
    visit.check("pay-bank-360-light")
    page.get_by_role("button", name="Pay $131.50").click()
    expect(page.get_by_role("heading", name="Your payment is on its way")).to_be_visible()
    visit.check("pending-360-light")
    path = page.url.removeprefix(visit.origin).partition("?")[0]
    attempt = Attempt.select().order_by(Attempt.reserved_at.desc()).get()
    for state, heading in (
        (AttemptState.UNKNOWN, "Checking with your bank"),
        (AttemptState.SENDING, "Asking your bank…"),
    ):
        Attempt.update(state=state).where(Attempt.id == attempt.id).execute()
        visit.go(path)
        expect(page.get_by_role("heading", name=heading)).to_be_visible()
        visit.check(f"{state}-360-light")
    Attempt.update(state=AttemptState.PENDING).where(Attempt.id == attempt.id).execute()
    expect(page.get_by_role("heading", name="Your payment is on its way")).to_be_visible()  # the page found out itself
    visit.go("/p/harbor")
    expect(page.get_by_role("heading", name="Nothing to pay now")).to_be_visible()
    visit.check("home-under-way-360-light")


def test_a_page_with_nothing_on_it_says_what_will_appear(window: Callable[..., Visit], clock: Stopped) -> None:
    new = factory.customer(factory.merchant("harbor", name="Harbor Yoga"), email="new@example.com")
    factory.account(new)
    visit = window(360)
    page = visit.go("/p/harbor/sign-in")
    page.get_by_label("Email").fill("new@example.com")
    page.get_by_label("Password").fill(factory.PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("heading", name="Nothing to pay now").wait_for()
    visit.check("home-empty-360-light")
    for name in ("purchases", "methods", "schedules"):
        visit.go(f"/p/harbor/{name}")
        page.get_by_text("will be listed here").wait_for()
        visit.check(f"{name}-empty-360-light")
