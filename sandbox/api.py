"""What happens to every request: key, parameters, idempotency, faults, expansion."""

from __future__ import annotations

import hashlib
import json
import re
import secrets
from dataclasses import dataclass
from typing import Any

from sandbox import intents
from sandbox.endpoints import ENDPOINTS, TIMERS, Endpoint, account_id
from sandbox.wire import Json, Refusal, check, decode
from sandbox.world import World

_KEY = re.compile(r"^(?:sk|rk)_test_[A-Za-z0-9_]{1,200}$")


@dataclass(frozen=True)
class Ask:
    """A request as it came in."""

    method: str
    path: str
    sent: str  # the form or the query
    authorization: str = ""
    key: str | None = None

    def digest(self) -> str:
        """What makes two requests the same to an idempotency key."""
        parts = "&".join(sorted(self.sent.split("&")))
        return hashlib.sha256(f"{self.method} {self.path}?{parts}".encode()).hexdigest()


@dataclass
class Call:
    """An accepted request: whose it is and what it will do."""

    endpoint: Endpoint
    account: str
    params: Json
    ids: dict[str, str]
    digest: str
    claim: tuple[str, str] | None = None


def _find(method: str, path: str) -> tuple[Endpoint, dict[str, str]]:
    for endpoint in ENDPOINTS:
        if endpoint.method == method and (match := endpoint.pattern.match(path)):
            return endpoint, match.groupdict()
    raise Refusal(404, "invalid_request_error", f"Unrecognized request URL ({method}: {path}).", code=None, param=None)


def _authorise(header: str) -> str:
    kind, _, secret = header.partition(" ")
    if kind != "Bearer" or not _KEY.match(secret):
        raise Refusal(401, "invalid_request_error", "Invalid API Key provided.")
    return account_id(secret)


def _expand(world: World, account: str, body: Json, paths: list[str]) -> Json:
    body = json.loads(json.dumps(body)) if paths else body
    for path in paths:
        steps = path.split(".")
        if steps[0] == "data" and body.get("object") == "list":  # each row of a list
            for row in body["data"]:
                _expand_at(world, account, row, steps[1:], path)
        else:
            _expand_at(world, account, body, steps, path)
    return body


def _expand_at(world: World, account: str, at: Any, steps: list[str], path: str) -> None:
    for step in steps:
        value = at.get(step) if isinstance(at, dict) else None
        if isinstance(value, str) and (thing := world.store.get(value, account=account)):
            at[step] = thing.body
        if not isinstance(at, dict) or step not in at:
            raise Refusal(400, "invalid_request_error", f"This property cannot be expanded ({path}).", param="expand")
        at = at[step]


@dataclass
class Answer:
    """What goes back. `hang` holds it up, `fault` spoils it."""

    status: int
    body: Json
    replayed: bool = False
    hang: bool = False
    fault: str | None = None
    request_id: str = ""


def serve(world: World, ask: Ask) -> Answer:
    """One request. Whatever goes wrong is an answer in Stripe's error format."""
    world.fire(TIMERS)
    answer = _serve(world, ask)
    answer.request_id = f"req_{secrets.token_hex(7)}"
    return answer


def _accept(ask: Ask) -> Call:
    account = _authorise(ask.authorization)
    endpoint, ids = _find(ask.method, ask.path)
    return Call(endpoint, account, check(decode(ask.sent), endpoint.spec), ids, ask.digest())


def _serve(world: World, ask: Ask) -> Answer:
    try:
        call = _accept(ask)  # refused here, nothing is remembered: the endpoint did not begin
    except Refusal as refusal:
        return Answer(refusal.status, refusal.body)
    if ask.key and ask.method == "POST":
        call.claim = (call.account, ask.key)
        if replay := _claim(world, call.claim, call.digest):
            return replay
    try:
        if world.latency_ms:
            world.stopping.wait(world.latency_ms / 1000)
        return _run(world, call, world.fault_for(ask.path))
    finally:
        if call.claim:
            with world.store.lock:
                world.in_flight.discard(call.claim)


def _claim(world: World, claim: tuple[str, str], digest: str) -> Answer | None:
    """The remembered answer to this key, or None and the key is ours. Keys are pruned after 24 hours."""
    with world.store.lock:
        found = world.store.rows(
            "SELECT asked, status, body FROM answered WHERE account = ? AND key = ? AND created >= ?",
            *claim,
            world.now() - 86400,
        )
        if found:
            if found[0][0] != digest:
                message = (
                    "Keys for idempotent requests can only be used with the same parameters they were first used with. "
                    f"Try using a key other than '{claim[1]}' if you meant to execute a different request."
                )
                return Answer(400, Refusal(400, "idempotency_error", message).body)
            return Answer(found[0][1], json.loads(found[0][2]), replayed=True)
        if claim in world.in_flight:
            message = "There is currently another in-progress request using this idempotency key."
            return Answer(409, Refusal(409, "idempotency_error", message, code="idempotency_key_in_use").body)
        world.in_flight.add(claim)
    return None


_BEFORE = {
    "http_500": (500, Refusal(500, "api_error", "An unknown error occurred.").body),
    "down": (503, Refusal(503, "api_error", "The service is unavailable.").body),
    "rate_limit": (429, Refusal(429, "invalid_request_error", "Too many requests.", code="rate_limit").body),
    "timeout_before": (504, {}),
    "hang": (504, {}),
}


def _run(world: World, call: Call, fault: str | None) -> Answer:
    """Executes once and remembers the answer, whatever it is. A fault before leaves nothing done."""
    if fault in _BEFORE:
        status, body = _BEFORE[fault]
        answer = Answer(status, body, hang=status == 504)
        if fault == "http_500":
            _remember(world, call, answer)
        return answer
    try:
        with world.store.work():
            answer = _execute(world, call)
            if fault == "http_500_after":
                answer.status, answer.body = _BEFORE["http_500"]
            if answer.body:  # a hang that did nothing leaves nothing to remember
                _remember(world, call, answer)
    except Refusal as refusal:  # everything this request did is undone, its answer is kept
        answer = Answer(refusal.status, refusal.body)
        _remember(world, call, answer)
    answer.fault = fault
    answer.hang = answer.hang or fault == "timeout_after"
    return answer


def _execute(world: World, call: Call) -> Answer:
    expand = call.params.pop("expand", [])
    try:
        body = call.endpoint.handler(world, call.account, call.params, **call.ids)
        return Answer(200, _expand(world, call.account, body, expand))
    except intents.Hang as hang:
        return Answer(200, hang.body or {}, hang=True)
    except Refusal as refusal:
        if refusal.status != 402:
            raise
        return Answer(402, refusal.body)  # a decline is kept: the intent and its failed charge


def _remember(world: World, call: Call, answer: Answer) -> None:
    if call.claim:
        world.store.rows(
            "INSERT OR REPLACE INTO answered (account, key, asked, status, body, created) VALUES (?,?,?,?,?,?)",
            *call.claim,
            call.digest,
            answer.status,
            json.dumps(answer.body),
            world.now(),
        )
