"""The browser tests' portal and the mailbox, together."""

from tests.browser.conftest import chromium, hosted, origin, window

__all__ = ["chromium", "hosted", "origin", "window"]
