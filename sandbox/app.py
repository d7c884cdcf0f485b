"""The WSGI app: Stripe's `/v1/…`, the hosted pages, and the sandbox's own `/sandbox/…`."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from flask import Flask, Response, request

from sandbox import banks, cards, control, hosted, webhooks
from sandbox.api import Answer, Ask, serve
from sandbox.store import Store
from sandbox.wire import Refusal
from sandbox.world import API_VERSION, World

EXTENSION = "sandbox"


def world_of(app: Flask) -> World:
    """The world behind an app that `create_app` made."""
    world: World = app.extensions[EXTENSION]
    return world


def create_app(store: str | Path, *, public_url: str, deliver: bool = True, fast: bool = False) -> Flask:
    """The sandbox over a SQLite file (or `:memory:`).

    `public_url` is where browsers reach the hosted pages. `deliver` starts the webhook thread. `fast` is for use in
    process: no fsync, and nobody is held up.
    """
    world = World(Store(store, fast=fast), public_url.rstrip("/"), patience=0.0 if fast else 30.0)
    app = Flask(__name__)
    app.extensions[EXTENSION] = world
    app.add_url_rule("/v1/<path:path>", "api", _api, methods=["GET", "POST", "DELETE", "PUT", "PATCH"])
    app.add_url_rule("/sandbox/control", "control", _control, methods=["POST"])
    app.add_url_rule("/sandbox/state.json", "state", lambda: control.state(_world()))
    app.add_url_rule("/sandbox/charges.json", "charges", lambda: control.all_charges(_world()))
    app.add_url_rule("/sandbox/cards.json", "cards", cards_table)
    app.register_blueprint(hosted.pages)
    if deliver:
        webhooks.start(world, world.news)
    return app


def _world() -> World:
    from flask import current_app

    return world_of(current_app)


def cards_table() -> dict[str, Any]:
    """The test cards and bank accounts with what each does."""
    return {
        "cards": [
            {
                "name": card.name,
                "number": card.number,
                "brand": card.brand,
                "does": card.does,
                "token": card.token,
                "published": card.published,
            }
            for card in cards.CARDS
        ],
        "banks": [
            {
                "name": bank.name,
                "routing_number": banks.ROUTING,
                "number": bank.number,
                "does": bank.does,
                "token": bank.token,
                "published": bank.published,
            }
            for bank in banks.BANKS
        ],
    }


def _control() -> tuple[dict[str, Any], int]:
    try:
        return control.apply(_world(), request.get_json(force=True)), 200
    except Refusal as refusal:
        return refusal.body, refusal.status


def _api(path: str) -> Response:
    world = _world()
    sent = request.get_data(as_text=True) if request.method == "POST" else request.query_string.decode()
    headers = request.headers
    ask = Ask(request.method, f"/v1/{path}", sent, headers.get("Authorization", ""), headers.get("Idempotency-Key"))
    return _respond(world, serve(world, ask))


def written(answer: Answer) -> tuple[str, int, dict[str, str]]:
    """An answer as it goes over the wire: text, status, headers; spoiled as its fault says."""
    body = dict(answer.body)
    if answer.fault == "wrong_amount" and "amount" in body:
        body["amount"] += 1
    headers = {"request-id": answer.request_id, "Stripe-Version": API_VERSION}
    if answer.replayed:
        headers["Idempotent-Replayed"] = "true"
    text = "<html>Bad gateway: {" if answer.fault == "garbage" else json.dumps(body)
    return text, answer.status, headers


def _respond(world: World, answer: Answer) -> Response:
    if answer.hang:
        world.hang()
        return Response(status=504)
    text, status, headers = written(answer)
    if answer.fault == "dribble":
        headers["Content-Length"] = str(len(text.encode()))
        return Response(_dribble(text.encode(), world.stopping), status, headers, mimetype="application/json")
    mimetype = "text/html" if answer.fault == "garbage" else "application/json"
    return Response(text, status=status, headers=headers, mimetype=mimetype)


def _dribble(text: bytes, stopping: threading.Event) -> Iterator[bytes]:
    for at in range(len(text)):
        yield text[at : at + 1]
        if stopping.wait(1.0):
            return
