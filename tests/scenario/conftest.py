"""The browser tests' portal and the mailbox, together."""

from tests.browser.conftest import hosted, origin, window

__all__ = ["hosted", "origin", "window"]
