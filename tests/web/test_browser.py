"""The shell and a page in Chromium: three Dash requests, nothing blocked, nothing asked of another host."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import Browser, Page
from werkzeug.serving import make_server

from dashboard.app import warm_up
from tests.web import sample

pytestmark = pytest.mark.browser


@pytest.fixture
def origin(server: Flask) -> Iterator[str]:
    """The sample server, listening."""
    warm_up(server)
    listening = make_server("127.0.0.1", 0, server, threaded=True)
    thread = threading.Thread(target=listening.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{listening.server_port}"
    listening.shutdown()
    thread.join(5)
    listening.server_close()


@dataclass
class Visit:
    """A page and what it did."""

    page: Page
    asked: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)

    def dash(self) -> list[str]:
        return [path for path in self.asked if "/_dash-" in path and "component-suites" not in path]


@pytest.fixture
def visit(chromium: Browser, origin: str, people: dict[str, str]) -> Iterator[Callable[..., Visit]]:
    """Opens an address as somebody, at a width and in a theme."""
    contexts = []

    def opened(path: str, who: str | None = "alex", width: int = 1280, theme: str = "light") -> Visit:
        context = chromium.new_context(viewport={"width": width, "height": 800}, color_scheme=theme)  # type: ignore[arg-type]
        contexts.append(context)
        if who:
            name = "customer" if who in ("alex", "sam") else "staff"
            context.add_cookies([{"name": name, "value": people[who], "url": origin}])
        page = context.new_page()
        seen = Visit(page)
        page.on("request", lambda request: seen.asked.append(request.url))
        page.on("console", lambda message: seen.said.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: seen.said.append(str(error)))
        page.goto(origin + path)
        return seen

    yield opened
    for context in contexts:
        context.close()


def test_a_fragment_page_takes_three_requests_and_breaks_no_rule(visit: Callable[..., Visit], origin: str) -> None:
    seen = visit("/p/harbor")
    seen.page.get_by_text(f"{sample.CANARY} Alex").wait_for()
    seen.page.wait_for_load_state("networkidle")
    kinds = sorted(path.rpartition("/_dash-")[2].partition("?")[0] for path in seen.dash())
    assert kinds == ["dependencies", "layout", "update-component"]
    assert seen.said == []
    assert all(path.startswith((origin, "data:")) for path in seen.asked)
    assert not any("plotly" in path for path in seen.asked)
    assert seen.page.title() == "Home · Harbor Yoga"


def test_the_skeleton_goes_when_the_page_is_there(visit: Callable[..., Visit]) -> None:
    page = visit("/p/harbor").page
    page.get_by_text(f"{sample.CANARY} Alex").wait_for()
    assert not page.locator(".skeleton").is_visible()


def test_a_chart_draws_from_the_small_bundle(visit: Callable[..., Visit]) -> None:
    seen = visit("/p/harbor/chart")
    seen.page.locator(".js-plotly-plot .bars path").first.wait_for()
    assert any("plotly.min.js" in path for path in seen.asked)
    assert seen.said == []


def test_a_callback_works_inside_the_page(visit: Callable[..., Visit]) -> None:
    seen = visit("/p/harbor")
    seen.page.locator("#sample--say").fill("hello")
    seen.page.get_by_text("you said hello").wait_for()
    seen.page.locator("#sample--say").fill("fail")
    seen.page.get_by_role("alert").get_by_text("That word is not allowed").wait_for()


def test_a_session_that_ended_leads_to_sign_in_and_back(visit: Callable[..., Visit], origin: str) -> None:
    seen = visit("/p/harbor")
    seen.page.get_by_text(f"{sample.CANARY} Alex").wait_for()
    seen.page.context.clear_cookies(name="customer")
    seen.page.locator("#sample--say").fill("hello")
    seen.page.wait_for_url(origin + "/p/harbor/sign-in?next=/p/harbor")


def test_a_failing_request_is_said_once(visit: Callable[..., Visit]) -> None:
    page = visit("/p/harbor").page
    page.get_by_text(f"{sample.CANARY} Alex").wait_for()
    page.route("**/_dash-update-component?*", lambda route: route.fulfill(status=500, body="{}"))
    page.locator("#sample--say").fill("hello")
    page.get_by_role("alert").get_by_text("This page did not load fully").wait_for()


def test_the_menu_opens_by_keyboard_and_closes_by_escape(visit: Callable[..., Visit]) -> None:
    page = visit("/p/harbor", width=360).page
    page.locator("summary").focus()
    page.keyboard.press("Enter")
    assert page.get_by_role("button", name="Sign out").is_visible()
    assert page.get_by_role("link", name="Chart").is_visible()
    page.keyboard.press("Escape")
    assert not page.get_by_role("button", name="Sign out").is_visible()


PRESS_TWICE = """() => {
  window.sent = 0;
  document.addEventListener("submit", (event) => {
    if (!event.defaultPrevented) window.sent++;
    event.preventDefault();
  });
  const button = document.querySelector("form[action$=sign-out] button");
  button.click();
  button.click();
  return window.sent;
}"""


def test_a_form_pressed_twice_is_sent_once(visit: Callable[..., Visit]) -> None:
    page = visit("/p/harbor").page
    page.get_by_text(f"{sample.CANARY} Alex").wait_for()
    assert page.evaluate(PRESS_TWICE) == 1


def test_a_chosen_theme_is_kept(visit: Callable[..., Visit]) -> None:
    seen = visit("/p/harbor", theme="light")
    seen.page.locator("summary").click()
    seen.page.get_by_role("button", name="Dark").click()
    seen.page.wait_for_function("document.documentElement?.dataset.bsTheme === 'dark'")  # null while the page changes
    assert seen.page.url.endswith("/p/harbor")
    seen.page.locator("summary").click()
    assert seen.page.get_by_role("button", name="Dark").get_attribute("aria-pressed") == "true"
    assert seen.said == []


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize(
    ("path", "who"), [("/p/harbor", "alex"), ("/merchant/harbor", "kim"), ("/p/harbor/sign-in", None)]
)
def test_anybody_can_use_it(visit: Callable[..., Visit], path: str, who: str | None, width: int, theme: str) -> None:
    page = visit(path, who=who, width=width, theme=theme).page
    if who:
        page.get_by_text(sample.CANARY).first.wait_for()
        page.locator("summary").click()
    assert Axe().run(page).response["violations"] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert ground == ("rgb(17, 22, 26)" if theme == "dark" else "rgb(246, 247, 248)")
