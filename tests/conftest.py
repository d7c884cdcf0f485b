"""What every test may rely on: a store (SQLite and PostgreSQL), a clock that stands still, settings of its own."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher
from playwright.sync_api import Browser, Playwright

os.environ.setdefault("SETTLE_MODE", "test")

from domain.accounts import passwords
from domain.ledger import invariants
from domain.operations import kept, stops
from integrations.gateways import registry
from kit import clock as kit_clock
from kit import config, i18n, log, measure
from models import base, schema
from sandbox.inprocess import URL, InProcess
from tests import held, postgres

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)  # a Monday


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks what needs PostgreSQL: half of each test that runs on both stores, and the few of its own."""
    for item in items:
        chosen = getattr(item, "callspec", None)
        params = [value for value in chosen.params.values() if isinstance(value, str)] if chosen else []
        if "postgres" in params or "_postgres_store" in getattr(item, "fixturenames", ()):
            item.add_marker("postgres")


@pytest.fixture(scope="session")
def worker_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of this test process."""
    return tmp_path_factory.mktemp("home")


@pytest.fixture(autouse=True)
def settings(tmp_path: Path) -> Iterator[config.Settings]:
    """Settings of a test install; nothing comes from the developer's environment."""
    chosen = config.read({"SETTLE_MODE": "test", "DATA_DIR": str(tmp_path), "SECRET_KEY": "k" * 40, "PORT": "8050"})
    config.use(chosen)
    log.configure()  # as every process does: the library's own rendering of a traceback takes seconds
    _forget_the_test_before()
    yield chosen
    config.use(None)


def _forget_the_test_before() -> None:
    """What a process remembers beside its store: whom it speaks to, what it measured, what it looked up."""
    i18n.speak(zone="UTC")
    measure.take()
    kept.forget()
    stops.forget()


@pytest.fixture(autouse=True)
def quick_passwords(request: pytest.FixtureRequest) -> Iterator[None]:
    """Argon2 at its cheapest: it is dear on purpose. Tests with more than one process have the real cost in all."""
    real = passwords._HASHER
    if not any(mark.name in ("slow", "browser") for mark in request.node.iter_markers()):
        passwords._HASHER = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    yield
    passwords._HASHER = real


@pytest.fixture(scope="session")
def _golden(worker_home: Path) -> Path:
    """A migrated SQLite file, copied for each test."""
    path = worker_home / "golden.db"
    base.configure(f"sqlite:///{path}")
    schema.migrate()
    with base.connected():
        base.db.execute_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    return path


_servers: dict[str, str | None] = {}


def _postgres_server() -> str | None:
    if "url" not in _servers:
        _servers["url"] = postgres.start()
    return _servers["url"]


@pytest.fixture(scope="session")
def _postgres_store() -> str:
    """A migrated PostgreSQL database of this test process, emptied for each test."""
    server = _postgres_server()
    if server is None:
        pytest.skip("no PostgreSQL server found: apt-get install postgresql, or set TEST_DATABASE_URL")
    url = postgres.create(server, f"settle_{os.getpid()}")
    base.configure(url)
    schema.migrate()
    return url


def _empty_postgres(url: str) -> None:
    """Only what has rows is emptied: truncating forty tables would cost more than most tests."""
    base.configure(url)
    names = [model._meta.table_name for model in schema.tables()]
    asked = " UNION ALL ".join(f"SELECT '{name}' WHERE EXISTS (SELECT 1 FROM \"{name}\")" for name in names)
    with base.connected():
        filled = ", ".join(f'"{name}"' for (name,) in base.db.execute_sql(asked).fetchall())
        if filled:
            base.db.execute_sql(f"TRUNCATE {filled} CASCADE")


@pytest.fixture(params=["sqlite", "postgres"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """An empty store at head; the test runs on SQLite and again on PostgreSQL. Connected in this thread."""
    if request.param == "sqlite":
        url = _sqlite_copy(request.getfixturevalue("_golden"), tmp_path)
    else:
        url = request.getfixturevalue("_postgres_store")
        _empty_postgres(url)
    yield from _connected(url)


@pytest.fixture
def sqlite_store(_golden: Path, tmp_path: Path) -> Iterator[str]:
    """An empty SQLite store, for tests in which the kind of store plays no part."""
    yield from _connected(_sqlite_copy(_golden, tmp_path))


def _sqlite_copy(golden: Path, tmp_path: Path) -> str:
    path = tmp_path / "settle.db"
    shutil.copy(golden, path)
    return f"sqlite:///{path}"


def _connected(url: str) -> Iterator[str]:
    base.db.initialize(held.Held.of(url) if url.startswith("sqlite") else base.connect_to(url))
    base.db.connect(reuse_if_open=True)
    try:
        yield url
    finally:
        if not base.db.is_closed():
            base.db.close()
        closer: Any = getattr(base.db.obj, "close_all", None)
        if closer:
            closer()


@pytest.fixture
def clock() -> Iterator[kit_clock.Stopped]:
    """The clock, standing at Monday 23 November 2026, 12:00 UTC, until the test moves it."""
    with kit_clock.stopped(NOON) as stopped:
        yield stopped


@pytest.fixture
def sandbox(settings: config.Settings) -> Iterator[InProcess]:
    """The sandbox in this process: the SDK talks to it as it would over HTTP. Its day follows the test's clock."""
    inside = InProcess()
    config.use(replace(settings, gateway_url=URL))
    with registry.use_transport(inside.http):
        inside.control(now=NOON.isoformat())
        yield inside
    inside.close()


CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), "chromium")


@pytest.fixture(scope="session")
def chromium(playwright: Playwright) -> Iterator[Browser]:
    """The system's Chromium, one for all tests of this process."""
    browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
    yield browser
    browser.close()


@pytest.fixture
def ledger_holds() -> Iterator[None]:
    """After the test every promise about money still holds. (Mail is not sent in tests that move months.)"""
    yield
    assert [broken for broken in invariants.check() if broken.rule != "I6"] == []
