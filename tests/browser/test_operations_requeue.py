"""An operator at night: a letter is sent now, a charge whose answer was lost is asked about and never made again, many
jobs at once after a dry run, and a line of the timetable. Every page is read by axe and kept as a picture."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import expect

from domain.payments import intention
from domain.payments.intention import Buyer
from domain.payments.pay_form import Sent, pay
from kit.clock import Stopped, utc_now
from models.methods import PaymentMethod
from models.operations import OperatorAct
from models.payments import Attempt, AttemptState
from models.work import Mail, MailState, Tick
from sandbox.inprocess import InProcess
from tests import factory
from tests.browser.conftest import Visit
from tests.browser.people import Alex, alex

pytestmark = pytest.mark.browser


@pytest.fixture
def known(clock: Stopped, origin: str) -> Alex:
    return alex(clock)


def _letter(known: Alex) -> Mail:
    known_as = {"template": "receipt", "to_address": "a@example.com", "dedup_key": "night"}
    stands = {"state": MailState.DUE, "tries": 1, "result": "relay: 451", "customer_id": str(known.customer.id)}
    later = utc_now() + timedelta(hours=1)
    return Mail.create(merchant=known.merchant, created_at=utc_now(), due_at=later, **known_as, **stands)


def _unknown(known: Alex, hosted: InProcess) -> Attempt:
    """The processor took it, and we never heard."""
    buyer = Buyer(customer=known.customer.id, account=known.account.id)
    handle = intention.begin(buyer=buyer, orders=[known.due.id])
    card = PaymentMethod.select().where(PaymentMethod.last4 == "4242").get()
    hosted.control(fault={"mode": "timeout_after", "ends": "/confirm", "times": 1})
    hosted.control(fault={"mode": "down", "path": "/v1/payment_intents/pi_", "times": 2})
    pay(Sent(handle, [known.due.id], card.id, known.due.open, 1), buyer=buyer)
    hosted.control(clear=True)
    found: Attempt = Attempt.get(Attempt.state == AttemptState.UNKNOWN)
    return found


def test_an_operator_acts_on_jobs(window: Callable[..., Visit], known: Alex, hosted: InProcess) -> None:
    letter, unknown, name = _letter(known), _unknown(known, hosted), "360-dark"
    visit = window(360, "dark")
    page = visit.staff_in(factory.staff(operator=True))
    why = page.get_by_label("Why")

    visit.go(f"/operations/jobs/mail-{letter.id}")
    page.get_by_role("link", name="Send now").first.click()
    visit.check(f"operations-requeue-{name}")
    page.get_by_role("button", name="Send now").click()
    assert why.evaluate("field => field.matches(':invalid')"), "no act without a reason"
    why.fill("the relay is back")
    page.get_by_role("button", name="Send now").click()
    expect(page.get_by_text("A worker takes it now.")).to_be_visible()
    assert Mail.get_by_id(letter.id).due_at == utc_now() and page.url.endswith(f"mail-{letter.id}")

    visit.go(f"/operations/jobs/attempt-{unknown.id}/requeue")
    expect(page.get_by_text("Money may have moved already")).to_be_visible()
    expect(page.get_by_role("button", name="Requeue")).to_have_count(0)
    visit.check(f"operations-requeue-refused-{name}")
    page.get_by_role("link", name="Ask the processor").click()
    visit.check(f"operations-reconcile-{name}")
    why.fill("the customer asks")
    page.get_by_role("button", name="Ask the processor").click()
    expect(page.get_by_text("Captured: the processor took $42.50.")).to_be_visible()
    assert [charge["amount"] for charge in hosted.charges()].count(4250) == 1

    visit.go("/operations/jobs?kind=mail")
    page.get_by_role("link", name="Act on all of these").click()
    expect(page.get_by_role("heading", name="Act on many jobs")).to_be_visible()
    page.get_by_role("link", name="Discard").click()
    visit.check(f"operations-bulk-{name}")
    why.fill("a test install")
    page.get_by_role("button", name="Discard ").click()
    expect(page.get_by_role("heading", name="Discard")).to_be_visible()
    visit.check(f"operations-bulk-done-{name}")
    assert Mail.get_by_id(letter.id).state == MailState.SUPPRESSED

    visit.go("/operations/clock/check-invariants/run")
    visit.check(f"operations-run-{name}")
    why.fill("after the restore")
    page.get_by_role("button", name="Run it now").click()
    expect(page.get_by_text("A worker runs it now.")).to_be_visible()
    assert Tick.select().where(Tick.name == "check-invariants", Tick.done_at.is_null()).count() == 1
    assert OperatorAct.select().count() == 4
