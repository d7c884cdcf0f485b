"""The whole visit over HTTPS behind a proxy, the gateway's hosted page on another host name."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, Playwright, expect

from models.payments import Payment, PaymentState
from tests import factory
from tests.conftest import CHROMIUM
from tests.hard.house import House
from tests.hard.tls import Proxy

pytestmark = [pytest.mark.browser, pytest.mark.slow]
PORTAL, GATEWAY = "pay.example.test", "gateway.example.test"


@pytest.fixture
def proxy(tmp_path: Path) -> Iterator[Proxy]:
    """In front of both."""
    made = Proxy(tmp_path, {PORTAL: 0, GATEWAY: 0})
    yield made
    made.close()


@pytest.fixture
def behind(_golden: Path, proxy: Proxy) -> Iterator[House]:
    """The portal and the gateway, reached through the proxy only."""
    house = House(_golden, "--public-url", proxy.address(GATEWAY))
    house.env |= {"PUBLIC_URL": proxy.address(PORTAL), "PROXY_HOPS": "1"}
    proxy.lead(PORTAL, int(house.env["PORT"]))
    proxy.lead(GATEWAY, house.sandbox.port)
    house.start_web()
    with house.move_in():
        yield house
    house.clear()


@pytest.fixture
def window(playwright: Playwright) -> Iterator[Page]:
    """A browser that finds both names on this machine and nothing else anywhere."""
    names = f"MAP {PORTAL} 127.0.0.1, MAP {GATEWAY} 127.0.0.1, MAP * ~NOTFOUND"
    browser = playwright.chromium.launch(
        executable_path=CHROMIUM, args=["--no-sandbox", f"--host-resolver-rules={names}"]
    )
    opened = browser.new_context(ignore_https_errors=True).new_page()
    opened.set_default_timeout(20_000)
    yield opened
    browser.close()


def test_sign_in_add_card_and_pay_over_https(behind: House, proxy: Proxy, window: Page) -> None:
    page, asked, said = window, set[str](), list[str]()
    page.on("request", lambda request: asked.add(urlsplit(request.url).netloc))
    page.on("console", lambda message: said.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    alex = factory.customer(factory.merchant("harbor"))
    factory.account(alex)
    wanted, other = factory.order(alex, 8900), factory.order(alex, 1105)
    home = f"{proxy.address(PORTAL)}/p/harbor"

    page.goto(f"{home}/sign-in")
    page.get_by_label("Email").fill(alex.email)
    page.get_by_label("Password").fill(factory.PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("button", name="Pay now").click()
    page.get_by_role("checkbox", name=other.number).uncheck()
    page.get_by_role("button", name="Add card").click()
    page.get_by_label("Card number").fill("4242 4242 4242 4242")
    assert urlsplit(page.url).hostname == GATEWAY
    page.get_by_role("button", name="Save card").click()
    expect(page.get_by_role("radio", name="Visa ending 4242")).to_be_checked()
    expect(page.get_by_role("checkbox", name=wanted.number)).to_be_checked()
    expect(page.get_by_role("checkbox", name=other.number)).not_to_be_checked()
    page.get_by_role("button", name="Pay $89.00").click()
    expect(page.get_by_role("heading", name="Payment received")).to_be_visible()

    assert urlsplit(page.url).netloc == urlsplit(home).netloc
    assert [payment.amount for payment in Payment.select().where(Payment.state == PaymentState.SUCCEEDED)] == [8900]
    _cookies_are_tight(page)
    assert asked <= {f"{PORTAL}:{proxy.port}", f"{GATEWAY}:{proxy.port}"}
    assert said == []


def _cookies_are_tight(page: Page) -> None:
    kept = [cookie for cookie in page.context.cookies() if cookie["domain"].lstrip(".") == PORTAL]
    assert "__Host-customer" in {cookie["name"] for cookie in kept}
    for cookie in kept:
        assert cookie["name"].startswith("__Host-") and cookie["path"] == "/", cookie["name"]
        assert cookie["domain"] == PORTAL, "for this very host, not for its neighbours"
        assert (cookie["secure"], cookie["httpOnly"], cookie["sameSite"]) == (True, True, "Lax"), cookie["name"]
