"""The pictures of docs/tour.md, made anew by one command: `python bench/tour.py`.

Makes a demo in a new folder, on ports of its own, and walks through it as a customer who has just read the mail about
a failed payment, then as the merchant's owner, and as the operator while a processor does not answer. A folder with a
demo in it (its DATA_DIR) may be given: a copy is used, which spares the making.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from urllib.request import Request, urlopen

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

sys.path.insert(0, str(Path(__file__).parent))
from portal import HOUSE, ORIGIN, PORT, environment, start, stop

PICTURES = HOUSE / "docs" / "images" / "tour"
INBOX = f"http://127.0.0.1:{PORT + 1}"
SANDBOX = f"http://127.0.0.1:{PORT + 2}"
_WIDE, _NARROW = (1280, 860), (360, 760)
_MOST = 60_000  # bytes a picture
_SHADES = (256, 128, 64, 32)  # of colour: as many as the size allows


@dataclass
class Walk:
    """One window, and the pictures taken in it."""

    page: Page
    base: str

    def at(self, path: str = "") -> None:
        """Opens a page of the portal."""
        self.page.goto(f"{ORIGIN}{self.base}{path}")
        self.page.locator("h1").first.wait_for()

    def take(self, name: str, dark: bool = False) -> None:
        """Keeps what the window shows."""
        self.page.locator("h1").first.wait_for()
        if dark:
            self.page.emulate_media(color_scheme="dark")
        self.page.wait_for_load_state("networkidle")
        keep(name, self.page.screenshot(animations="disabled"))
        self.page.emulate_media(color_scheme="light")


def keep(name: str, image: bytes) -> None:
    """Writes a picture with as many colours as fit into its size."""
    picture = Image.open(BytesIO(image)).convert("RGB")
    for shades in _SHADES:
        made = BytesIO()
        picture.quantize(shades, dither=Image.Dither.NONE).save(made, "PNG", optimize=True)
        if made.tell() <= _MOST:
            break
    PICTURES.mkdir(parents=True, exist_ok=True)
    (PICTURES / f"{name}.png").write_bytes(made.getvalue())
    print(f"{name}: {made.tell() / 1000:.0f} KB")


def enter(browser: Browser, person: dict[str, str], size: tuple[int, int]) -> Walk:
    """A window of that size with this person signed in."""
    page = browser.new_page(viewport={"width": size[0], "height": size[1]}, reduced_motion="reduce")
    page.goto(person["url"])
    page.get_by_label("Email").fill(person["email"])
    page.get_by_label("Password").fill(person["password"])
    page.keyboard.press("Enter")
    page.get_by_role("heading", level=1).wait_for()
    return Walk(page, f"/p/{person['merchant']}")


def mail_of(browser: Browser, address: str) -> None:
    """The newest mail about a failed payment, as a phone shows it; without workers' haste it may take a moment."""
    with urlopen(f"{INBOX}/messages.json?q={address}") as answer:
        mails = [mail for mail in json.load(answer) if "Email confirm" not in mail["subject"]]
    page = browser.new_page(viewport={"width": _NARROW[0], "height": _NARROW[1]})
    page.goto(f"{INBOX}/mails/{mails[0]['id']}/body")
    keep("mail-360", page.screenshot())
    page.close()


def on_a_phone(browser: Browser, person: dict[str, str]) -> None:
    """From the sign-in to the receipt at 360 px."""
    page = browser.new_page(viewport={"width": _NARROW[0], "height": _NARROW[1]})
    page.goto(person["url"])
    keep("sign-in-360", page.screenshot())
    page.close()
    walk = enter(browser, person, _NARROW)
    page = walk.page
    page.get_by_role("button", name="Pay now", exact=True).wait_for()
    walk.take("home-360")
    walk.at("/methods")
    walk.take("methods-360")
    walk.at()
    page.get_by_role("button", name="Pay now", exact=True).click()
    page.get_by_role("button", name=re.compile(r"^Pay \$")).wait_for()
    walk.take("pay-360")
    page.get_by_role("button", name=re.compile(r"^Pay \$")).click()
    page.get_by_role("heading", name="Your payment did not go through").wait_for(timeout=30_000)
    walk.take("declined-360")
    page.get_by_role("button", name="Use another card").click()
    page.get_by_role("button", name="Add card").click()
    page.get_by_label("Card number").fill("5555 5555 5555 4444")
    page.get_by_role("button", name="Save card").click()
    page.get_by_role("radio", name="Mastercard ending 4444").wait_for()
    page.get_by_role("button", name=re.compile(r"^Pay \$")).click()
    page.get_by_role("heading", name="Payment received").wait_for(timeout=30_000)
    walk.take("received-360")
    page.close()


def at_a_desk(browser: Browser, person: dict[str, str], other: dict[str, str]) -> None:
    """The same person afterwards at 1280 px, and somebody of another merchant, in its look."""
    walk = enter(browser, person, _WIDE)
    page = walk.page
    walk.take("home-after-1280")
    walk.at("/purchases")
    walk.take("purchases-1280")
    page.locator("main a[href*='/orders/']").first.click()
    page.wait_for_url("**/orders/**")
    walk.take("order-1280")
    walk.at("/purchases")
    page.locator("main a[href*='/receipts/']").first.click()
    walk.take("receipt-1280")
    walk.at("/schedules")
    walk.take("schedules-1280-dark", dark=True)
    page.close()
    walk = enter(browser, other, _WIDE)
    walk.take("home-1280")
    walk.take("home-1280-dark", dark=True)
    walk.page.close()


def in_the_console(browser: Browser, owner: dict[str, str]) -> None:
    """A merchant's morning: the list, the figures and what is behind them, a record, what the team may settle."""
    walk = enter(browser, owner, _WIDE)
    walk.base = f"/merchant/{owner['merchant']}"
    page = walk.page
    walk.at()
    walk.take("today-1280")
    for path in ("/failed", "/recovery", "/adoption", "/limits", "/duplicates", "/settings/design"):
        walk.at(path)
        walk.take(f"{path.rsplit('/', 1)[1]}-1280", dark=path == "/recovery")
        if path == "/failed":
            page.locator("main .tile a").first.click()
            page.wait_for_url("**/failed/list**")
            walk.take("behind-1280")
        if path == "/duplicates":
            page.get_by_role("link", name=re.compile("Compare")).first.click()
            page.wait_for_url("**/with/**")
            walk.take("compare-1280")
    walk.at("/customers?q=casey")
    page.locator("main a[href*='/customers/0']").first.click()
    page.get_by_role("navigation", name="What you can do").wait_for()
    walk.take("record-1280")
    page.get_by_role("button", name="See as customer").click()
    page.wait_for_url("**/portal")
    walk.take("see-as-1280")
    page.close()
    walk = enter(browser, owner, _NARROW)
    walk.take("today-360")
    walk.page.close()


def in_operations(browser: Browser, operator: dict[str, str], payer: dict[str, str]) -> None:
    """A night: a processor takes a payment and does not say so; what the operator sees of it."""
    for fault in ({"mode": "timeout_after", "ends": "/confirm"}, {"mode": "http_500"}):
        _sandbox(
            {"fault": {"path": "/v1/payment_intents/", **fault}, "webhooks": {"paused": True}, "patience_seconds": 2}
        )
    walk = enter(browser, payer, _NARROW)
    walk.page.get_by_role("button", name="Pay now", exact=True).click()
    walk.page.get_by_role("button", name=re.compile(r"^Pay .*\d")).click()
    walk.page.get_by_role("heading", name="Checking with your bank").wait_for(timeout=60_000)
    walk.page.close()
    walk = enter(browser, operator, _WIDE)
    walk.base = "/operations"
    page = walk.page
    walk.at()
    page.get_by_text(re.compile("^Theirs: ")).first.wait_for(timeout=180_000)
    page.get_by_role("heading", name=re.compile("does not answer")).wait_for(timeout=180_000)
    page.locator(".alarm").nth(2).wait_for(state="detached", timeout=180_000)  # those of the start have cleared
    walk.take("operations-1280")
    page.set_viewport_size({"width": _NARROW[0], "height": _NARROW[1]})
    walk.take("operations-360-dark", dark=True)
    page.set_viewport_size({"width": _WIDE[0], "height": _WIDE[1]})
    walk.at("/jobs?kind=attempt")
    walk.take("jobs-1280")
    walk.at("/money")
    page.locator("main td a[href^='/operations/money/0']").first.click()
    page.get_by_role("button", name="Ask the processor now").wait_for()
    walk.take("stuck-1280")
    page.close()
    _sandbox({"clear": True})


def _sandbox(wish: dict[str, object]) -> None:
    body = json.dumps(wish).encode()
    with urlopen(Request(f"{SANDBOX}/sandbox/control", body, {"Content-Type": "application/json"})):
        pass


def picture(folder: str, logins: list[dict[str, str]]) -> None:
    """Starts the demo and takes every picture."""
    one, other = (_person(logins, merchant) for merchant in ("harbor-yoga", "kumo-coffee"))
    owner = _person(logins, "harbor-yoga", story="owner")
    operator = next(each for each in logins if each["story"] == "operator")
    process, _seconds = start(folder)
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
            steps: tuple[Callable[[], None], ...] = (
                lambda: mail_of(browser, one["email"]),
                lambda: on_a_phone(browser, one),
                lambda: at_a_desk(browser, one, other),
                lambda: in_the_console(browser, owner),
                lambda: in_operations(browser, operator, _person(logins, "lindenhof-bikes")),
            )
            for step in steps:
                step()
            browser.close()
    finally:
        stop(process)


def _person(logins: list[dict[str, str]], merchant: str, story: str = "declined") -> dict[str, str]:
    return next(each for each in logins if each["merchant"] == merchant and each["story"] == story)


def main() -> None:
    """All of it."""
    with tempfile.TemporaryDirectory(prefix="settle-tour-") as folder:
        if len(sys.argv) > 1:
            shutil.copytree(sys.argv[1], folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("*.sock"))
        made = subprocess.run(
            [sys.executable, "manage.py", "demo", "--json"],
            cwd=HOUSE, env=environment(folder), check=True, stdout=subprocess.PIPE,
        )  # fmt: skip
        picture(folder, json.loads(made.stdout))


if __name__ == "__main__":
    main()
