"""Looking for a purchase, reading what happened to it, taking the receipt away."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from kit.clock import Stopped
from tests.browser.conftest import Visit
from tests.browser.people import alex

pytestmark = pytest.mark.browser


@pytest.mark.parametrize(("width", "theme"), [(360, "light"), (1280, "dark")])
def test_find_a_purchase_and_keep_its_receipt(
    window: Callable[..., Visit], clock: Stopped, width: int, theme: str
) -> None:
    person = alex(clock)
    visit = window(width, theme)
    visit.let_in(person)
    page = visit.go("/p/harbor/purchases")
    page.get_by_text("More filters").click()
    page.get_by_label("Where it stands").select_option(label="Paid")
    page.get_by_role("searchbox", name="Search").fill("yoga")
    page.get_by_role("searchbox", name="Search").press("Enter")
    expect(page.get_by_role("heading", name="1 purchase fits")).to_be_visible()
    visit.check(f"purchases-found-{width}-{theme}")
    page.get_by_role("link", name="Yoga mat and blocks").click()
    expect(page.get_by_role("heading", name="What happened")).to_be_visible()
    visit.check(f"order-paid-{width}-{theme}")
    page.locator(".story").get_by_role("link", name="Receipt R-").click()
    with page.expect_download() as taken:
        page.get_by_role("link", name="Download PDF").click()
    assert taken.value.suggested_filename.startswith("R-")
    visit.check(f"receipt-{width}-{theme}")
    visit.go(f"/p/harbor/orders/{person.failed.id}")
    visit.check(f"order-failed-{width}-{theme}")
    visit.go("/p/harbor/purchases?min=many&from=2026-11-02&to=2026-11-01")
    expect(page.get_by_role("heading", name="Some things need a change")).to_be_visible()
    visit.check(f"purchases-wrong-{width}-{theme}")
