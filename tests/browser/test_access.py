"""Access (WCAG 2.2 AA) on every page there is, in both themes, from 320 to 1600 px and with text twice as large.

Each page is opened once; every measure is taken of it as it stands, and all that is wrong is told together.
"""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import BrowserContext, Page

from dashboard.app import create_server
from tests.browser import measures
from tests.every_page import ALEX, ANONYMOUS, Life, pages
from tests.pages.test_bad_texts import LONG, WRITTEN

pytestmark = pytest.mark.browser
_WIDTHS = (320, 640, 821, 1024, 1600)  # 640: a window of 1280 px at 200 % zoom; 820 is where the layout turns
_TALL = 800
_SHORT = {"phone", "contact_phone"}  # never broken over two lines; 40 characters at most in both stores
_FILES = (".pdf", ".csv", ".txt")
_GOES_ON = ("/leaving/<token>", "/p/<slug>/prove")  # lead on by themselves: the second, who has proved it just now


@pytest.mark.parametrize("person", [ANONYMOUS, ALEX])
def test_every_page_can_be_used_by_everybody(
    everything: Life, calm: Callable[..., BrowserContext], origin: str, person: str
) -> None:
    page = calm(everything, person, origin).new_page()
    wrong: list[str] = []
    titles: dict[str, str] = {}
    for address in pages(create_server(), everything):
        if address.person != person or address.rule.endswith(_FILES) or address.rule in _GOES_ON:
            continue
        path = address.path
        page.goto(origin + path)
        page.locator("h1").first.wait_for()
        assert urlsplit(page.url).path == path, f"{path} leads elsewhere"
        other = titles.setdefault(page.title(), address.rule)
        found = [] if other == address.rule or person == ANONYMOUS else [f"the title of {other}: {page.title()}"]
        wrong += [f"{address.rule}: {each}" for each in found + _measured(page)]
    assert wrong == [], "\n".join(wrong)


def _measured(page: Page) -> list[str]:
    found = measures.axe(page) + measures.shape(page) + measures.motion(page) + measures.tab_order(page)
    page.emulate_media(color_scheme="dark")
    found += [f"dark: {each}" for each in measures.axe(page)]
    page.set_viewport_size({"width": 360, "height": _TALL})
    found += [f"dark, 360: {each}" for each in measures.axe(page) + measures.small_targets(page)]
    page.emulate_media(color_scheme="light")
    found += [f"360: {each}" for each in measures.axe(page)]
    for width in (360, *_WIDTHS):
        page.set_viewport_size({"width": width, "height": _TALL})
        found += measures.sideways(page)
    page.set_viewport_size({"width": 1280, "height": _TALL})
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    found += [f"text at 200 %: {each}" for each in measures.sideways(page)]
    page.evaluate("document.documentElement.style.fontSize = ''")
    return found


def test_texts_of_10_kb_make_no_page_wider(everything: Life, calm: Callable[..., BrowserContext], origin: str) -> None:
    for model, names in WRITTEN.items():
        model.update(dict.fromkeys(set(names) - _SHORT, LONG)).execute()
    page = calm(everything, ALEX, origin).new_page()
    wrong = []
    for path in ("", "/purchases", f"/orders/{everything.ids['order']}", "/methods", "/details"):
        page.goto(f"{origin}/p/harbor{path}")
        page.locator("h1").first.wait_for()
        for width in (360, 1280):
            page.set_viewport_size({"width": width, "height": _TALL})
            wrong += [f"{path}: {each}" for each in measures.sideways(page)]
    assert wrong == []
