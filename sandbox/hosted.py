"""The processor's own pages: add a card or bank account, confirm at the bank, verify micro-deposits.

Plain HTML without JavaScript. Only the published test numbers are accepted; what else is typed is neither stored nor
logged nor shown again.
"""

from __future__ import annotations

import re
from urllib.parse import urlencode, urlsplit, urlunsplit

from flask import Blueprint, Response, abort, current_app, redirect, render_template, request
from werkzeug.wrappers import Response as BaseResponse

from sandbox import banks, cards, checkout, intents, methods
from sandbox.endpoints import TIMERS
from sandbox.store import Thing
from sandbox.world import World

pages = Blueprint("hosted", __name__, template_folder="templates")
_SEE_OTHER = 303
_ZERO = frozenset("bif clp djf gnf jpy kmf krw mga pyg rwf ugx vnd vuv xaf xof xpf".split())
_THREE = frozenset("bhd iqd jod kwd lyd omr tnd".split())


def _world() -> World:
    world: World = current_app.extensions["sandbox"]
    world.fire(TIMERS)
    return world


def _thing(world: World, kind: str, key: str) -> Thing:
    thing = world.store.get(key, kind=kind)
    if thing is None:
        abort(404)
    return thing


def _success(session: Thing) -> BaseResponse:
    url = session.body["success_url"].replace("{CHECKOUT_SESSION_ID}", session.id)
    return redirect(url, _SEE_OTHER)


@pages.get("/checkout/<key>")
def show_checkout(key: str) -> str | tuple[str, int]:
    """The form for a card and, when the session allows it, a bank account."""
    return _page(_thing(_world(), "checkout.session", key))


def _page(session: Thing, wrong: dict[str, str] | None = None) -> str | tuple[str, int]:
    kinds = session.body["payment_method_types"]
    text = render_template(
        "checkout.html",
        session=session.body,
        cards=cards.CARDS if "card" in kinds else (),
        banks=banks.BANKS if "us_bank_account" in kinds else (),
        routing=banks.ROUTING,
        wrong=wrong or {},
    )
    return (text, 422) if wrong else text


@pages.post("/checkout/<key>")
def submit_checkout(key: str) -> BaseResponse | str | tuple[str, int]:
    """Saves the method and goes back. The same form sent twice ends in the same place."""
    world = _world()
    session = _thing(world, "checkout.session", key)
    if session.body["status"] == "complete":
        return _success(session)
    if session.body["status"] != "open":
        return _page(session)
    what, wrong = _given(session.body["payment_method_types"])
    if what is None:
        return _page(session, wrong)
    with world.store.work():
        session = _thing(world, "checkout.session", key)
        checkout.finish(world, session, what, request.form.get("name", "")[:100] or None)
    return _success(session)


def _given(kinds: list[str]) -> tuple[cards.Card | banks.BankAccount | None, dict[str, str]]:
    """What the form names, or what is wrong with it, by field."""
    number = re.sub(r"[ -]", "", request.form.get("number", ""))
    if request.form.get("kind") == "bank":
        bank = banks.BY_NUMBER.get(number) if "us_bank_account" in kinds else None
        if bank is None:
            return None, {"account": "Only the test accounts listed below work here, for example 000123456789."}
        if re.sub(r"[ -]", "", request.form.get("routing", "")) != banks.ROUTING:
            return None, {"routing": f"The test routing number is {banks.ROUTING}."}
        return bank, {}
    card = cards.BY_NUMBER.get(number) if "card" in kinds else None
    if card is None:
        return None, {
            "number": "Only the test numbers listed below work here, for example 4242 4242 4242 4242. Never enter a "
            "real card. What you typed was not kept."
        }
    expiry = request.form.get("expiry", "").strip()
    if expiry and not re.fullmatch(r"(0?[1-9]|1[0-2]) ?/ ?(\d{2}|\d{4})", expiry):
        return None, {"expiry": "Write the expiry as month and year, for example 12 / 34."}
    return card, {}


def _amount(minor: int, currency: str) -> str:
    """Major units, as https://docs.stripe.com/currencies counts them, without rounding."""
    places = 0 if currency in _ZERO else 3 if currency in _THREE else 2
    digits = str(minor).rjust(places + 1, "0")
    whole = f"{int(digits[: len(digits) - places]):,}"
    return f"{whole}.{digits[-places:]} {currency.upper()}" if places else f"{whole} {currency.upper()}"


@pages.get("/authenticate/<key>")
def show_authenticate(key: str) -> str:
    """The bank's page: approve or refuse."""
    intent = _thing(_world(), "payment_intent", key).body
    return render_template("authenticate.html", intent=intent, amount=_amount(intent["amount"], intent["currency"]))


@pages.post("/authenticate/<key>")
def submit_authenticate(key: str) -> BaseResponse:
    """Records the answer and goes back to the shop."""
    world = _world()
    with world.store.work():
        intent = _thing(world, "payment_intent", key)
        intents.answer_bank(world, intent, request.form.get("answer") == "approve")
    back = intent.hidden.get("return_url")
    if not back:
        abort(404)
    parts = urlsplit(back)
    query = "&".join(filter(None, [parts.query, urlencode({"payment_intent": intent.id})]))
    return redirect(urlunsplit(parts._replace(query=query)), _SEE_OTHER)


@pages.get("/verify/<key>")
def show_verify(key: str) -> str:
    """Asks for the two micro-deposits."""
    return render_template("verify.html", setup=_thing(_world(), "setup_intent", key).body, wrong=False)


@pages.post("/verify/<key>")
def submit_verify(key: str) -> str | tuple[str, int]:
    """Checks them."""
    world = _world()
    given = tuple(int(text) for name in ("first", "second") if (text := request.form.get(name, "").strip()).isdigit())
    with world.store.work():
        setup = _thing(world, "setup_intent", key)
        if not setup.body["payment_method"] and not setup.body["last_setup_error"]:
            abort(404)
        right = bool(setup.body["payment_method"]) and methods.verify(world, setup, given)
    text = render_template("verify.html", setup=setup.body, wrong=not right)
    return text if right else (text, 422)


@pages.after_request
def _close_up(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response
