"""A customer in Chromium changes when the next bill comes: another date, a month left out, or paid right away."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from domain.events.record import Actor
from domain.merchants.policy import change_policy
from models.methods import BillingSchedule
from models.orders import Order
from tests import factory
from tests.browser.conftest import Visit
from tests.browser.people import Member, member
from tests.methods.conftest import membership

pytestmark = pytest.mark.browser


def _a_member() -> tuple[Member, BillingSchedule]:
    """A membership on a card, billed on the 3rd of each month; the day is 23 November."""
    person = member()
    return person, membership(person.customer, factory.method(person.customer))


@pytest.mark.parametrize(("width", "theme"), [(360, "dark"), (1280, "light")])
def test_another_date_for_the_next_run_and_back(window: Callable[..., Visit], width: int, theme: str) -> None:
    person, schedule = _a_member()
    visit, name = window(width, theme), f"{width}-{theme}"
    page = visit.let_in(person)
    visit.go("/p/harbor/schedules")
    page.get_by_role("link", name="Monthly membership").click()
    charged = page.get_by_text("$39.00 will be charged to Visa ending 4242 on")
    expect(charged).to_contain_text("Thursday 3 December")
    page.get_by_label("Pick another date").fill("2026-12-07")
    page.get_by_role("button", name="Set this date").click()
    expect(page.get_by_text("It is due on Monday 7 December. The dates after it stay as they are.")).to_be_visible()
    expect(charged).to_contain_text("Monday 7 December")
    expect(page.get_by_text("Put off from Thursday 3 December").first).to_be_visible()
    visit.check(f"schedule-put-off-{name}")
    visit.go("/p/harbor")
    expect(page.get_by_role("main")).to_contain_text("Monday 7 December")
    expect(page.get_by_role("main")).not_to_contain_text("3 December")
    visit.go(f"/p/harbor/schedules/{schedule.id}")
    page.get_by_label("Pick another date").fill("2026-12-03")
    page.get_by_role("button", name="Set this date").click()
    expect(charged).to_contain_text("Thursday 3 December")
    expect(page.get_by_text("Put off from")).to_have_count(0)
    assert BillingSchedule.get_by_id(schedule.id).moved_to is None


def test_a_month_is_left_out_and_billed_after_all(window: Callable[..., Visit]) -> None:
    person, schedule = _a_member()
    visit = window(360)
    page = visit.let_in(person)
    visit.go(f"/p/harbor/schedules/{schedule.id}")
    expect(page.get_by_role("button", name="Skip")).to_have_count(0)
    expect(page.get_by_text("To skip, change or stop it, please ask Harbor Yoga.")).to_be_visible()
    change_policy(merchant=person.customer.merchant_id, actor=Actor.STAFF, customers_skip=True)
    visit.go(f"/p/harbor/schedules/{schedule.id}")
    page.get_by_role("button", name="Skip : Thursday 3 December").click()
    expect(page.get_by_text("Nothing is billed on Thursday 3 December.")).to_be_visible()
    expect(page.get_by_text("Skipped, nothing is billed", exact=True)).to_be_visible()
    visit.check("schedule-skipped-360-light")
    page.get_by_role("button", name="Do not skip : Thursday 3 December").click()
    expect(page.get_by_text("It is billed on Thursday 3 December.")).to_be_visible()
    expect(page.get_by_text("Skipped, nothing is billed")).to_have_count(0)


def test_a_coming_run_is_paid_now(window: Callable[..., Visit]) -> None:
    person, schedule = _a_member()
    visit = window(360)
    page = visit.let_in(person)
    visit.go(f"/p/harbor/schedules/{schedule.id}")
    page.get_by_role("button", name="Pay $39.00 now").click()
    page.get_by_role("button", name="Pay $39.00", exact=True).wait_for()
    order = Order.get()
    assert (order.schedule_id, order.open) == (schedule.id, 3900), "nothing is taken before its button"
    page.get_by_role("button", name="Pay $39.00", exact=True).click()
    expect(page.get_by_role("heading", name="Payment received")).to_be_visible()
    visit.go(f"/p/harbor/schedules/{schedule.id}")
    expect(page.get_by_role("region", name="Billed so far").get_by_text("Paid", exact=True)).to_be_visible()
    expect(page.get_by_text("$39.00 will be charged to Visa ending 4242 on")).to_contain_text("3 January")
