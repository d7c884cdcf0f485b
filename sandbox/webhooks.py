"""Webhook endpoints, and the thread that delivers signed events to them.

Signature: https://docs.stripe.com/webhooks#verify-manually (HMAC-SHA256 over `timestamp.body`).
"""

from __future__ import annotations

import hashlib
import hmac
import json
import random
import secrets
import threading
import time
import urllib.error
import urllib.request

from sandbox.wire import Json, bad_request
from sandbox.world import World

_TRIES = 12


def create(world: World, account: str, params: Json) -> Json:
    """POST /v1/webhook_endpoints. The secret is shown only here, as at Stripe."""
    if not params["url"].startswith(("http://", "https://")):
        raise bad_request("Invalid URL: An explicit scheme (such as https) must be provided.", "url_invalid", "url")
    if not params.get("enabled_events"):
        raise bad_request("Missing required param: enabled_events.", "parameter_missing", "enabled_events")
    secret = f"whsec_{secrets.token_hex(16)}"
    body = {
        "api_version": params.get("api_version"),
        "application": None,
        "description": params.get("description"),
        "enabled_events": params["enabled_events"],
        "metadata": params.get("metadata", {}),
        "status": "enabled",
        "url": params["url"],
    }
    endpoint = world.make("webhook_endpoint", "we", account, body, hidden={"secret": secret})
    return {**endpoint.body, "secret": secret}


def listed(world: World, account: str, params: Json) -> Json:
    """GET /v1/webhook_endpoints."""
    return {**world.store.page("webhook_endpoint", account, params, {}, []), "url": "/v1/webhook_endpoints"}


def delete(world: World, account: str, _params: Json, key: str) -> Json:
    """DELETE /v1/webhook_endpoints/{id}."""
    endpoint = world.need("webhook_endpoint", key, account)
    world.store.remove(endpoint.id)
    return {"id": endpoint.id, "object": "webhook_endpoint", "deleted": True}


def sign(body: str, secret: str, at: int) -> str:
    """The Stripe-Signature header."""
    mac = hmac.new(secret.encode(), f"{at}.{body}".encode(), hashlib.sha256).hexdigest()
    return f"t={at},v1={mac}"


def deliver_due(world: World) -> int:
    """Sends what is due and answers how many were taken. A failure comes again later, as from Stripe."""
    if world.paused:
        return 0
    due = world.store.rows("SELECT seq, event, endpoint, tries FROM delivery WHERE due <= ? ORDER BY seq", time.time())
    if world.shuffle:
        random.shuffle(due)
    for seq, event_id, endpoint_id, tries in due:
        event, endpoint = world.store.get(event_id), world.store.get(endpoint_id)
        ok = (
            event is None
            or endpoint is None
            or _send(world, endpoint.body["url"], endpoint.hidden["secret"], event.body)
        )
        if ok or tries + 1 >= _TRIES:
            world.store.rows("DELETE FROM delivery WHERE seq = ?", seq)
        else:
            again = time.time() + min(60.0, 2.0**tries)
            world.store.rows("UPDATE delivery SET due = ?, tries = tries + 1 WHERE seq = ?", again, seq)
        if world.stopping.is_set():
            break
    return len(due)


def _send(world: World, url: str, secret: str, event: Json) -> bool:
    body = json.dumps(event)
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "Stripe-Signature": sign(body, secret, world.now()),
        "User-Agent": "Stripe/1.0 (sandbox)",
    }
    request = urllib.request.Request(url, body.encode(), headers, method="POST")  # noqa: S310 - http(s) only
    try:
        with urllib.request.urlopen(request, timeout=5) as response:  # noqa: S310 - http(s) only
            return bool(200 <= response.status < 300)
    except (OSError, ValueError):
        return False


def start(world: World, tick: threading.Event) -> threading.Thread:
    """Starts the delivering thread; it also lets the day's timers go off. Ends with the world."""
    from sandbox.endpoints import TIMERS

    def run() -> None:
        while not world.stopping.is_set():
            world.fire(TIMERS)
            if not deliver_due(world):
                tick.wait(0.2)
                tick.clear()

    thread = threading.Thread(target=run, name="sandbox-webhooks", daemon=True)
    thread.start()
    return thread
