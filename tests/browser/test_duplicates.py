"""A manager in Chromium compares two records of one person, merges them, and parts them again."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from domain.duplicates.find import find
from models.customers import Customer
from models.merchants import Merchant, Role
from models.orders import Order
from tests import factory
from tests.browser.conftest import Visit

pytestmark = pytest.mark.browser


def _twins() -> tuple[Merchant, Customer, Customer]:
    house = factory.merchant("harbor")
    one, other = (
        factory.customer(house, name=name, email="alex@example.com") for name in ("Alex Morgan", "Morgan, Alex")
    )
    factory.account(one)
    factory.order(other, 4200)
    find(house.id)
    return house, one, other


@pytest.mark.parametrize(("width", "theme"), [(360, "light"), (1280, "dark")])
def test_two_records_become_one_and_part_again(window: Callable[..., Visit], width: int, theme: str) -> None:
    house, one, other = _twins()
    visit, name = window(width, theme), f"{width}-{theme}"
    page = visit.staff_in(factory.staff(of=house, role=Role.MANAGER))
    visit.go("/merchant/harbor/duplicates")
    expect(page.get_by_text("same e-mail address")).to_be_visible()
    visit.check(f"duplicates-{name}")
    page.get_by_role("link", name="Compare").click()
    expect(page.get_by_role("heading", name="Is this one person?")).to_be_visible()
    visit.check(f"merge-{name}")
    page.get_by_role("button", name="Merge the two records").dblclick()
    expect(page.get_by_text("The two records are one now.")).to_be_visible()
    visit.check(f"merged-{name}")
    assert {row.customer_id for row in Order.select()} in ({one.id}, {other.id})
    page.get_by_role("button", name="Part the two records again").click()
    expect(page.get_by_text("apart again")).to_be_visible()
    assert Order.get().customer_id == other.id
    visit.go("/merchant/harbor/duplicates")
    expect(page.get_by_text("Undone")).to_be_visible()
