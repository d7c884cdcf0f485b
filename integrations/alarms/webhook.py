"""One signed POST to the install's alarm webhook. The address comes from the settings, never from a person's input.

The signature is of the kind that we ask of processors: `Settle-Signature: t=<unix seconds>,v1=<hex>`, where v1 is the
HMAC-SHA256 of `<t>.<body>` with ALARM_WEBHOOK_SECRET. A receiver compares in constant time, and refuses an old `t`.
"""

from __future__ import annotations

import hashlib
import hmac
import http.client
import ssl
from datetime import datetime
from urllib.parse import urlsplit

import certifi

PATIENCE = 5.0  # seconds for each of connecting, sending and reading the answer's head
SIGNATURE = "Settle-Signature"
CALL_ID = "Settle-Call-Id"  # the same for every repeat of one message


class CallFailed(Exception):
    """It was not taken: the receiver's status, or why there was none. Fit for a log."""


def signature(body: bytes, secret: str, at: datetime) -> str:
    """The signature's header for a body sent at this moment."""
    stamp = str(int(at.timestamp()))
    mac = hmac.new(secret.encode(), stamp.encode() + b"." + body, hashlib.sha256).hexdigest()
    return f"t={stamp},v1={mac}"


def post(url: str, body: bytes, *, secret: str, call_id: str, at: datetime) -> int:
    """Sends it once and returns the status, 200 to 299. A redirect is not followed. Raises CallFailed."""
    parts = urlsplit(url)
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "Settle",
        SIGNATURE: signature(body, secret, at),
        CALL_ID: call_id,
    }
    connection = _connection(parts.scheme, parts.hostname or "", parts.port)
    try:
        connection.request("POST", (parts.path or "/") + (f"?{parts.query}" if parts.query else ""), body, headers)
        status = connection.getresponse().status
    except (OSError, http.client.HTTPException) as problem:
        raise CallFailed(type(problem).__name__) from None
    finally:
        connection.close()
    if not 200 <= status <= 299:
        raise CallFailed(f"answered {status}")
    return status


def _connection(scheme: str, host: str, port: int | None) -> http.client.HTTPConnection:
    if scheme == "https":
        trust = ssl.create_default_context(cafile=certifi.where())
        return http.client.HTTPSConnection(host, port, timeout=PATIENCE, context=trust)
    return http.client.HTTPConnection(host, port, timeout=PATIENCE)
