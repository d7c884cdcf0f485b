"""How long the demo takes to make and to start, and what pages weigh over the wire: `python bench/portal.py`.

Into a new folder, on ports of its own, with the system's Chromium. Prints; asserts nothing.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, sync_playwright

HOUSE = Path(__file__).parent.parent
PORT = 8450
ORIGIN = f"http://127.0.0.1:{PORT}"


def environment(folder: str) -> dict[str, str]:
    """The demo's settings, in a folder of its own."""
    return {**os.environ, "SETTLE_MODE": "demo", "PORT": str(PORT), "DATA_DIR": folder}


def start(folder: str) -> tuple[subprocess.Popen[bytes], float]:
    """Starts everything; seconds until the portal is ready."""
    began = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "manage.py", "run"], cwd=HOUSE, env=environment(folder), stdout=subprocess.DEVNULL
    )
    while not _ready():
        time.sleep(0.05)
    return process, time.perf_counter() - began


def _ready() -> bool:
    try:
        with urllib.request.urlopen(f"{ORIGIN}/readyz", timeout=1) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def stop(process: subprocess.Popen[bytes]) -> float:
    """Ends it as Ctrl-C does; seconds until it is gone."""
    began = time.perf_counter()
    process.send_signal(signal.SIGINT)
    process.wait(30)
    return time.perf_counter() - began


def weigh(page: Page, name: str, act: Any) -> None:
    """Bytes over the wire, requests and requests of Dash's for what `act` opens, with an empty cache."""
    wire = page.context.new_cdp_session(page)
    wire.send("Network.enable")
    wire.send("Network.clearBrowserCache")
    seen: list[int] = []
    asked: list[str] = []
    wire.on("Network.loadingFinished", lambda event: seen.append(int(event["encodedDataLength"])))
    wire.on("Network.requestWillBeSent", lambda event: asked.append(event["request"]["url"]))
    act()
    page.wait_for_load_state("networkidle")
    dash = sum("/_dash-" in url and "component-suites" not in url for url in asked)
    print(f"{name}: {sum(seen) / 1000:.0f} KB in {len(asked)} requests, {dash} of Dash's")
    wire.detach()


def walk(logins: list[dict[str, str]]) -> None:
    """Opens the pages that people open first."""
    person = next(each for each in logins if each.get("story") == "declined")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 360, "height": 800})
        weigh(page, "sign-in", lambda: page.goto(person["url"]))
        page.get_by_label("Email").fill(person["email"])
        page.get_by_label("Password").fill(person["password"])
        weigh(page, "home, first load", lambda: page.get_by_role("button", name="Sign in").click())
        weigh(page, "pay", lambda: page.get_by_role("button", name="Pay now").click())
        browser.close()


def main() -> None:
    """All of it."""
    with tempfile.TemporaryDirectory(prefix="settle-bench-") as folder:
        began = time.perf_counter()
        made = subprocess.run(
            [sys.executable, "manage.py", "demo", "--json"],
            cwd=HOUSE, env=environment(folder), check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        print(f"demo made in {time.perf_counter() - began:.1f} s")
        for which in ("first", "second"):
            process, seconds = start(folder)
            print(f"{which} start: ready in {seconds:.1f} s")
            if which == "second":
                walk(json.loads(made.stdout))
            print(f"stopped in {stop(process):.1f} s")


if __name__ == "__main__":
    main()
