"""A few quick runs, so that a broken protocol is noticed all day; `make simulate` plays hundreds on both stores."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.proof import stores
from tests.proof.run import simulate

pytestmark = pytest.mark.slow

SEEDS = range(3)


def test_whatever_happens_each_order_is_charged_once_and_nothing_stays_open(on_sqlite: stores.Store) -> None:
    happened: Counter[str] = Counter()
    for seed in SEEDS:
        with stores.fresh(on_sqlite):
            told = simulate(seed)
        assert told.wrong == [], f"seed {seed}"
        happened += told.happened
    for much in ("attempt succeeded", "attempt failed", "killed", "overtaken", "stalled past the lease"):
        assert happened[much] >= 1, (much, happened)


def test_a_seed_plays_the_same_run_again(on_sqlite: stores.Store) -> None:
    played = []
    for _again in range(2):
        with stores.fresh(on_sqlite):
            played.append(simulate(SEEDS[0], steps=20).trace)
    assert len(played[0]) > 50
    assert played[0] == played[1]
