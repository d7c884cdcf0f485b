"""A store with work in it, with and without a queue beside it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask

from integrations.queue.connection import breaker
from tests.served import portal


@pytest.fixture(autouse=True)
def _no_memory_of_failures() -> Iterator[None]:
    """The breaker is the process's: one test's dead Redis is not the next one's."""
    breaker.reset()
    yield
    breaker.reset()


@pytest.fixture
def server(sqlite_store: str) -> Flask:
    """The server as it is in production."""
    return portal()
