"""The list of today in Chromium: take, later, done, undo, the keys and the act; at a desk and on a phone."""

from __future__ import annotations

from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from dashboard import app as dashboard_app
from dashboard import routes
from models.merchants import Staff
from models.work import Mail, MailState
from tests import factory
from tests.pages.console import listening, opened, shot
from tests.pages.merchant.conftest import Town, live, town

__all__ = ["town"]
pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("sqlite_store")]


def test_a_list_is_worked_through(sqlite_store: str, town: Town, chromium: Browser) -> None:
    live(town)
    person = factory.staff(of=town.merchant)
    server = dashboard_app.create_server()
    try:
        with listening(server) as origin:
            page = opened(chromium, origin, "/merchant/harbor", person, width=1440, theme="light")
            _held(page, "today-1440")
            _takes_and_undoes(page)
            _puts_off_and_finishes(page, town)
            town.clock.advance(timedelta(minutes=1))
            _walks_by_keys(page)
            assert page.said == []  # type: ignore[attr-defined]
            page.context.close()
            _on_a_phone(chromium, origin, person)
    finally:
        routes.use(None)


def _held(page: Page, name: str) -> None:
    """A picture, nothing wider than the window, no axe violation."""
    page.get_by_role("heading", name="What waits for a person").wait_for()
    shot(page, name)
    width = page.viewport_size["width"]  # type: ignore[index]
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert [rule["id"] for rule in Axe().run(page).response["violations"]] == []


def _says(page: Page, words: str) -> None:
    """The next page was drawn and says so."""
    expect(page.get_by_text(words)).to_be_visible(timeout=30_000)


def _open(page: Page, name: str) -> None:
    page.locator("summary", has_text=f"Take, later, done: {name}").click()


def _takes_and_undoes(page: Page) -> None:
    _open(page, "Flo Lost")
    page.get_by_role("row", name="Flo Lost").get_by_role("button", name="Take it").click()
    _says(page, "Taken by you")
    _says(page, "3 people, €20.00, $110.00, 1 taken")
    page.get_by_role("button", name="Undo").click()
    _says(page, "Taken back: all is as it was.")
    expect(page.get_by_text("Taken by you")).to_have_count(0)


def _puts_off_and_finishes(page: Page, town: Town) -> None:
    _open(page, "Bo Spent")
    row = page.get_by_role("row", name="Bo Spent")
    row.get_by_label("Later, on").fill("2026-11-30")
    row.get_by_role("button", name="Put off").click()
    _says(page, "1 finished or put off")
    town.clock.advance(timedelta(minutes=1))
    _open(page, "Eve Euro")
    row = page.get_by_role("row", name="Eve Euro")
    row.get_by_label("Note for your team").fill("Pays by transfer")
    row.get_by_role("button", name="Done").click()
    _says(page, "2 finished or put off")
    _says(page, "1 person, $70.00")
    _held(page, "today-worked-1440")


def _walks_by_keys(page: Page) -> None:
    page.get_by_role("button", name="Keys j, k, Enter").click()
    page.locator("h1").click()
    page.keyboard.press("j")
    expect(page.locator("[data-row]:focus")).to_have_count(0)
    page.get_by_role("button", name="Keys j, k, Enter").click()
    page.keyboard.press("j")
    expect(page.locator("[data-row]:focus")).to_have_count(1)
    expect(page.locator("[data-desk-says]")).to_have_text("Flo Lost, Card reported lost, $70.00")
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    page.keyboard.press("k")
    page.keyboard.press("Enter")
    _says(page, "1 e-mail leaves in ten seconds.")
    _says(page, "You are done")
    assert [mail.state for mail in Mail.select().where(Mail.template == "new_card")] == [MailState.DUE]
    page.get_by_role("button", name="Undo").click()
    _says(page, "Taken back: all is as it was.")
    assert [mail.state for mail in Mail.select().where(Mail.template == "new_card")] == [MailState.SUPPRESSED]


def _on_a_phone(chromium: Browser, origin: str, person: Staff) -> None:
    page = opened(chromium, origin, "/merchant/harbor", person, width=360, theme="dark")
    _held(page, "today-360")
    page.get_by_role("link", name="Ask 1 customer for a new card").click()
    expect(page.get_by_role("heading", name="1 is asked")).to_be_visible()
    assert [rule["id"] for rule in Axe().run(page).response["violations"]] == []
    page.get_by_role("button", name="Ask 1 customer").click()
    _says(page, "1 e-mail leaves in ten seconds.")
    assert page.said == []  # type: ignore[attr-defined]
    page.context.close()
