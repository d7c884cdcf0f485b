"""An operator leaves a page open: it asks while somebody looks, says when its figures are old, keeps its place."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import Browser, Page, Request, expect

from dashboard import app as dashboard_app
from domain.work import rounds
from kit.clock import Stopped, utc_now
from models.customers import Session
from tests import factory
from tests.pages.console import listening, opened, shot

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("sqlite_store")]
_HIDDEN = """hidden => {
    Object.defineProperty(document, "hidden", {get: () => hidden, configurable: true});
    document.dispatchEvent(new Event("visibilitychange"));
}"""


@pytest.fixture
def origin(clock: Stopped) -> Iterator[str]:
    rounds.note(utc_now())
    server: Flask = dashboard_app.create_server()
    with listening(server) as at:
        yield at


def _is_question(sent: Request) -> bool:
    return "operations--live" in (sent.post_data or "")


def _asks(page: Page) -> list[str]:
    """The questions that the page puts on its own, from now on."""
    asked: list[str] = []
    page.on("request", lambda sent: asked.append(sent.url) if _is_question(sent) else None)
    return asked


def _polled(page: Page) -> None:
    """Five seconds pass, and the answer comes."""
    with page.expect_response(lambda answer: _is_question(answer.request)):
        page.clock.run_for(6_000)


def test_it_asks_while_somebody_looks_and_says_when_it_could_not(
    origin: str, chromium: Browser, clock: Stopped
) -> None:
    person = factory.staff(operator=True)
    page = opened(chromium, origin, "/operations/you", person, width=1440, theme="light")
    page.clock.install()
    page.goto(f"{origin}/operations")
    expect(page.get_by_text("refreshed")).to_be_visible()
    before = Session.get().seen_at
    asked = _asks(page)
    _polled(page)
    page.evaluate(_HIDDEN, True)
    known = len(asked)
    page.clock.run_for(30_000)
    assert len(asked) == known, "nobody looks"
    with page.expect_response(lambda answer: _is_question(answer.request)):
        page.evaluate(_HIDDEN, False)
    old = page.get_by_text("these figures are old")
    expect(old).to_be_hidden()

    page.context.set_offline(True)
    page.clock.run_for(21_000)
    expect(old).to_be_visible()
    expect(page.locator("#operations--live[data-old]")).to_be_visible()
    expect(page.locator("#door-alert")).to_be_hidden()
    shot(page, "operations-old")
    page.context.set_offline(False)
    _polled(page)
    expect(old).to_be_hidden()
    assert Session.get().seen_at == before, "a page left open is nobody at the keys"


def test_a_refresh_leaves_the_focus_and_what_is_open(origin: str, chromium: Browser, clock: Stopped) -> None:
    page = opened(chromium, origin, "/operations/you", factory.staff(operator=True), width=1440, theme="light")
    page.clock.install()
    page.goto(f"{origin}/operations/clock")
    details = page.locator("#operations--live details")
    details.locator("summary").click()
    link = page.get_by_role("link", name="Run now: Find duplicate customers")
    link.focus()
    scrolled = page.evaluate("scrollY")
    page.evaluate("window.old = document.querySelector('#operations--live details')")
    clock.advance(timedelta(seconds=7))
    _polled(page)
    page.wait_for_function("!window.old.isConnected")
    expect(link).to_be_focused()
    assert details.evaluate("part => part.open")
    assert abs(page.evaluate("scrollY") - scrolled) <= 2, "but for the breadth of a line"


@pytest.mark.parametrize("where", ["", "/clock", "/workers", "/webhooks", "/mail", "/audit", "/history"])
def test_it_is_for_everybody_everywhere(origin: str, chromium: Browser, where: str) -> None:
    person = factory.staff(operator=True)
    factory.merchant("harbor", name="Harbor Yoga")
    looks = [(1440, "light"), (360, "dark")] + ([(1440, "dark"), (360, "light")] if not where else [])
    for width, theme in looks:
        page = opened(chromium, origin, f"/operations{where}", person, width=width, theme=theme)
        page.locator("#page h1").wait_for()
        if where != "/audit":
            page.locator("#page details.how > summary").first.click()
        found = Axe().run(page).response["violations"]
        assert [rule["id"] for rule in found if rule["impact"] in ("serious", "critical")] == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.said == []  # type: ignore[attr-defined]
        shot(page, f"operations{where.replace('/', '-')}-{width}-{theme}")
        page.context.close()
