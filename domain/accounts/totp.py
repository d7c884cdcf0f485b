"""Codes of an authenticator app (RFC 6238: six digits, 30 seconds, SHA-1, which is what every app speaks)."""

from __future__ import annotations

import re
from datetime import datetime
from hmac import compare_digest

from pyotp import TOTP, random_base32

ISSUER = "Settle"
DIGITS, _SECONDS = 6, 30
_DRIFT = (0, -1, 1)  # a telephone's clock may be half a minute off, and a code takes a while to type


def new_secret() -> str:
    """A fresh secret of 160 bits, in the letters that an app takes."""
    return random_base32()


def address_of(secret: str, person: str) -> str:
    """The `otpauth:` address that an app reads from the QR code."""
    return TOTP(secret).provisioning_uri(name=person, issuer_name=ISSUER)


def in_groups(secret: str) -> str:
    """The secret in fours, for whoever types it."""
    return " ".join(secret[at : at + 4] for at in range(0, len(secret), 4))


def step_of(secret: str, code: str, now: datetime) -> int | None:
    """The time step whose code this is: this one, the one before or the next; None when it is none of them."""
    digits = re.sub(r"\s", "", code)
    if not re.fullmatch(r"[0-9]{6}", digits):
        return None
    this, app = int(now.timestamp()) // _SECONDS, TOTP(secret)
    fits = [this + drift for drift in _DRIFT if compare_digest(app.generate_otp(this + drift), digits)]
    return fits[0] if fits else None
