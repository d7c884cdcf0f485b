"""What every answer says to the browser: which scripts may run, what may be kept, what the next site learns."""

from __future__ import annotations

import base64
import hashlib

from flask import Flask, Response, g

from kit.config import settings

_PERMISSIONS = "camera=(), microphone=(), geolocation=(), payment=(), usb=(), browsing-topics=()"


def install(server: Flask) -> None:
    """Adds the headers to every answer, errors included."""
    server.after_request(_add)


def allow_inline(*scripts: str) -> None:
    """Lets this answer's own inline scripts run, by their hashes."""
    g.inline_hashes = tuple(hash_of(script) for script in scripts)


def hash_of(script: str) -> str:
    """The CSP source of an inline script."""
    return "'sha256-" + base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() + "'"


def _add(response: Response) -> Response:
    put = response.headers.setdefault
    put("Content-Security-Policy", _policy(g.get("inline_hashes", ())))
    put("X-Content-Type-Options", "nosniff")
    put("Referrer-Policy", "no-referrer" if "door" in g and g.door.token_in_address else "same-origin")
    put("Permissions-Policy", _PERMISSIONS)
    put("Cross-Origin-Opener-Policy", "same-origin")
    put("Cache-Control", "no-store")
    if settings().https:
        put("Strict-Transport-Security", "max-age=31536000")
    return response


def _policy(inline: tuple[str, ...]) -> str:
    # Styles: Dash and plotly set style attributes and elements of their own (measured: 17 or more break without).
    return "; ".join(
        (
            "default-src 'none'",
            " ".join(("script-src 'self'", *inline)),
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data:",
            "font-src 'self'",
            "connect-src 'self'",
            "form-action 'self'",
            "frame-ancestors 'none'",
            "base-uri 'none'",
        )
    )
