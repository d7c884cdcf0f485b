"""Runs the payment simulation: `python bench/simulate.py --seeds 1000 [--store postgres] [--first 0] [--trace]`.

Every seed is a run of its own on the real code (tests/proof/run.py), on both kinds of store unless one is named, in two
processes. Then a process is killed, and overtaken, at every single boundary of each journey (tests/proof/sweep.py).
A wrong run prints its seed; `--first SEED --seeds 1` plays it again, `--trace` tells every step of it. `--broken` takes
one guard away, to see how often mere chance notices. Exit 1 when the whole protocol ended a run wrongly.
"""

from __future__ import annotations

import argparse
import multiprocessing
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))

from kit import config
from kit.log import quietly
from sandbox.inprocess import URL
from tests import postgres
from tests.proof import stores
from tests.proof.journeys import JOURNEYS
from tests.proof.mutants import MUTANTS, without
from tests.proof.run import Told, simulate
from tests.proof.sweep import HOW, Found, sweep
from tests.proof.waits import Wait

CI_SEEDS = 100  # on each store
_STORES = ("sqlite", "postgres")


@dataclass
class _Place:
    """What a process keeps between its runs."""

    server: str | None
    folder: Path
    known: dict[str, stores.Store] = field(default_factory=dict)

    def store(self, kind: str) -> stores.Store:
        if kind not in self.known:
            self.known[kind] = stores.sqlite(self.folder) if kind == "sqlite" else stores.postgresql(str(self.server))
        return self.known[kind]


_place: _Place


def _enter(server: str | None, home: str) -> None:
    global _place
    folder = Path(tempfile.mkdtemp(dir=home))
    settings = config.read({"SETTLE_MODE": "test", "DATA_DIR": str(folder), "SECRET_KEY": "k" * 40, "PORT": "8050"})
    config.use(replace(settings, gateway_url=URL))
    _place = _Place(server, folder)


def _sweep(job: tuple[str, str, str, bool]) -> tuple[str, list[Found]]:
    kind, how, journey, full = job
    with quietly():
        return kind, list(sweep(_place.store(kind), how, JOURNEYS[journey], thorough=full))


def _play(job: tuple[str, int, str, bool]) -> tuple[str, int, Told]:
    kind, seed, broken, trace = job
    with stores.fresh(_place.store(kind)), without(*broken.split(",")):
        told = simulate(seed, sweeps="sweeper" not in broken)
    return kind, seed, told if trace else replace(told, trace=[])


@dataclass
class _Sum:
    """What all runs together say."""

    ran: Counter[str] = field(default_factory=Counter)
    wrong: Counter[str] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)
    happened: Counter[str] = field(default_factory=Counter)
    waits: list[Wait] = field(default_factory=list)

    def add(self, kind: str, seed: int, told: Told, *, quiet: bool) -> None:
        """One run more; a wrong one is told at once."""
        self.ran[kind] += 1
        self.happened += told.happened
        self.waits += told.waits
        if told.wrong:
            self.wrong[kind] += 1
            self.kinds.update({line.partition(":")[0] for line in told.wrong})
            if not quiet:
                print(f"seed {seed} on {kind}:", *told.wrong[:6], sep="\n  ", flush=True)
        if told.trace:
            print(*told.trace, sep="\n")

    def tell(self, name: str, seconds: float) -> None:
        """The figures."""
        ran = ", ".join(f"{count} on {kind}" for kind, count in sorted(self.ran.items()))
        wrong, all_ran = sum(self.wrong.values()), sum(self.ran.values())
        if not all_ran:
            return
        print(f"{name}: {all_ran} seeds ({ran}) in {seconds:.0f} s; wrong: {wrong}", end="")
        print(f" = {1000 * wrong / all_ran:.0f} per 1,000 {dict(self.kinds)}" if wrong else "")
        print("  happened:", ", ".join(f"{what} {n}" for what, n in sorted(self.happened.items())), flush=True)
        _tell_waits("workers running", [wait for wait in self.waits if not wait.dark])
        _tell_waits("no worker for up to 25 h", [wait for wait in self.waits if wait.dark])


def _tell_waits(when: str, found: list[Wait]) -> None:
    for ended in sorted({wait.ended for wait in found}):
        seconds = sorted(wait.seconds for wait in found if wait.ended == ended)
        most = f"99% {seconds[len(seconds) * 99 // 100]:.0f} s, most {seconds[-1]:.0f} s"
        print(f"  from sent to {ended} ({when}): {len(seconds)} times, {most}")


def _sweeps(kinds: tuple[str, ...], *, full: bool) -> list[tuple[str, str, str, bool]]:
    """Every journey killed everywhere, overtaken and stalled. Not full: each on the store where it is worth most."""
    wanted = [("sqlite", "killed"), ("sqlite", "stalled"), ("postgres", "overtaken"), ("postgres", "beside")]
    if full:
        wanted = [(kind, how) for kind in _STORES for how in HOW if (kind, how) != ("sqlite", "beside")]
    return [
        (kind, how, journey.name, full)
        for kind, how in wanted
        for journey in JOURNEYS.values()
        if kind in kinds and (full or how == "killed" or not journey.told)
    ]


@dataclass
class _Boundaries:
    """What all sweeps together say."""

    ran: Counter[str] = field(default_factory=Counter)
    wrong: int = 0

    def add(self, kind: str, found: list[Found]) -> None:
        """One journey's boundaries; a wrong one is told at once."""
        for each in found:
            self.ran[f"{each.how} on {kind}"] += 1
            if each.wrong:
                self.wrong += 1
                print(f"{each.journey}, {each.how} at {each.at} ({each.boundary}) on {kind}:", *each.wrong, sep="\n  ")

    def tell(self, seconds: float) -> None:
        """The figures."""
        ran = ", ".join(f"{how} {count}" for how, count in sorted(self.ran.items()))
        print(f"every boundary: {sum(self.ran.values())} in {seconds:.0f} s; wrong: {self.wrong}; {ran}", flush=True)


def main() -> int:
    """Parses the options, runs, prints."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--seeds", type=int, default=CI_SEEDS)
    options.add_argument("--first", type=int, default=0)
    options.add_argument("--store", choices=[*_STORES, "both"], default="both")
    options.add_argument("--seconds", type=float, default=7200.0, help="stop after so long, whatever is left")
    options.add_argument("--broken", default="nothing", help=f"without these guards: {', '.join(MUTANTS)}")
    options.add_argument("--trace", action="store_true", help="tell every step")
    options.add_argument("--processes", type=int, default=2)
    options.add_argument("--boundaries", choices=["ci", "full", "none"], help="default: ci, none for a single seed")
    chosen = options.parse_args()
    kinds = _STORES if chosen.store == "both" else (chosen.store,)
    server = postgres.start() if "postgres" in kinds else None
    if "postgres" in kinds and server is None:
        print("No PostgreSQL server found: apt-get install postgresql, or set TEST_DATABASE_URL.")
        return 1
    with tempfile.TemporaryDirectory() as home:
        return _run(chosen, kinds, server, home)


def _run(chosen: argparse.Namespace, kinds: tuple[str, ...], server: str | None, home: str) -> int:
    seeds = range(chosen.first, chosen.first + chosen.seeds)
    jobs = [(kind, seed, chosen.broken, chosen.trace) for seed in seeds for kind in kinds]
    whole = chosen.broken == "nothing"
    found, swept = _Sum(), _Boundaries()
    context: Any = multiprocessing.get_context("spawn")
    with context.Pool(chosen.processes, _enter, (server, home)) as pool:
        began = time.monotonic()
        try:
            for kind, seed, told in pool.imap_unordered(_play, jobs):
                found.add(kind, seed, told, quiet=not whole)
                if time.monotonic() - began > chosen.seconds:
                    break
        finally:  # what was seen until somebody lost patience
            found.tell("simulation" if whole else f"without {chosen.broken}", time.monotonic() - began)
        boundaries = chosen.boundaries or ("ci" if whole and chosen.seeds > 1 else "none")
        if boundaries != "none":
            began = time.monotonic()
            for kind, each in pool.imap_unordered(_sweep, _sweeps(kinds, full=boundaries == "full")):
                swept.add(kind, each)
            swept.tell(time.monotonic() - began)
    return 1 if whole and (found.wrong or swept.wrong) else 0


if __name__ == "__main__":
    sys.exit(main())
