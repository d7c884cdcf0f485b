"""The sandbox in this process, and a key that it knows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from integrations.gateways.registry import use_transport
from kit import config
from sandbox.inprocess import URL, InProcess

KEY = "sk_test_merchantstest"


@pytest.fixture
def sandbox(settings: config.Settings) -> Iterator[InProcess]:
    """A sandbox that every driver talks to."""
    config.use(replace(settings, gateway_url=URL))
    inside = InProcess()
    with use_transport(inside.http):
        yield inside
