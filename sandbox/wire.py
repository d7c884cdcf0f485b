"""Stripe's wire format: nested form parameters in, JSON and error objects out."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

Json = dict[str, Any]
# A parameter's type: a word, or a nested table. "!" behind a word marks it as required.
Spec = Mapping[str, "str | Spec"]

RANGE: Spec = {"gt": "int", "gte": "int", "lt": "int", "lte": "int"}
PAGE: Spec = {"limit": "int", "starting_after": "str", "ending_before": "str", "expand": "list"}
_KEY = re.compile(r"^([^\[\]]+)((?:\[[^\[\]]*\])*)$")


class Refusal(Exception):
    """An answer that is not 200. `fields` go into the error object; `stored` says whether a key remembers it."""

    def __init__(self, status: int, kind: str, message: str, *, code: str | None = None, **fields: Any) -> None:
        super().__init__(message)
        self.status = status
        error: Json = {"type": kind, "message": message}
        if code:
            error["code"] = code
            error["doc_url"] = f"https://stripe.com/docs/error-codes/{code.replace('_', '-')}"
        error.update({name: value for name, value in fields.items() if value is not None})
        self.body: Json = {"error": error}


def bad_request(message: str, code: str | None = None, param: str | None = None, **fields: Any) -> Refusal:
    """A 400 of Stripe's commonest kind."""
    return Refusal(400, "invalid_request_error", message, code=code, param=param, **fields)


def missing(kind: str, key: str, param: str = "id") -> Refusal:
    """A 404 for an object that this account does not have."""
    return Refusal(404, "invalid_request_error", f"No such {kind}: '{key}'", code="resource_missing", param=param)


def _as_lists(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    if value and all(key.isdigit() or key == "" for key in value):
        return [_as_lists(value[key]) for key in sorted(value, key=lambda k: int(k) if k else 0)]
    return {key: _as_lists(item) for key, item in value.items()}


def decode(text: str) -> Json:
    """`a[b]=1&c[0]=x` as {"a": {"b": "1"}, "c": ["x"]}. Raises Refusal on a name that is no parameter."""
    result: Json = {}
    for name, value in parse_qsl(text, keep_blank_values=True):
        match = _KEY.match(name)
        if not match:
            raise bad_request(f"Invalid parameter name: {name}", param=name)
        path = [match.group(1), *re.findall(r"\[([^\[\]]*)\]", match.group(2))]
        at: Any = result
        for step in path[:-1]:
            at = at.setdefault(step, {})
            if not isinstance(at, dict):
                raise bad_request(f"Invalid parameter: {name}", param=name)
        last = path[-1]
        at[last if last else str(len(at))] = value
    decoded: Json = {key: _as_lists(value) for key, value in result.items()}
    return decoded


def _leaf(value: Any, kind: str, name: str) -> Any:
    if kind == "map":
        if value == "":
            return {}
        if isinstance(value, dict) and all(isinstance(item, str) for item in value.values()):
            return value
        raise bad_request("Invalid object", param=name)
    if kind == "list":
        if isinstance(value, list) and all(isinstance(item, str) for item in value):
            return value
        raise bad_request("Invalid array", param=name)
    if not isinstance(value, str):
        raise bad_request(f"Invalid {kind}: {name}", param=name)
    if kind == "int":
        if not re.fullmatch(r"-?\d{1,15}", value):
            raise bad_request(f"Invalid integer: {value}", "parameter_invalid_integer", name)
        return int(value)
    if kind == "bool":
        if value not in ("true", "false"):
            raise bad_request(f"Invalid boolean: {value}", param=name)
        return value == "true"
    return value


def check(params: Mapping[str, Any], spec: Spec, prefix: str = "") -> Json:
    """The parameters, typed. Refuses an unknown, missing or malformed one as Stripe does."""
    result: Json = {}
    for name, value in params.items():
        full = f"{prefix}[{name}]" if prefix else name
        kind = spec.get(name)
        if kind is None:
            raise bad_request(f"Received unknown parameter: {full}", "parameter_unknown", full)
        if isinstance(kind, str):
            result[name] = _leaf(value, kind.rstrip("!"), full)
        elif isinstance(value, dict):
            result[name] = check(value, kind, full)
        elif kind is RANGE:
            result[name] = {"gte": _leaf(value, "int", full), "lte": _leaf(value, "int", full)}
        else:
            raise bad_request("Invalid object", param=full)
    for name, kind in spec.items():
        if isinstance(kind, str) and kind.endswith("!") and result.get(name) in (None, ""):
            full = f"{prefix}[{name}]" if prefix else name
            raise bad_request(f"Missing required param: {full}.", "parameter_missing", full)
    return result
