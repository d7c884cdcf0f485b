"""The cookies that hold a session's token: one for customers, one for a merchant's people and operators."""

from __future__ import annotations

from flask import Response

from domain.accounts.viewer import Audience
from kit.config import settings


def name_of(audience: Audience) -> str:
    """The cookie of an audience. `__Host-` needs TLS, so plain http (loopback only) goes without."""
    plain = "customer" if audience is Audience.CUSTOMER else "staff"
    return f"__Host-{plain}" if settings().https else plain


def hand_out(response: Response, audience: Audience, token: str) -> None:
    """Puts the token into the browser until it closes; the session row holds the limits."""
    response.set_cookie(name_of(audience), token, secure=settings().https, httponly=True, samesite="Lax", path="/")


def take_back(response: Response, audience: Audience) -> None:
    """Removes the token from the browser."""
    response.delete_cookie(name_of(audience), secure=settings().https, httponly=True, samesite="Lax", path="/")
