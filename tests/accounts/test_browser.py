"""The sign-in family in a real browser: without scripts, and as axe sees it in both themes."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect
from werkzeug.serving import make_server

from domain.accounts import passwords
from models import base
from tests.accounts import people
from tests.mail.conftest import free_port

SECRET = "purple monkey dishes"
pytestmark = pytest.mark.browser


@pytest.fixture
def place(server) -> Iterator[str]:
    """The server on a port; a merchant and a person with two records."""
    people.account(people.merchant(), "ann@example.com", customers=2, password_hash=passwords.hash_of(SECRET))
    live = make_server("127.0.0.1", free_port(), server, threaded=True)
    thread = threading.Thread(target=live.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{live.server_port}"
    live.shutdown()
    thread.join(10)
    live.server_close()


def test_signing_up_and_in_without_scripts_at_320_pixels(place, chromium, mailbox):
    page = chromium.new_page(viewport={"width": 320, "height": 700}, java_script_enabled=False)
    page.goto(f"{place}/p/harbor/sign-in")
    page.get_by_role("link", name="Create account").click()
    page.get_by_label("Name").fill("Zoe Hart")
    page.get_by_label("Email").fill("zoe@example.com")
    page.get_by_role("button", name="Create account").click()
    expect(page.get_by_role("heading", name="Check your mail")).to_be_visible()
    with base.connected():
        path = mailbox.link("confirm")
    page.goto(place + path)
    page.get_by_label("Password").fill("short")
    page.get_by_role("button", name="Confirm and set password").click()
    expect(page.get_by_label("Password")).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_role("alert")).to_be_focused()
    page.get_by_label("Password").fill(SECRET)
    page.get_by_role("button", name="Confirm and set password").click()
    expect(page).to_have_url(f"{place}/p/harbor")
    page.close()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing(place, chromium, theme):
    context = chromium.new_context(viewport={"width": 320, "height": 700}, color_scheme=theme, bypass_csp=True)
    page = context.new_page()

    def look() -> None:
        found = Axe().run(page).response["violations"]
        assert not found, [(page.url, one["id"], one["nodes"][0]["html"]) for one in found]
        assert page.evaluate("document.documentElement.scrollWidth") <= 320, page.url

    for path in (
        "/p/harbor/create-account",
        "/p/harbor/forgot",
        "/p/harbor/reset/x",
        "/p/harbor/signed-in",
        "/merchant",
    ):
        page.goto(place + path)
        look()
    page.goto(f"{place}/p/harbor/sign-in")
    page.get_by_label("Email").fill("ann@example.com")
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Sign in").click()
    look()
    page.get_by_label("Password").fill(SECRET)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Which account do you want to see?")).to_be_visible()
    look()
    context.close()
