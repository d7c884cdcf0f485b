"""A merchant's person in Chromium asks what failed and what came back: filters, drills, keeps a view, takes a file."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Page, expect

from kit.clock import Stopped
from models.base import unit_of_work
from models.merchants import MerchantPolicy
from sandbox.inprocess import InProcess
from tests import factory
from tests.browser.conftest import Visit
from tests.browser.measures import small_targets
from tests.pages.merchant.boards import count_everything
from tests.pages.merchant.conftest import Town, live

pytestmark = pytest.mark.browser


def _lived(clock: Stopped, hosted: InProcess) -> Town:
    clock.set(datetime(2026, 10, 1, 12, tzinfo=UTC))
    hosted.control(now=clock.at.isoformat())
    house = factory.merchant("harbor", name="Harbor Yoga")
    with unit_of_work():
        MerchantPolicy.update(tries=3, spacing="1,3,7").where(MerchantPolicy.merchant == house).execute()
    town = Town(clock, hosted, house)
    live(town)
    count_everything()
    return town


def _charts(page: Page, *names: str) -> None:
    for name in names:
        page.locator(f"#{name} .bars path").first.wait_for(state="attached")


def _too_small(page: Page) -> list[str]:
    """Targets under 44 px; of the search field at the side, its frame is the target."""
    return [each for each in small_targets(page) if "rail-search" not in each]


def test_what_failed_what_came_back_and_a_view_of_it(
    window: Callable[..., Visit], origin: str, clock: Stopped, hosted: InProcess
) -> None:
    person = factory.staff(of=_lived(clock, hosted).merchant)
    for width, theme in ((1440, "light"), (360, "dark")):
        visit, name = window(width, theme), f"{width}-{theme}"
        page = visit.staff_in(person)
        visit.go("/merchant/harbor/recovery")
        _charts(page, "recovery--days", "recovery--ages")
        expect(page.get_by_role("heading", name="Recovery", exact=True)).to_be_visible()
        for summary in page.locator("details.how > summary").all():
            summary.click()
        expect(page.get_by_text("$259.00 ÷ $399.00").first).to_be_visible()
        assert _too_small(page) == []
        visit.check(f"recovery-{name}")
        page.get_by_role("link", name="$259.00").first.click()
        expect(page.get_by_role("heading", name="3 payments · $259.00")).to_be_visible()
        visit.check(f"recovery-list-{name}")
        visit.go("/merchant/harbor/failed")
        _charts(page, "failed--days")
        visit.check(f"failed-{name}")
        assert _too_small(page) == []
        page.get_by_text("Filter", exact=True).click()
        page.get_by_label("Reason").select_option(label="Card reported lost")
        page.get_by_role("button", name="Show these payments").click()
        page.wait_for_url("**group=lost**")
        expect(page.get_by_role("list", name="Filters in force")).to_contain_text("Card reported lost")
        expect(page.get_by_role("main")).not_to_contain_text("insufficient_funds")
        page.get_by_text("Keep this view").click()
        page.get_by_label("Name", exact=True).fill(f"Lost cards {width}")
        page.get_by_role("button", name="Keep under this name").click()
        expect(page.get_by_text(f"Kept as “Lost cards {width}”")).to_be_visible()
        visit.check(f"views-{name}")
        row = page.get_by_role("listitem").filter(has_text=f"Lost cards {width}")
        row.get_by_role("button", name="Mail it to me every Monday").click()
        expect(row).to_contain_text("mailed to you on Mondays at 7:00")
        page.get_by_role("link", name=f"Lost cards {width}", exact=True).click()
        page.wait_for_url("**/failed?**group=lost**")
        page.get_by_text("Export", exact=True).click()
        with page.expect_download() as file:
            page.get_by_role("link", name="List as CSV").click()
        assert file.value.suggested_filename.startswith("harbor-failed-list-")
        kept = file.value.path().read_text(encoding="utf-8-sig")
        assert kept.count("lost_card") >= 2 and "insufficient_funds" not in kept
        expect(page.get_by_role("link", name="by count")).to_be_visible()
        page.get_by_role("link", name="by count").click()
        page.wait_for_url("**by=count**")
        expect(page.get_by_role("list", name="Filters in force")).to_contain_text("Card reported lost")
