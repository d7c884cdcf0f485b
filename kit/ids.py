"""Identifiers: UUIDv7 for rows (ordered by time, not guessable), short Crockford codes for people."""

from __future__ import annotations

import secrets
import time
from uuid import UUID

_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # no I, L, O, U: read aloud without mistakes


def uuid7() -> UUID:
    """A new UUIDv7 (RFC 9562 5.7): 48 bits of milliseconds, then 74 random bits."""
    ms = time.time_ns() // 1_000_000
    value = (ms & ((1 << 48) - 1)) << 80 | secrets.randbits(80)
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    return UUID(int=value)


def code(length: int = 8) -> str:
    """A random code of Crockford characters, 5 bits each."""
    return "".join(secrets.choice(_CROCKFORD) for _ in range(length))


def as_uuid(text: str) -> UUID | None:
    """The UUID that a browser claims, or None when it is not one."""
    try:
        return UUID(text)
    except (ValueError, AttributeError, TypeError):
        return None
