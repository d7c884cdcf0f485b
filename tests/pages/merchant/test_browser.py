"""The merchant's page in Chromium: drawn without a complaint, usable by everybody, at a desk and on a phone."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

from dashboard import app as dashboard_app
from dashboard import routes
from tests import factory
from tests.pages.console import listening, opened, shot
from tests.pages.merchant.conftest import Town, live

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("sqlite_store")]


def test_it_can_be_used_by_everybody_everywhere(sqlite_store: str, town: Town, chromium: Browser) -> None:
    live(town)
    person = factory.staff(of=town.merchant)
    server = dashboard_app.create_server()
    try:
        with listening(server) as origin:
            for width, theme in ((1440, "light"), (1440, "dark"), (360, "light"), (360, "dark")):
                page = opened(chromium, origin, "/merchant/harbor", person, width=width, theme=theme)
                page.locator("#merchant--failures .bars path").first.wait_for(state="attached")
                page.locator("#merchant--adoption .bars path").first.wait_for(state="attached")
                for summary in page.locator("details.how > summary").all():
                    summary.click()
                found = Axe().run(page).response["violations"]
                assert [rule["id"] for rule in found if rule["impact"] in ("serious", "critical")] == []
                assert page.evaluate("document.documentElement.scrollWidth") <= width
                assert page.said == []  # type: ignore[attr-defined]
                shot(page, f"merchant-{width}-{theme}")
                page.context.close()
    finally:
        routes.use(None)
