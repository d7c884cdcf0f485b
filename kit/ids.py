"""Identifiers: UUIDv7 for rows (ordered by time, not guessable), short Crockford codes for people."""

from __future__ import annotations

import secrets
import threading
import time
from uuid import UUID

_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # no I, L, O, U: read aloud without mistakes

_48, _62 = (1 << 48) - 1, (1 << 62) - 1
_lock = threading.Lock()
_latest = (0, 0)  # the milliseconds and the tail of the id made last in this process


def uuid7() -> UUID:
    """A new UUIDv7 (RFC 9562 5.7): 48 bits of milliseconds, then 74 random bits. It sorts after the process's last one.

    Within a millisecond the tail counts on by a random step (RFC 9562 6.2, method 2): *newest by id* is newest made.
    """
    global _latest
    fresh = (time.time_ns() // 1_000_000, secrets.randbits(73))  # the highest bit is left free, to count into
    with _lock:
        ms, tail = fresh if fresh[0] > _latest[0] else (_latest[0], _latest[1] + 1 + secrets.randbits(32))
        _latest = (ms, tail)
    return UUID(int=(ms & _48) << 80 | 0x7 << 76 | (tail >> 62) << 64 | 0x2 << 62 | tail & _62)


def code(length: int = 8) -> str:
    """A random code of Crockford characters, 5 bits each."""
    return "".join(secrets.choice(_CROCKFORD) for _ in range(length))


def as_uuid(text: str) -> UUID | None:
    """The UUID that a browser claims, or None when it is not one."""
    try:
        return UUID(text)
    except (ValueError, AttributeError, TypeError):
        return None
