"""The main job in a real browser, on a phone and on a desk: from an imported order to a receipt in the mailbox."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from domain.imports.run import run_import
from domain.ledger import invariants
from domain.work.drain import drain
from kit import config
from kit.clock import Stopped
from models.customers import Customer
from models.payments import Recovery, RecoveryState
from sandbox.inbox.catcher import Catcher, listen
from sandbox.inbox.letters import Caught, Letters
from sandbox.inprocess import InProcess
from tests import factory
from tests.browser.conftest import Visit
from tests.mail.conftest import free_port

pytestmark = pytest.mark.browser

PASSWORD = "a lake in the morning"
CSV = """order_number,email,name,date,description,amount
HY-1,ann@example.com,Ann Lee,2026-10-20,Monthly membership,89.00
HY-2,ann@example.com,Ann Lee,2026-11-20,Retreat deposit,95.50
"""


@pytest.fixture
def mail(tmp_path: Path, origin: str) -> Iterator[Callable[[], Caught]]:
    """The newest mail, once everything that is due has been done."""
    letters, port = Letters(tmp_path / "inbox.sqlite"), free_port()
    controller = listen(Catcher(letters), port)
    config.use(replace(config.settings(), smtp_url=f"smtp://127.0.0.1:{port}"))

    def newest() -> Caught:
        drain()
        return letters.newest(most=1)[0]

    yield newest
    controller.stop(no_assert=True)
    letters.close()


@pytest.mark.parametrize("width", [360, 1280])
def test_from_an_imported_order_to_a_receipt(
    window: Callable[..., Visit],
    mail: Callable[[], Caught],
    hosted: InProcess,
    clock: Stopped,
    tmp_path: Path,
    width: int,
) -> None:
    factory.merchant("harbor-yoga", name="Harbor Yoga")
    file = tmp_path / "orders.csv"
    file.write_text(CSV)
    run_import(path=file, merchant="harbor-yoga", unpaid_last=1)

    visit = window(width)
    page = visit.go("/p/harbor-yoga")
    page.get_by_role("link", name="Create account").click()
    page.get_by_label("Name").fill("Ann Lee")
    page.get_by_label("Email").fill("ann@example.com")
    page.get_by_role("button", name="Create account").click()
    page.goto(_link(mail(), "confirm"))
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Confirm and set password").click()
    page.get_by_text("$95.50").first.wait_for()
    visit.check(f"scenario-home-{width}")

    customer = Customer.get()
    card = factory.method(customer, "pm_card_visa_chargeDeclinedInsufficientFunds")
    factory.automatic(customer, card, factory.consented(customer, card), 8900)
    clock.set(datetime(2026, 11, 23, 14, 5, tzinfo=UTC))
    hosted.control(now=clock.at.isoformat())
    assert "not enough money" in mail().text

    visit.go("/p/harbor-yoga")
    page.get_by_label("Email").fill("ann@example.com")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_text("did not go through").wait_for()
    visit.check(f"scenario-failed-{width}")
    page.get_by_role("button", name="Pay now").click()
    page.get_by_role("button", name="Add card").click()
    page.get_by_label("Card number").fill("4242 4242 4242 4242")
    page.get_by_label("Expiry").fill("12/30")
    page.get_by_label("CVC").fill("123")
    page.get_by_label("Name on card").fill("Ann Lee")
    page.get_by_role("button", name="Save card").click()
    page.get_by_role("radio", name="Visa ending 4242").wait_for()
    assert page.get_by_role("radio", name="Visa ending 4242").is_checked()
    assert page.get_by_role("checkbox", name=re.compile(r"HY-2\b")).is_checked()
    visit.check(f"scenario-pay-{width}")
    page.get_by_role("button", name="Pay $184.50").click()
    page.get_by_role("heading", name="Payment received").wait_for()
    page.get_by_text(re.compile(r"Receipt R-\w{8}")).first.wait_for()
    visit.check(f"scenario-received-{width}")

    assert "$184.50" in mail().subject
    assert Recovery.get().state == RecoveryState.RECOVERED
    assert sum(charge["amount"] for charge in hosted.charges() if charge["status"] == "succeeded") == 18450
    assert invariants.check() == []


def _link(letter: Caught, kind: str) -> str:
    found = re.search(rf"https?://\S*/{kind}/[\w-]+", letter.text)
    assert found, letter.text
    return found.group(0)
