"""The demo's stand-in for the processor, as far as it is no processor: its day can be moved."""

from __future__ import annotations

import json
from datetime import timedelta
from urllib.error import URLError
from urllib.request import Request, urlopen

from integrations.gateways.base import GatewayUnreachable

_PATIENCE = 5.0  # seconds


def move_day(base_url: str, ahead: timedelta) -> None:
    """Makes its day real time plus `ahead`; what became due there happens. Raises GatewayUnreachable."""
    wish = json.dumps({"offset_seconds": ahead.total_seconds()}).encode()
    asked = Request(f"{base_url}/sandbox/control", wish, {"Content-Type": "application/json"}, method="POST")  # noqa: S310
    _ask(asked)


def is_up(base_url: str) -> bool:
    """Whether it runs and answers."""
    try:
        _ask(Request(f"{base_url}/sandbox/state.json"))  # noqa: S310 - our own loopback address
    except GatewayUnreachable:
        return False
    return True


def _ask(request: Request) -> None:
    try:
        with urlopen(request, timeout=_PATIENCE) as answer:  # noqa: S310 - our own loopback address
            answer.read()
    except (URLError, OSError) as problem:
        raise GatewayUnreachable(type(problem).__name__) from None
