"""An operator looks for a customer's jobs, sees whose money may have moved, and from there may only ask about it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

import pytest
from playwright.sync_api import expect

from domain.operations import runs
from domain.operations.runs import Place
from domain.payments import intention
from domain.payments.intention import Buyer
from domain.payments.pay_form import Sent, pay
from domain.work.wake import Work
from kit.clock import Stopped
from models.methods import PaymentMethod
from models.payments import Attempt, AttemptState
from sandbox.inprocess import InProcess
from tests import factory
from tests.browser.conftest import Visit
from tests.browser.people import Alex, alex

pytestmark = pytest.mark.browser


@pytest.fixture
def known(clock: Stopped, origin: str) -> Alex:
    return alex(clock)


def _failing(known: Alex, hosted: InProcess) -> Attempt:
    """A charge whose answer was lost, and whose next look raised."""
    buyer = Buyer(customer=known.customer.id, account=known.account.id)
    handle = intention.begin(buyer=buyer, orders=[known.due.id])
    card = PaymentMethod.select().where(PaymentMethod.last4 == "4242").get()
    hosted.control(fault={"mode": "timeout_after", "ends": "/confirm", "times": 1})
    hosted.control(fault={"mode": "down", "path": "/v1/payment_intents/pi_", "times": 2})
    pay(Sent(handle, [known.due.id], card.id, known.due.open, 1), buyer=buyer)
    hosted.control(clear=True)
    found: Attempt = Attempt.get(Attempt.state == AttemptState.UNKNOWN)
    place = Place(by="job", worker="charges@host#7", wait=1.5)
    with suppress(TimeoutError), runs.at(place), runs.noted(Work.ATTEMPT, found.id):
        raise TimeoutError("read time-out after 20 s")
    runs.flush()
    return found


@pytest.mark.parametrize(("width", "theme"), [(1440, "light"), (360, "dark")])
def test_an_operator_finds_whose_money_may_have_moved(
    window: Callable[..., Visit], known: Alex, hosted: InProcess, width: int, theme: str
) -> None:
    attempt, name = _failing(known, hosted), f"operations-jobs-{width}-{theme}"
    visit = window(width, theme)
    page = visit.staff_in(factory.staff(operator=True))

    visit.go("/operations/jobs")
    page.get_by_label("Customer", exact=True).fill(known.customer.name)
    page.get_by_label("State", exact=True).select_option("failed")
    page.get_by_role("button", name="Search").click()
    expect(page.get_by_role("link", name="Reconcile")).to_be_visible()
    assert page.get_by_role("link", name="Requeue").count() == 0
    visit.check(f"{name}-list")

    page.get_by_role("link", name="Charge attempt").first.click()
    expect(page.get_by_text("The customer may have been charged")).to_be_visible()
    page.get_by_text("Trace", exact=True).click()
    visit.check(f"{name}-job")
    page.get_by_role("link", name="All errors of this kind").click()
    page.get_by_role("link", name="Errors by group").click()
    expect(page.get_by_role("link", name="TimeoutError")).to_be_visible()
    visit.check(f"{name}-groups")
    page.get_by_role("link", name="TimeoutError").click()
    page.get_by_role("link", name="Reconcile").click()
    page.wait_for_url(f"**/operations/jobs/attempt-{attempt.id}/reconcile")
