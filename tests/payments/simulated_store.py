"""An empty store for each run: a copy of a migrated SQLite file."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path

from models import base


def each_in_its_own_store(seeds: Iterable[int], golden: Path, folder: Path) -> Iterator[int]:
    """Yields each seed while a new copy of `golden` is configured and connected."""
    path = folder / "simulated.db"
    for seed in seeds:
        for stale in folder.glob("simulated.db*"):
            stale.unlink()
        shutil.copy(golden, path)
        base.configure(f"sqlite:///{path}")
        with base.connected():
            yield seed
