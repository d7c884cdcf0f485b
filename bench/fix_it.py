"""From the link of a failure mail to *Payment received* on a 360 px screen: `python bench/fix_it.py`.

In Chromium, against the demo's own processes, with a new card at the sandbox's hosted page. Seconds are the machine's
alone: what a person needs to read and to type comes on top, so taps and typed fields are counted separately.
Prints; asserts only that the payment was received.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

sys.path.insert(0, str(Path(__file__).parent))
from portal import HOUSE, ORIGIN, PORT, environment, start, stop

CARD = "4242 4242 4242 4242"
RUNS = 3  # each with another failed payment: the first pays for a cold browser


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


def links(folder: str) -> list[str]:
    """The links that letters about the demo's failed payments carry, the newest first: issued as for a new letter."""
    made = subprocess.run(
        [sys.executable, "-c", _LINKS], cwd=HOUSE, env=environment(folder), capture_output=True, text=True, check=True
    )
    return list(json.loads(made.stdout.strip().splitlines()[-1]))


_LINKS = """
import json
from domain.accounts import links
from kit.ids import uuid7
from kit.config import settings
from models import base
from models.base import unit_of_work
from models.customers import LinkPurpose
from models.merchants import Merchant
from models.payments import Recovery, RecoveryState
from models.orders import Order
base.configure(settings().database_url)
with base.connected():
    rows = (Order.select(Order, Merchant).join(Merchant).switch(Order).join(Recovery, on=Recovery.order == Order.id)
            .where((Order.open > 0) & (Recovery.state == RecoveryState.OPEN) & (Order.currency == "USD"))
            .order_by(Order.due_on.desc()).limit(12))
    found = []
    for row in rows:
        with unit_of_work():
            token = links.issue(uuid7(), LinkPurpose.FIX_IT, order=row)
        found.append(f"/p/{row.merchant.slug}/fix/{token}")
print(json.dumps(found))
"""


def pay(page: Page, link: str) -> tuple[float, int, int]:
    """Seconds, taps and typed fields from the tap on the mail's button to the words *Payment received*."""
    hand, began = Hand(page), time.perf_counter()
    page.goto(ORIGIN + link)
    hand.taps += 1  # the button in the mail
    hand.tap("Pay with a new card")
    hand.type("Card number", CARD)
    hand.tap("Save card")
    hand.tap(r"^Pay \$")
    page.get_by_role("heading", name="Payment received").wait_for()
    return time.perf_counter() - began, hand.taps, hand.typed


def payable(link: str) -> bool:
    """Whether this order can be paid just now: the demo's workers try payments meanwhile."""
    with urllib.request.urlopen(ORIGIN + link, timeout=10) as answer:
        return b"Pay with a new card" in answer.read()


def main() -> None:
    """Starts the demo in a new folder, pays, and tells."""
    folder = tempfile.mkdtemp(prefix="fix-it-")
    make = [sys.executable, "manage.py", "demo", "--json"]
    subprocess.run(make, cwd=HOUSE, env=environment(folder), check=True, capture_output=True)
    running, _seconds = start(folder)
    try:
        ready = [link for link in links(folder) if payable(link)][:RUNS]
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
            for link in ready:
                context = browser.new_context(viewport={"width": 360, "height": 740}, has_touch=True, is_mobile=True)
                seconds, taps, typed = pay(context.new_page(), link)
                print(f"from the mail to Payment received: {seconds:.1f} s, {taps} taps, {typed} typed fields")
                context.close()
            browser.close()
        if not ready:
            raise SystemExit(f"no failed payment could be paid on port {PORT}")
    finally:
        stop(running)
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
