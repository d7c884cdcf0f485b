"""From the link of a failure mail to *Payment received* on a 360 px screen: `python bench/fix_it.py`.

In Chromium, with a new card at the sandbox's hosted page; portal and sandbox listen in this process, over SQLite.
Seconds are the machine's alone: what a person needs to read and to type comes on top, so taps and typed fields are
counted separately. Prints; it fails only when the payment is not received.
"""

from __future__ import annotations

import logging
import re
import shutil
import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

sys.path.insert(0, str(Path(__file__).parents[1]))

from dashboard.app import create_server, warm_up
from domain.payments.collect import collect_due
from integrations.gateways import registry
from kit import config, log
from kit.clock import utc_now
from models import base, schema
from models.base import unit_of_work
from models.orders import Order
from models.payments import Recovery, RecoveryState
from sandbox.inprocess import InProcess
from tests import factory
from tests.browser.conftest import _free_port, _listen

CARD = "4242 4242 4242 4242"
RUNS = 3  # each with another failed payment; the first pays for a cold server too
REFUSED = "pm_card_visa_chargeDeclinedInsufficientFunds"


class Hand:
    """Taps and types, and counts both."""

    def __init__(self, page: Page) -> None:
        self.page, self.taps, self.typed = page, 0, 0

    def tap(self, name: str) -> None:
        """Presses a button by the words on it."""
        self.page.get_by_role("button", name=re.compile(name)).first.click()
        self.taps += 1

    def type(self, label: str, text: str) -> None:
        """Fills a field."""
        self.page.get_by_label(label).first.fill(text)
        self.typed += 1


def pay(page: Page, link: str) -> tuple[float, int, int]:
    """Seconds, taps and typed fields from the tap on the mail's button to the words *Payment received*."""
    hand, began = Hand(page), time.perf_counter()
    page.goto(link)
    hand.taps += 1  # the button in the mail
    hand.tap("Pay with a new card")
    hand.type("Card number", CARD)
    hand.tap("Save card")
    hand.tap(r"^Pay \$")
    page.get_by_role("heading", name="Payment received").wait_for()
    return time.perf_counter() - began, hand.taps, hand.typed


def failed_links(origin: str) -> list[str]:
    """Automatic payments that the bank refused, each with the link that its letter carries."""
    person = factory.customer(factory.merchant("harbor", name="Harbor Yoga"))
    card = factory.method(person, REFUSED)
    consent = factory.consented(person, card)
    found = []
    for _each in range(RUNS):
        order = factory.automatic(person, card, consent, due=utc_now().date())
        Order.update(collect_at=utc_now()).where(Order.id == order.id).execute()
        collect_due(order.id)
        assert Recovery.get(Recovery.order == order).state == RecoveryState.OPEN
        with unit_of_work():
            found.append(f"{origin}/p/harbor/fix/{factory.fix_it_link(order.id)}")
    return found


def walk(links: list[str]) -> None:
    """Pays each of them in a new window of a phone's width."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        for link in links:
            context = browser.new_context(viewport={"width": 360, "height": 740}, has_touch=True, is_mobile=True)
            seconds, taps, typed = pay(context.new_page(), link)
            print(f"from the mail to Payment received: {seconds:.1f} s, {taps} taps, {typed} typed fields")
            context.close()
        browser.close()


def main() -> None:
    """Sets up a portal in a new folder, and pays there."""
    with tempfile.TemporaryDirectory(prefix="settle-fix-it-") as folder:
        ours, theirs = (f"http://127.0.0.1:{port}" for port in (_free_port(), _free_port()))
        given = {"SETTLE_MODE": "test", "DATA_DIR": folder, "SECRET_KEY": "k" * 40, "PUBLIC_URL": ours}
        config.use(config.read({**given, "GATEWAY_URL": theirs}))
        log.configure()
        logging.disable(logging.CRITICAL)
        inside = InProcess(Path(folder) / "sandbox.db", public_url=theirs)
        base.configure(f"sqlite:///{folder}/settle.db")
        schema.migrate()
        stops = [_listen(inside.app, int(theirs.rpartition(":")[2]))]
        with registry.use_transport(inside.http):
            server = create_server()
            warm_up(server)
            with base.connected():
                links = failed_links(ours)
            stops.append(_listen(server, int(ours.rpartition(":")[2])))
            try:
                walk(links)
            finally:
                for stop in stops:
                    stop()


if __name__ == "__main__":
    main()
