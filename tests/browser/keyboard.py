"""A person who has only a keyboard: Tab, Shift and Tab, Enter, Space, arrows and letters."""

from __future__ import annotations

from dataclasses import dataclass

from playwright.sync_api import Locator, Page

_MOST = 80  # stops; more would be a page that nobody can use this way


@dataclass
class Keys:
    """The keyboard of one window."""

    page: Page

    def to(self, place: Locator) -> None:
        """Tabs forward until this has the focus."""
        place.wait_for()
        for _ in range(_MOST):
            if place.evaluate("el => el === document.activeElement"):
                return
            self.page.keyboard.press("Tab")
        raise AssertionError(f"{place} is not reached by Tab")

    def press(self, place: Locator, key: str = "Enter") -> None:
        """Goes there and presses."""
        self.to(place)
        self.page.keyboard.press(key)

    def type(self, place: Locator, text: str) -> None:
        """Goes to a field and writes over what stands in it."""
        self.to(place)
        self.page.keyboard.press("ControlOrMeta+a")
        self.page.keyboard.type(text)
