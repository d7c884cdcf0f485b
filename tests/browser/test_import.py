"""A manager in Chromium brings a file in: sends it, corrects a column, tries it out, brings it in."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from models.merchants import Role
from models.orders import Order
from tests import factory
from tests.browser.conftest import Visit
from tests.imports.test_screen import FILE, do_due

pytestmark = pytest.mark.browser


@pytest.mark.parametrize(("width", "theme"), [(360, "dark"), (1280, "light")])
def test_a_file_is_mapped_tried_out_and_brought_in(window: Callable[..., Visit], width: int, theme: str) -> None:
    house = factory.merchant("harbor")
    visit, name = window(width, theme), f"{width}-{theme}"
    page = visit.staff_in(factory.staff(of=house, role=Role.MANAGER))
    visit.go("/merchant/harbor/data")
    page.get_by_role("link", name="Bring a file in").click()
    visit.check(f"import-file-{name}")
    sent = {"name": "orders.csv", "mimeType": "text/csv", "buffer": FILE}
    page.get_by_label("The file").set_input_files([sent])  # type: ignore[list-item]
    page.get_by_role("button", name="Send the file").click()
    page.get_by_role("button", name="Try it out").click()
    expect(page.get_by_role("alert")).to_contain_text("Say which column holds this: Date of the order")
    page.get_by_role("combobox", name="Day").select_option(label="Date of the order")
    visit.check(f"import-columns-{name}")
    page.get_by_role("button", name="Try it out").click()
    expect(page.get_by_text("Being tried out…")).to_be_visible()
    do_due()
    expect(page.get_by_role("heading", name="What it would do")).to_be_visible()
    visit.check(f"import-tried-{name}")
    with page.expect_download() as refused:
        page.get_by_role("link", name="All of them as CSV").click()
    assert refused.value.suggested_filename == "harbor-refused.csv"
    page.get_by_role("button", name="Bring it in").click()
    do_due()
    expect(page.get_by_role("heading", name="What it did")).to_be_visible()
    assert Order.select().count() == 2
