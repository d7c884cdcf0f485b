"""Somebody of the team acts: voids an order, notes a cheque, takes a payment with a card that is declined and one that
is good, gives money back. Every page is read by axe and kept as a picture."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from kit.clock import Stopped
from models.merchants import Role
from models.methods import PaymentMethod
from models.orders import Order
from models.payments import Origin, Payment, PaymentState, Refund
from tests import factory
from tests.browser.conftest import Visit
from tests.browser.people import Alex, alex

pytestmark = pytest.mark.browser


@pytest.fixture
def known(clock: Stopped, origin: str) -> Alex:
    made = alex(clock)
    factory.method(made.customer, "pm_card_visa_chargeDeclined")
    return made


@pytest.mark.parametrize(("width", "theme"), [(360, "light"), (1440, "dark")])
def test_what_somebody_of_the_team_does_to_orders_and_payments(
    window: Callable[..., Visit], known: Alex, width: int, theme: str
) -> None:
    visit, name = window(width, theme), f"{width}-{theme}"
    page = visit.staff_in(factory.staff(of=known.merchant, role=Role.MANAGER))
    acts = page.get_by_role("navigation", name="What you can do")

    visit.go(f"/merchant/harbor/orders/{known.later.id}")
    acts.get_by_role("link", name="Void").click()
    expect(page.get_by_text("this was never owed")).to_be_visible()
    visit.check(f"acts-void-{name}")
    page.get_by_role("button", name="Void").click()
    expect(page.get_by_text("Voided: nothing is owed")).to_be_visible()
    assert Order.get_by_id(known.later.id).open == 0

    visit.go(f"/merchant/harbor/customers/{known.customer.id}")
    acts.get_by_role("link", name="Record an outside payment").click()
    field = page.get_by_label("Workshop: breathing")
    field.fill("forty")
    page.get_by_role("button", name="Record the payment").click()
    expect(page.get_by_role("alert")).to_contain_text("forty")
    assert "422" in visit.said.pop()  # the browser tells of a form that was refused
    visit.check(f"acts-outside-wrong-{name}")
    field.fill("10.00")
    page.get_by_label("It came as").select_option("cheque")
    page.get_by_role("button", name="Record the payment").click()
    expect(page.get_by_text("The payment is recorded")).to_be_visible()
    assert Order.get_by_id(known.due.id).open == 3250

    declined = PaymentMethod.select().where(PaymentMethod.customer == known.customer)
    last_fours = {row.last4 for row in declined}
    assert {"4242", "0002"} <= last_fours
    visit.go(f"/merchant/harbor/orders/{known.due.id}")
    acts.get_by_role("link", name="Take a payment").click()
    for last4, outcome in (("0002", "Nothing was taken."), ("4242", "Receipt")):
        page.get_by_label(f"ending {last4}").check()
        page.get_by_label("The customer has said yes").check()
        if last4 == "0002":
            visit.check(f"acts-take-{name}")
        page.get_by_role("button", name="Take the payment").click()
        expect(page.get_by_text(outcome).first).to_be_visible()
        visit.check(f"acts-outcome-{last4}-{name}")
        if last4 == "0002":
            page.get_by_role("link", name="Take it with another card").click()
    assert Order.get_by_id(known.due.id).open == 0

    taken = Payment.get(
        (Payment.origin == Origin.MERCHANT) & (Payment.amount == 3250) & (Payment.state == PaymentState.SUCCEEDED)
    )
    visit.go(f"/merchant/harbor/payments/{taken.id}")
    acts.get_by_role("link", name="Refund", exact=True).click()
    page.get_by_label("Amount in USD").fill("12.50")
    visit.check(f"acts-refund-{name}")
    page.get_by_role("button", name="Refund").click()
    expect(page.get_by_text("$12.50 is on its way back")).to_be_visible()
    visit.check(f"acts-refunded-{name}")
    assert Refund.get().amount == 1250

    visit.go(f"/merchant/harbor/customers/{known.customer.id}")
    page.get_by_role("link", name="Monthly membership", exact=True).click()
    page.get_by_role("button", name="Skip").first.click()
    expect(page.get_by_text("Skipped, nothing is billed")).to_be_visible()
    visit.check(f"acts-schedule-{name}")
