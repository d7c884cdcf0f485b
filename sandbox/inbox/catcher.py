"""The SMTP side: accepts everything, until it is told to behave badly."""

from __future__ import annotations

import asyncio
from enum import StrEnum
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from sandbox.inbox.letters import Letters

HOST = "127.0.0.1"
_LONGEST_HANG = 60.0


class Manner(StrEnum):
    """How the server answers."""

    OK = "ok"
    LATER = "later"  # 450: mailbox busy
    REFUSE = "refuse"  # 550: no such mailbox
    HANG = "hang"  # takes the recipient and never answers


class Catcher:
    """aiosmtpd's handler. `manner` holds for every recipient, or for the one address of `only`."""

    def __init__(self, letters: Letters) -> None:
        self.letters = letters
        self.manner = Manner.OK
        self.only: str | None = None

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[Any]
    ) -> str:
        """Answers for one recipient."""
        manner = self.manner if self.only in (None, address.lower()) else Manner.OK
        if manner is Manner.LATER:
            return "450 Mailbox busy, try again later"
        if manner is Manner.REFUSE:
            return "550 No such mailbox"
        if manner is Manner.HANG:
            await asyncio.sleep(_LONGEST_HANG)
            return "421 Closing"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Keeps the mail."""
        content = envelope.content
        self.letters.keep(content if isinstance(content, bytes) else b"", list(envelope.rcpt_tos))
        return "250 Kept"


def listen(catcher: Catcher, port: int) -> Any:
    """Starts the SMTP server in a thread and returns aiosmtpd's controller (`.port`, `.stop()`). Raises OSError."""
    controller = Controller(catcher, hostname=HOST, port=port)
    controller.start()
    return controller
