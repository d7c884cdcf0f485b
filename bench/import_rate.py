"""How fast a file comes in: `python bench/import_rate.py FILE [FILE …]`, into a new SQLite store each.

`DATABASE_URL` names another, empty store for one file (PostgreSQL). Prints rows, seconds, rows a second, the longest
transaction and the memory's peak.
"""

from __future__ import annotations

import os
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))

from domain.imports import run, write
from domain.merchants.make import make_merchant
from kit import config
from models import base, schema


class Longest:
    """Times units of work."""

    def __init__(self) -> None:
        self.units: list[float] = []

    @contextmanager
    def unit_of_work(self) -> Iterator[None]:
        """A unit of work, timed from its start to its commit."""
        started = time.perf_counter()
        with base.unit_of_work():
            yield
        self.units.append(time.perf_counter() - started)


def measure(path: Path, folder: Path) -> None:
    """Imports one file and prints the figures."""
    given = os.environ.get("DATABASE_URL", "")
    url = given or f"sqlite:///{folder / 'settle.db'}"
    config.use(config.read({"SETTLE_MODE": "test", "DATA_DIR": str(folder), "SECRET_KEY": "k" * 40}))
    base.configure(url)
    schema.migrate()
    slug = f"bench-{path.name.partition('.')[0]}"
    with base.unit_of_work():
        make_merchant(slug=slug, name="Bench", currency="USD", country="US", zone="America/New_York")
    timer: Any = Longest()
    write.unit_of_work = timer.unit_of_work  # type: ignore[attr-defined]
    started, processed = time.perf_counter(), time.process_time()
    summary = run.run_import(path=path, merchant=slug)
    seconds = time.perf_counter() - started
    processed = time.process_time() - processed
    units = sorted(timer.units)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(
        f"{path.name}: {summary.rows:,} rows, {summary.orders_made:,} orders, {summary.customers_made:,} customers, "
        f"{summary.refused_count} refused in {seconds:.1f} s "
        f"({processed:.1f} s of processor) = {summary.rows / seconds:,.0f} rows/s; "
        f"transactions: {len(units)}, median {units[len(units) // 2] * 1000:.0f} ms, "
        f"95% {units[len(units) * 95 // 100] * 1000:.0f} ms, longest {units[-1] * 1000:.0f} ms; memory {peak} MB"
    )


if __name__ == "__main__":
    if len(sys.argv) == 1:
        print("Name the files to import: python bench/import_rate.py FILE [FILE …]")
    for argument in sys.argv[1:]:
        with tempfile.TemporaryDirectory() as folder:
            measure(Path(argument), Path(folder))
