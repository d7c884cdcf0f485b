"""Checks what claims to be a callback's body: Dash itself answers a wrong shape with 500 and a trace in the log."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def output_of(body: Any, known: Mapping[str, Any]) -> str | None:
    """The id of the callback that the body is for, or None unless it has the shape that Dash's renderer sends.

    `known` is the app's callback map.
    """
    output = body.get("output") if isinstance(body, dict) else None
    if not isinstance(output, str) or output not in known:
        return None
    spec = known[output]
    fits = (
        _are_values(body.get("inputs", []), len(spec["inputs"]))
        and _are_values(body.get("state", []), len(spec["state"]))
        and _are_texts(body.get("changedPropIds", []))
        and (bool(spec.get("no_output")) or _are_outputs(output, body.get("outputs")))
    )
    return output if fits else None


def _are_values(given: Any, count: int) -> bool:
    return isinstance(given, list) and len(given) == count and all(_is_value(item) for item in given)


def _are_texts(given: Any) -> bool:
    return isinstance(given, list) and all(isinstance(item, str) for item in given)


def _are_outputs(output: str, given: Any) -> bool:
    if output.startswith(".."):
        count = len(output.strip(".").split("..."))
        return isinstance(given, list) and len(given) == count and all(_is_value(item) for item in given)
    if "{" in output:  # a pattern: one entry for each that matched
        return _is_value(given)
    return isinstance(given, dict) and _is_value(given)


def _is_value(item: Any) -> bool:
    if isinstance(item, list):
        return all(isinstance(one, dict) and _is_value(one) for one in item)
    return isinstance(item, dict) and isinstance(item.get("id"), str | dict) and isinstance(item.get("property"), str)
