"""A small demo, made twice in a process, each in a store of its own."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest

from domain.demo.make import make
from kit import clock as kit_clock
from kit import config
from models import base
from sandbox.stage import Stage

LAST_DAY = date(2026, 11, 22)  # a Sunday
SIZE = 3  # ordinary customers a merchant; the named ones come besides


@dataclass(frozen=True)
class Kept:
    """A finished demo: a folder with its store, its bank and its sign-ins."""

    folder: Path

    @property
    def url(self) -> str:
        """The store's address."""
        return f"sqlite:///{self.folder / 'settle.db'}"


def settings_in(folder: Path) -> config.Settings:
    """Demo settings on a folder."""
    return config.read({"SETTLE_MODE": "demo", "DATA_DIR": str(folder), "SECRET_KEY": "k" * 40, "PORT": "18050"})


def _make(golden: Path, folder: Path) -> Kept:
    shutil.copy(golden, folder / "settle.db")
    config.use(settings_in(folder))
    base.configure(f"sqlite:///{folder / 'settle.db'}")
    with closing(Stage(folder / "sandbox.sqlite")) as stage:
        make(bank=stage, last_day=LAST_DAY, size=SIZE)
    return Kept(folder)


@pytest.fixture(scope="session")
def made(_golden: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Kept]:
    """Demos by name, made at the first asking. They are not to be changed: `demo` gives a copy."""
    known: dict[str, Kept] = {}

    def get(name: str) -> Kept:
        if name not in known:
            known[name] = _make(_golden, tmp_path_factory.mktemp(f"demo-{name}"))
        return known[name]

    return get


@pytest.fixture
def demo(made: Callable[[str], Kept], tmp_path: Path) -> Iterator[Stage]:
    """A copy of the demo as this test's store, its clock standing at the demo's first moment, and its bank."""
    kept = made("one")
    folder = tmp_path / "demo"
    shutil.copytree(kept.folder, folder)
    config.use(settings_in(folder))
    base.configure(f"sqlite:///{folder / 'settle.db'}")
    before = kit_clock._source
    with base.connected(), closing(Stage(folder / "sandbox.sqlite")) as stage:
        yield stage
    kit_clock.use(before)
