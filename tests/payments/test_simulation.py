"""The protocol as a whole, against a day on which everything goes wrong: charging.md 2.4 on the real code."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from kit import config
from sandbox.inprocess import URL
from tests.payments.simulated_store import each_in_its_own_store
from tests.payments.simulation import simulate

SEEDS = 60


@pytest.fixture(autouse=True)
def _at_the_sandbox(settings: config.Settings) -> None:
    config.use(replace(settings, gateway_url=URL))


def test_whatever_happens_each_order_is_charged_once_and_nothing_stays_open(_golden: Path, tmp_path: Path) -> None:
    happened: Counter[str] = Counter()
    for seed in each_in_its_own_store(range(SEEDS), _golden, tmp_path):
        told = simulate(seed)
        assert told.wrong == [], f"seed {seed}"
        happened += told.happened
    for much in ("attempt succeeded", "attempt failed", "attempt cancelled", "killed", "overtaken", "Held"):
        assert happened[much] >= 10, (much, happened)
