"""The portal and the processor's hosted pages, both listening, and Chromium in front of them."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page
from werkzeug.serving import make_server

from dashboard import cookies
from dashboard.app import create_server, warm_up
from domain.accounts import sessions
from domain.accounts.viewer import Audience
from domain.demo.logos import drawn_for
from domain.events.record import Actor
from domain.merchants.logo import set_logo
from domain.merchants.look import LINKS, set_look
from integrations.gateways import registry
from kit import config
from kit.clock import Stopped
from models.base import unit_of_work
from models.merchants import Staff
from sandbox.inprocess import InProcess
from tests.browser.people import Alex, Member
from tests.every_page import ANONYMOUS, Life, life

PICTURES = Path(os.environ.get("SHOTS", Path(__file__).parents[2] / "test-results"))


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def _listen(app: Any, port: int) -> Callable[[], None]:
    listening = make_server("127.0.0.1", port, app, threaded=True)
    thread = threading.Thread(target=listening.serve_forever, daemon=True)
    thread.start()

    def stop() -> None:
        listening.shutdown()
        thread.join(5)
        listening.server_close()

    return stop


@pytest.fixture
def hosted(tmp_path: Path, clock: Stopped) -> Iterator[InProcess]:
    """The sandbox: its API in this process, its pages over HTTP on another port, so another origin."""
    port = _free_port()
    inside = InProcess(tmp_path / "sandbox.db", public_url=f"http://127.0.0.1:{port}")
    inside.control(now=clock().isoformat())
    stop = _listen(inside.app, port)
    with registry.use_transport(inside.http):
        yield inside
    stop()
    inside.close()


@pytest.fixture
def origin(sqlite_store: str, settings: config.Settings, hosted: InProcess) -> Iterator[str]:
    """The portal, listening under its PUBLIC_URL."""
    port = _free_port()
    url = f"http://127.0.0.1:{port}"
    config.use(replace(config.settings(), public_url=url, gateway_url=hosted.world.public_url))
    server = create_server()
    warm_up(server)
    stop = _listen(server, port)
    yield url
    stop()


@dataclass
class Visit:
    """A browser window, and what went wrong in it."""

    page: Page
    origin: str
    said: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def go(self, path: str) -> Page:
        """Opens an address of the portal and waits until it is drawn."""
        self.page.goto(self.origin + path)
        self.page.locator("h1").first.wait_for()
        return self.page

    def let_in(self, person: Alex | Member) -> Page:
        """Signs somebody in without the form, for tests of what comes after it."""
        with unit_of_work():
            token = sessions.open_session(account=person.account.id, customer=person.customer.id)
        name = cookies.name_of(Audience.CUSTOMER)
        self.page.context.add_cookies([{"name": name, "value": token, "url": self.origin}])
        return self.page

    def staff_in(self, person: Staff) -> Page:
        """Signs a merchant's person in without the form."""
        with unit_of_work():
            token = sessions.open_session(staff=person.id)
        name = cookies.name_of(Audience.STAFF)
        self.page.context.add_cookies([{"name": name, "value": token, "url": self.origin}])
        return self.page

    def check(self, name: str) -> None:
        """Keeps a picture, and holds the page to: nothing wider than the window, no axe violation, no console error."""
        self.page.locator("h1").first.wait_for()
        PICTURES.mkdir(exist_ok=True)
        width = self.page.viewport_size["width"]  # type: ignore[index]
        self.page.screenshot(path=PICTURES / f"{name}.png", full_page=True)
        assert self.page.evaluate("document.documentElement.scrollWidth") <= width, "the page scrolls sideways"
        found = Axe().run(self.page).response["violations"]
        assert [f"{each['id']}: {each['nodes'][0]['html'][:200]}" for each in found] == []
        assert self.said == []


def _is_our_error(said: ConsoleMessage, origin: str) -> bool:
    return said.type == "error" and said.location.get("url", "").startswith(origin)


@pytest.fixture
def window(chromium: Browser, origin: str) -> Iterator[Callable[..., Visit]]:
    """Opens a window of a width and theme."""
    contexts = []

    def opened(width: int = 1280, theme: str = "light", scripts: bool = True) -> Visit:
        context = chromium.new_context(
            viewport={"width": width, "height": 800},
            color_scheme=theme,  # type: ignore[arg-type]
            java_script_enabled=scripts,
        )
        context.set_default_timeout(10_000)
        contexts.append(context)
        visit = Visit(context.new_page(), origin)
        visit.page.on("console", lambda said: visit.said.append(said.text) if _is_our_error(said, origin) else None)
        visit.page.on("pageerror", lambda error: visit.said.append(str(error)))
        visit.page.on("request", lambda request: visit.asked.append(request.url))
        return visit

    yield opened
    for context in contexts:
        context.close()


@pytest.fixture
def everything(origin: str, clock: Stopped) -> Life:
    """Alex's life at a merchant with a whole look."""
    made = life(clock)
    house = made.alex.merchant
    set_logo(merchant=house.id, file=drawn_for("kumo-coffee", "#8a3b2a") or b"", actor=Actor.COMMAND)
    links = dict.fromkeys(LINKS, "https://harbor.example.com/a/page")
    set_look(merchant=house.id, actor=Actor.COMMAND, changes={**links, "brand": "#8a3b2a"})
    return made


@pytest.fixture
def calm(chromium: Browser) -> Iterator[Callable[[Life, str, str], BrowserContext]]:
    """A window of a person who asked for less motion: no picture is taken half way through a change of colour."""
    opened = []

    def window(made: Life, person: str, origin: str) -> BrowserContext:
        context = chromium.new_context(viewport={"width": 1280, "height": 800}, reduced_motion="reduce")
        context.set_default_timeout(10_000)
        if person != ANONYMOUS:
            name = cookies.name_of(Audience.CUSTOMER)
            context.add_cookies([{"name": name, "value": made.tokens[person], "url": origin}])
        opened.append(context)
        return context

    yield window
    for context in opened:
        context.close()
