"""`POST /sandbox/control`: the day, faults, latency, webhooks, and what a method does next."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sandbox import banks, disputes, refunds
from sandbox.cards import BEHAVIOURS
from sandbox.endpoints import TIMERS
from sandbox.store import Thing
from sandbox.wire import Json, bad_request
from sandbox.world import Fault, World

MODES = (
    "timeout_before",
    "timeout_after",
    "http_500",
    "http_500_after",
    "garbage",
    "dribble",
    "down",
    "hang",
    "rate_limit",
    "wrong_amount",
)


def _day(world: World, wish: Json) -> None:
    if "now" in wish:
        if wish["now"] is None:
            world.set_day()
        else:
            at = datetime.fromisoformat(wish["now"])
            if at.tzinfo is None:
                raise bad_request("`now` needs a time zone, for example 2026-11-23T09:00:00+00:00", param="now")
            world.set_day(standing=at.astimezone(UTC).timestamp())
    if "offset_seconds" in wish:
        world.set_day(offset=float(wish["offset_seconds"]))
    if "advance_days" in wish:
        world.advance(float(wish["advance_days"]))


def _faults(world: World, wish: Json) -> None:
    if wish.get("clear"):
        world.faults.clear()
        world.latency_ms, world.repeat, world.shuffle, world.paused = 0, 1, False, False
    if "latency_ms" in wish:
        world.latency_ms = int(wish["latency_ms"])
    if "patience_seconds" in wish:
        world.patience = float(wish["patience_seconds"])
    fault: Any = wish.get("fault")
    if fault:
        if fault.get("mode") not in MODES:
            raise bad_request(f"fault.mode is one of {', '.join(MODES)}", param="fault")
        world.faults.append(Fault(fault["mode"], fault.get("path", "/v1/"), fault.get("ends", ""), fault.get("times")))
    elif "fault" in wish:
        world.faults.clear()


def _webhooks(world: World, wish: Json) -> None:
    hooks = wish.get("webhooks", {})
    world.repeat = int(hooks.get("repeat", world.repeat))
    world.shuffle = bool(hooks.get("shuffle", world.shuffle))
    world.paused = bool(hooks.get("paused", world.paused))
    world.news.set()


def _behaviour(world: World, wish: Json) -> None:
    for script in wish.get("behave", []):
        steps = script["as"] if isinstance(script["as"], list) else [script["as"]]
        steps = [] if steps == ["own"] else steps
        for step in steps:
            if step not in BEHAVIOURS and step not in banks.BY_NAME:
                raise bad_request(f"“{step}” is no behaviour: {', '.join(sorted(BEHAVIOURS))}", param="behave")
        times = script.get("times")
        world.plan(script["method"], steps * times if times else steps, repeat_last=not times and len(steps) == 1)


def _back(world: World, wish: Json) -> None:
    """What happens to charges afterwards; a charge may be named by its intent."""
    for word, command in (("disputes", disputes.command), ("refunds", refunds.command)):
        for one in wish.get(word, []):
            command(world, _charge(world, one.get("charge", "")), one)


def _charge(world: World, key: str) -> Thing | None:
    intent = world.store.get(key, kind="payment_intent")
    return world.store.get(intent.body["latest_charge"] or "" if intent else key, kind="charge")


_KNOWN = frozenset(
    "now offset_seconds advance_days clear latency_ms patience_seconds fault webhooks behave disputes refunds".split()
)


def apply(world: World, wish: Json) -> Json:
    """Does what the wish says and answers the state; unknown words are refused."""
    if unknown := sorted(set(wish) - _KNOWN):
        raise bad_request(f"Unknown: {', '.join(unknown)}. Known: {', '.join(sorted(_KNOWN))}", param=unknown[0])
    with world.store.work():
        _day(world, wish)
        _faults(world, wish)
        _webhooks(world, wish)
        _behaviour(world, wish)
        _back(world, wish)
    fired = world.fire(TIMERS)
    return {**state(world), "fired": fired}


def state(world: World) -> Json:
    """What is set, and how much there is."""
    count = dict(world.store.rows("SELECT kind, COUNT(*) FROM thing GROUP BY kind"))
    return {
        "now": world.moment().isoformat(),
        "latency_ms": world.latency_ms,
        "faults": [vars(fault) for fault in world.faults],
        "webhooks": {"repeat": world.repeat, "shuffle": world.shuffle, "paused": world.paused},
        "undelivered": world.store.rows("SELECT COUNT(*) FROM delivery")[0][0],
        "timers": world.store.rows("SELECT COUNT(*) FROM timer")[0][0],
        "accounts": [row[0] for row in world.store.rows("SELECT DISTINCT account FROM thing ORDER BY account")],
        "count": count,
    }


def all_charges(world: World) -> list[Json]:
    """Every charge of every account, oldest first: the independent truth."""
    return [
        {
            "account": charge.account,
            "id": charge.id,
            "intent": charge.body["payment_intent"],
            "amount": charge.body["amount"],
            "amount_refunded": charge.body["amount_refunded"],
            "currency": charge.body["currency"],
            "customer": charge.body["customer"],
            "payment_method": charge.body["payment_method"],
            "status": charge.body["status"],
            "disputed": charge.body["disputed"],
            "failure_code": charge.body["failure_code"],
            "created": charge.body["created"],
            "metadata": charge.body["metadata"],
        }
        for charge in world.store.every("charge")
    ]
