"""The overview for a program, and whether somebody has to get up for it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime, timedelta
from enum import Enum
from typing import Any
from uuid import UUID

from domain.operations.shapes import Overview
from kit.money import Money


def is_bad(seen: Overview) -> bool:
    """Whether somebody has to get up: an alarm is open that nobody silenced, or the first line says that it is bad."""
    loud = any(alarm.silenced_until is None for alarm in seen.alarms)
    return loud or any(line.tone == "bad" for line in seen.verdict)


def values(seen: Overview) -> dict[str, Any]:
    """The overview for a program: moments in ISO 8601 UTC, spans in seconds, what is derived included."""
    told = _plain(asdict(seen))
    told["bad"] = is_bad(seen)
    told["safe_to_restart"] = None if seen.restart is None or not seen.restart.known else seen.restart.safe
    return dict(told)


def _plain(value: Any) -> Any:
    match value:
        case Mapping():
            return {str(_plain(key)): _plain(one) for key, one in value.items()}
        case Enum():
            return value.value
        case datetime():
            return value.isoformat()
        case timedelta():
            return value.total_seconds()
        case UUID() | Money():
            return str(value)
        case frozenset():
            return sorted(_plain(one) for one in value)
        case list() | tuple():
            return [_plain(one) for one in value]
    return value
