"""Which driver a gateway account gets, and over which transport."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from stripe import HTTPClient

from integrations.gateways.base import Credentials, Gateway
from integrations.gateways.http import DeadlineHTTP
from integrations.gateways.stripe import StripeGateway
from kit.errors import ConfigError

Transport = Callable[[], HTTPClient]
_transport: Transport = DeadlineHTTP


def driver(kind: str, credentials: Credentials) -> Gateway:
    """The driver for a kind of gateway account. Raises ConfigError for a kind that there is none for."""
    if kind == "stripe":
        return StripeGateway(credentials, _transport())
    raise ConfigError(f"There is no gateway driver “{kind}”; the kinds are: stripe.")


@contextmanager
def use_transport(factory: Transport) -> Iterator[None]:
    """Inside, drivers talk through what `factory` makes: the sandbox in process, for the demo's past and for tests."""
    global _transport
    before, _transport = _transport, factory
    try:
        yield
    finally:
        _transport = before
