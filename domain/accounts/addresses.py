"""One e-mail address, written one way, so that the same mailbox is the same identity."""

from __future__ import annotations

import re

from kit.errors import DomainError
from kit.i18n import _

# One addr-spec (RFC 5321): no quoted local part, no comment, no comma (two recipients), no control character.
_LOCAL = r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_ADDRESS = re.compile(rf"{_LOCAL}@(?:{_LABEL}\.)+{_LABEL}")
_LONGEST, _LONGEST_LOCAL = 254, 64


def normalise(text: str) -> str:
    """The address, trimmed and in lower case. Dots and plus-tags stay: for most providers they are other mailboxes.

    Raises DomainError (field `email`) for anything that is not exactly one address.
    """
    address = text.strip(" \t").lower()
    if not is_address(address):
        raise DomainError(_("Write one e-mail address, like name@example.com."), field="email")
    return address


def is_address(text: str) -> bool:
    """Whether a trimmed, lower-case text is exactly one address."""
    local = text.partition("@")[0]
    return len(text) <= _LONGEST and len(local) <= _LONGEST_LOCAL and _ADDRESS.fullmatch(text) is not None
