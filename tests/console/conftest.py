"""What the console's tests share: the mailbox of everybody."""

from __future__ import annotations

from tests.accounts.conftest import mailbox

__all__ = ["mailbox"]
