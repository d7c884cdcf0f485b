"""Runs the payment simulation for as many seeds as wanted: `python bench/simulate.py --seeds 5000 [--broken no_hold]`.

Every seed is a run of its own on the real code (tests/payments/simulation.py). `--broken` takes one safeguard away, to
see that the simulation would notice. Prints a line of counts; exit 1 when the whole protocol ended a run wrongly.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path

import structlog

sys.path.insert(0, str(Path(__file__).parent.parent))

from kit import config
from models import base, schema
from sandbox.inprocess import URL
from tests.payments.broken import VARIANTS
from tests.payments.simulated_store import each_in_its_own_store
from tests.payments.simulation import simulate


def main() -> int:
    """Parses the options, runs, prints."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--seeds", type=int, default=500)
    options.add_argument("--first", type=int, default=0)
    options.add_argument("--steps", type=int, default=40)
    options.add_argument("--seconds", type=float, default=3600.0, help="stop after so long, whatever is left")
    options.add_argument("--broken", choices=sorted(VARIANTS), help="without this safeguard")
    chosen = options.parse_args()
    structlog.configure(logger_factory=structlog.ReturnLoggerFactory(), processors=[lambda *_: ""])
    with tempfile.TemporaryDirectory() as folder:
        return _run(chosen, Path(folder))


def _run(chosen: argparse.Namespace, folder: Path) -> int:
    settings = config.read({"SETTLE_MODE": "test", "DATA_DIR": str(folder), "SECRET_KEY": "k" * 40, "PORT": "8050"})
    config.use(replace(settings, gateway_url=URL))
    golden = folder / "golden.db"
    base.configure(f"sqlite:///{golden}")
    schema.migrate()
    with base.connected():
        base.db.execute_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    began, ran = time.monotonic(), 0
    wrong: Counter[str] = Counter()
    happened: Counter[str] = Counter()
    for seed in each_in_its_own_store(range(chosen.first, chosen.first + chosen.seeds), golden, folder):
        with VARIANTS[chosen.broken]() if chosen.broken else VARIANTS["nothing"]():
            told = simulate(seed, steps=chosen.steps, sweeps=chosen.broken != "no_sweeper")
        ran += 1
        happened += told.happened
        wrong.update({line.partition(":")[0] for line in told.wrong})
        if told.wrong:
            wrong["runs"] += 1
            print(f"seed {seed}:", *told.wrong[: 1 if chosen.broken else 4], sep="\n  ", flush=True)
        if time.monotonic() - began > chosen.seconds:
            break
    print(f"{chosen.broken or 'whole'}: {ran} seeds, {time.monotonic() - began:.0f} s; wrong: {dict(wrong) or 'none'}")
    print("  happened:", dict(sorted(happened.items())))
    return 1 if wrong and not chosen.broken else 0


if __name__ == "__main__":
    sys.exit(main())
