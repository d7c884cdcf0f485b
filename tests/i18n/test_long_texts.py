"""Longer words than English has still fit a telephone."""

from __future__ import annotations

import pytest

from domain.payments import intention
from domain.payments.intention import Buyer
from tests.browser import measures
from tests.browser.conftest import hosted, origin, window  # noqa: F401 - fixtures
from tests.browser.people import alex
from tests.factory import PASSWORD
from tests.i18n import pseudo

pytestmark = pytest.mark.browser


def test_home_paying_and_sign_in_hold_stretched_texts_at_360_px(window, clock, monkeypatch):  # noqa: F811
    person = alex(clock)
    buyer = Buyer(customer=person.customer.id, account=person.account.id)
    handle = intention.begin(buyer=buyer, orders=[person.due.id])
    pseudo.switch_on(monkeypatch)
    visit = window(360)
    page = visit.go("/p/harbor/sign-in")
    wrong = measures.sideways(page)
    page.fill("input[type=email]", "alex.morgan@example.com")
    page.fill("input[type=password]", PASSWORD)
    page.locator("form .btn-brand").click()
    page.wait_for_url("**/p/harbor")
    for path in ("/p/harbor", f"/p/harbor/pay/{handle}"):
        page = visit.go(path)
        page.get_by_text("⟦").first.wait_for()
        wrong += [f"{path}: {each}" for each in measures.sideways(page)]
    page.locator(".menu > summary").click()
    wrong += [f"menu: {each}" for each in measures.sideways(page)]
    assert wrong == []
