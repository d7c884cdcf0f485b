"""The one guard: every path is closed until a row of the route table or a view's `@door` opens it for its audience."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import SplitResult, parse_qsl, urlencode, urlsplit
from uuid import UUID

from flask import Flask, Request, Response, abort, current_app, g, jsonify, redirect, request
from flask.typing import ResponseReturnValue
from flask_login import LoginManager
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from dashboard import bodies, callbacks, cookies, moved, refusals, routes
from dashboard.door import Door, door_of
from dashboard.language import speak_to
from dashboard.request_log import know_merchant
from dashboard.viewer import Place, viewer
from domain.accounts import sessions
from domain.accounts.prove import is_proved
from domain.accounts.viewer import Audience, Role, Viewer
from kit.clock import utc_now
from kit.config import settings
from kit.ids import as_uuid

PAGE_HEADER = "X-Settle-Page"  # assets/door.js puts the page's path and query on every Dash request
SIGN_IN_HEADER = "X-Settle-Sign-In"
ROUTER_OUTPUT = "page.children"
_INDEX = ("/", "/<path:path>")
_DATA = ("/_dash-layout", "/_dash-dependencies", "/_dash-update-component")
_LOOK = re.compile(r"/merchant/[^/]+/customers/([0-9a-fA-F-]{36})/portal(?:/|$)")
_LOOKS = ("see_as.begin", "see_as.stop")
_SAFE_NEXT = re.compile(r"/[A-Za-z0-9_\-/]*(?:\?[A-Za-z0-9_\-.~%=&+]*)?")


def install(server: Flask) -> None:
    """Puts the guard before everything that follows."""
    login = LoginManager()
    login.session_protection = None  # sessions are rows of ours, revocable; flask-login only carries the person
    login.request_loader(_load)
    login.init_app(server)
    server.before_request(_guard)


def _load(asking: Request) -> Viewer | None:
    """The person whose session fits the path: another merchant's session counts as none."""
    path, slug = _asked(asking)
    heads = {"p": Audience.CUSTOMER, "merchant": Audience.STAFF, "operations": Audience.OPERATOR}
    audience = heads.get(path.strip("/").partition("/")[0])
    token = asking.cookies.get(cookies.name_of(audience)) if audience else None
    if audience is None or not token:
        return None
    seen, touch = _seen(asking, path), not _on_its_own(asking)
    return sessions.load(token, audience=audience, now=utc_now(), slug=slug or None, seen=seen, touch=touch)


def _on_its_own(asking: Request) -> bool:
    """Whether a page that is left open asks, and no person: that keeps nobody signed in."""
    if asking.method != "POST" or asking.path != "/_dash-update-component":
        return False
    try:
        body = asking.get_json(silent=True)
    except RecursionError:
        return False
    return isinstance(body, dict) and callbacks.is_passive(body.get("output"))


def _seen(asking: Request, path: str) -> UUID | None:
    """The customer as whom somebody of the team sees the portal at this address, unless they begin or end it."""
    found = _LOOK.match(path)
    pressed = asking.endpoint in _LOOKS and asking.method == "POST"
    return as_uuid(found.group(1)) if found and not pressed else None


def _asked(asking: Request) -> tuple[str, str]:
    """The page that a request is about (its own path; Dash's requests name the page they came from) and its slug."""
    path = _split(asking.headers.get(PAGE_HEADER, "")).path if asking.path in _DATA else asking.path
    hit = routes.match(path)
    return path, str((hit[1] if hit else asking.view_args or {}).get("slug", ""))


def _is_of(person: Viewer, slug: str) -> bool:
    return person.merchant is not None and person.merchant.slug == slug


def _guard() -> ResponseReturnValue | None:
    speak_to(None)
    if request.endpoint is None:
        return _nowhere()
    if "\x00" in request.path:
        abort(404)  # no address of ours holds one, and PostgreSQL would not even compare it
    _refuse_foreign_post()
    doors = {**dict.fromkeys(_DATA, _dash_request), **dict.fromkeys(_INDEX, _page)}
    refused = doors.get(request.endpoint, _view)()
    behind_a_door = "place" in g or ("door" in g and g.door.audience is not Audience.PUBLIC)
    person = viewer() if refused is None and behind_a_door else None
    if person and person.merchant:
        speak_to(person.merchant, person)
        know_merchant()
    return refused


def _nowhere() -> ResponseReturnValue | None:
    """Flask answers; but a wrong method on an unknown address is an unknown address."""
    problem = request.routing_exception
    if not isinstance(problem, MethodNotAllowed):
        return None
    if not is_page(request.path):
        abort(404)
    person = viewer()
    if person is not None and person.read_only:
        raise refusals.only_looking()
    return None


def _refuse_foreign_post() -> None:
    """Refuses what another site sends. `Origin: null` counts as absent: privacy tools send it; the token decides."""
    door = door_of(current_app.view_functions.get(str(request.endpoint)))
    if request.method in ("GET", "HEAD", "OPTIONS") or (door and door.machine):
        return
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        abort(400)
    if request.headers.get("Origin", "null") not in ("null", settings().public_url, request.host_url.rstrip("/")):
        abort(400)


def _view() -> ResponseReturnValue | None:
    door = door_of(current_app.view_functions.get(str(request.endpoint)))
    if door is None:
        abort(404)
    g.door = door
    if door.max_bytes:
        request.max_content_length = door.max_bytes
    slug = str((request.view_args or {}).get("slug", ""))
    if not _admits(door.audience, slug):
        return _not_admitted(door.audience, slug)
    _refuse_beyond_role(door.audience, slug, door.needs(request.method))
    if not door.machine and any("\x00" in text for given in _typed() for texts in given.listvalues() for text in texts):
        abort(400)  # nobody types one, and PostgreSQL would not keep it
    return _to_proof(door.audience, slug) if door.proof and not _is_proved() else None


def _typed() -> tuple[MultiDict[str, str], MultiDict[str, str]]:
    return request.args, request.form


def _is_proved() -> bool:
    person = viewer()
    return person is not None and is_proved(person, utc_now(), opened=request.method == "GET")


def _page() -> ResponseReturnValue | None:
    found = _place(request.path, request.query_string.decode("latin-1"))
    if found is None:
        bare = request.path.rstrip("/")
        if bare != request.path and bare and is_page(bare):
            query = request.query_string.decode("latin-1")
            return redirect(bare + (f"?{query}" if query else ""), 308)
        abort(404)
    if not _admits(found.route.audience, found.slug):
        return _not_admitted(found.route.audience, found.slug)
    _refuse_beyond_role(found.route.audience, found.slug, found.route.role)
    if not routes.is_there(found.route, viewer(), found.ids):
        return refusals.look_is_over(found.route, found.ids) or abort(404)
    g.place = found
    return None


def _refuse_beyond_role(audience: Audience, slug: str, needed: Role) -> None:
    """A merchant's person with too small a role gets 403; so does somebody who only looks and sends a form."""
    person = viewer()
    if audience is Audience.PUBLIC or person is None:
        return
    if person.read_only and request.method not in ("GET", "HEAD", "OPTIONS"):
        raise refusals.only_looking()
    _refuse_small_role(audience, slug, needed)


def _refuse_small_role(audience: Audience, slug: str, needed: Role) -> None:
    person = viewer()
    if audience is Audience.STAFF and slug and person is not None and not person.may(needed):
        raise refusals.small_role(person, needed)


def _dash_request() -> ResponseReturnValue | None:
    """Dash does not say which page it asks for; door.js does, and it must fit the session and the callback."""
    asked = _split(request.headers.get(PAGE_HEADER, ""))
    found = _place(asked.path, asked.query)
    if found is None:
        return _unauthorised(None, "")
    if not _admits(found.route.audience, found.slug):
        return _unauthorised(found.route.audience, found.slug)
    _refuse_small_role(found.route.audience, found.slug, found.route.role)
    if request.method == "POST":
        output = _checked_body()
        if output != ROUTER_OUTPUT and callbacks.audience_of(output) is not found.route.audience:
            return _unauthorised(found.route.audience, found.slug)
        if not routes.is_there(found.route, viewer(), found.ids):
            abort(404)
    g.place = found
    return None


def _place(path: str, query: str) -> Place | None:
    hit = routes.match(path)
    if hit is None:
        return None
    route, ids = hit
    slug = str(ids.pop("slug", ""))
    given = _given(query)
    return Place(route, slug, ids, {key: given[key] for key in route.query if key in given}, path)


def _given(query: str) -> dict[str, str]:
    """What a query says, without NULs, which PostgreSQL refuses; one that is longer than any of ours says nothing."""
    try:
        said = parse_qsl(query, max_num_fields=50) if len(query) < 4000 else []
    except ValueError:
        return {}
    return {name: text.replace("\x00", "") for name, text in said}  # a filter stays one: without it, all would be found


def _split(address: str) -> SplitResult:
    """The parts of an address that the browser claims; of what is none (`http://[`), nothing."""
    try:
        return urlsplit(address)
    except ValueError:
        return urlsplit("")


def _admits(audience: Audience, slug: str) -> bool:
    if audience is Audience.PUBLIC:
        return True
    person = viewer()
    if person is None:
        return False
    if audience is Audience.OPERATOR:
        return person.operator
    return person.audience is audience and (not slug or _is_of(person, slug))


def _checked_body() -> str:
    try:
        body = request.get_json()
    except RecursionError:
        abort(400)
    output = bodies.output_of(body, current_app.extensions["settle_dash"].callback_map)
    return output or abort(400)


def _not_admitted(audience: Audience, slug: str) -> ResponseReturnValue:
    """The way on from an old portal address, else to sign in; who is signed in for other merchants learns where they
    work instead."""
    if slug and (onwards := moved.leads_on()) is not None:
        return onwards
    elsewhere = refusals.at_another_desk() if audience is Audience.STAFF and slug else None
    return elsewhere or _to_sign_in(audience, slug)


def _to_sign_in(audience: Audience, slug: str) -> ResponseReturnValue:
    return redirect(sign_in_url(audience, slug, _here()), 303)


def _to_proof(audience: Audience, slug: str) -> ResponseReturnValue:
    return redirect(routes.proof_of(audience, slug) + _query_for(safe_next(_here(), audience, slug)), 303)


def _here() -> str:
    """The page that somebody wants, or whose form was sent."""
    return request.full_path.rstrip("?") if request.method in ("GET", "HEAD") else _split(request.referrer or "").path


def _unauthorised(audience: Audience | None, slug: str) -> Response:
    response = jsonify(error="sign in")
    response.status_code = 401
    if audience is not None:
        here = request.headers.get(PAGE_HEADER, "")
        response.headers[SIGN_IN_HEADER] = (slug and moved.moved(here)) or sign_in_url(audience, slug, here)
    return response


def sign_in_url(audience: Audience, slug: str, back: str) -> str:
    """The sign-in page, with the way back when that is a page of ours."""
    return routes.sign_in_of(audience, slug) + _query_for(safe_next(back, audience, slug))


def _query_for(wanted: str | None) -> str:
    return "?" + urlencode({"next": wanted}, safe="/") if wanted else ""


def safe_next(back: str | None, audience: Audience, slug: str) -> str | None:
    """`back` if it is a page of ours for this audience and merchant, else None: never an open redirect."""
    if not back or not _SAFE_NEXT.fullmatch(back) or "//" in back:
        return None
    path = urlsplit(back).path
    hit = routes.match(path)
    if hit is not None:
        fits = hit[0].audience is audience and str(hit[1].get("slug", slug)) == slug
        return back if fits or (hit[0].audience is audience and not slug) else None
    door, ids = _view_at(path)
    fits = door is not None and door.audience is audience and (not slug or str(ids.get("slug", slug)) == slug)
    return back if fits else None


def _view_at(path: str) -> tuple[Door | None, dict[str, Any]]:
    try:
        endpoint, ids = current_app.url_map.bind("").match(path, method="GET")
    except HTTPException:
        return None, {}
    return door_of(current_app.view_functions.get(endpoint)), dict(ids)


def is_page(path: str) -> bool:
    """Whether an address is a page of ours, whoever it is for."""
    return routes.match(path) is not None or _view_at(path)[0] is not None
