"""Stores that a test may have fresh as often as it likes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from kit import config
from sandbox.inprocess import URL
from tests.proof import stores


@pytest.fixture(autouse=True)
def _at_the_sandbox(settings: config.Settings) -> None:
    config.use(replace(settings, gateway_url=URL))


@pytest.fixture
def on_sqlite(_golden: Path, tmp_path: Path) -> stores.Store:
    """A new file each time."""
    return stores.copies(_golden, tmp_path)


@pytest.fixture
def on_postgres(_postgres_store: str) -> stores.Store:
    """The emptied database each time."""
    return stores.emptied(_postgres_store)


@pytest.fixture(params=["sqlite", "postgres"])
def empty(request: pytest.FixtureRequest) -> stores.Store:
    """An empty store each time; the test runs on both kinds."""
    return request.getfixturevalue(f"on_{request.param}")
